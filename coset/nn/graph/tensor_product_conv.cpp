#include "coset/nn/graph/tensor_product_conv.h"

#include <algorithm>
#include <cmath>

#include "coset/base/error.h"

namespace coset::nn {
namespace {

/// One channel-wise path for every pair of blocks and every kept irrep of the pair, output blocks sorted.
rep::TensorProductPlan channelwise_plan(const rep::Irreps& in, const rep::Irreps& attribute, const rep::Irreps& kept) {
  std::vector<rep::MulIrrep> blocks;
  std::vector<rep::Instruction> paths;
  for (std::size_t a = 0; a < in.size(); ++a)
    for (std::size_t b = 0; b < attribute.size(); ++b)
      for (const rep::Irrep irrep : in[a].irrep* attribute[b].irrep) {
        if (!kept.contains(irrep) || in[a].mul == 0) continue;
        paths.push_back(
            {static_cast<int>(a), static_cast<int>(b), static_cast<int>(blocks.size()), rep::ConnectionMode::uvu});
        blocks.push_back({in[a].mul, irrep});
      }
  check(!paths.empty(), "[nn::TensorProductConv] expected paths from ", in, " and ", attribute, " to ", kept);
  const auto sorted = rep::Irreps(std::move(blocks)).sort();
  for (auto& path : paths) path.out = static_cast<int>(sorted.position[static_cast<std::size_t>(path.out)]);
  std::ranges::stable_sort(paths, {}, [](const rep::Instruction& path) { return path.out; });
  return rep::make_tensor_product(in, attribute, sorted.irreps, paths);
}

}  // namespace

TensorProductConv::TensorProductConv(const Options& options)
    : in_(options.in),
      attribute_(options.attribute),
      scale_(1.0 / std::sqrt(options.neighbours)),
      conv_(ops::make_product_conv(channelwise_plan(options.in, options.attribute, options.out))) {
  check(options.neighbours > 0.0, "[nn::TensorProductConv] expected a positive number of neighbours; received ",
        options.neighbours);
  out_ = plan().out.simplify();  // equal blocks lie side by side already
  radial_ = register_module("radial", std::make_shared<RadialEmbedding>(options.radial, plan().weight_numel));
}

field::Field TensorProductConv::forward(const field::Field& x, const graph::Graph& graph, const field::Field& attribute,
                                        const Tensor& distance) {
  field::expect_type("nn::TensorProductConv", field::Base::points, in_, x);
  field::expect_type("nn::TensorProductConv", field::Base::points, attribute_, attribute);
  const Tensor weights = radial_->forward(distance);
  return {out_, ops::tensor_product_conv(conv_, graph.edges, x.data(), attribute.data(), weights) * scale_};
}

}  // namespace coset::nn
