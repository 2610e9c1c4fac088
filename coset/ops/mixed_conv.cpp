#include "coset/ops/mixed_conv.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/ops/operands.h"
#include "coset/ops/scatter.h"

namespace coset::ops {

namespace {

const rep::TensorProductOptions kUnscaled{rep::IrrepNormalization::component, rep::PathNormalization::none};

rep::Irreps blocks(const rep::Irreps& irreps, std::size_t begin, std::size_t end) {
  return rep::Irreps(std::vector<rep::MulIrrep>(irreps.begin() + static_cast<std::ptrdiff_t>(begin),
                                                irreps.begin() + static_cast<std::ptrdiff_t>(end)));
}

/// Each path of `plan` as two: W_path on the channels of its input, into a block of its own, and C of it, per channel.
struct Split {
  rep::TensorProductPlan mixing, coupling;

  explicit Split(const rep::TensorProductPlan& plan) {
    std::vector<rep::MulIrrep> mixed;
    std::vector<rep::Instruction> mix, couple;
    for (const auto& path : plan.paths) {
      const int own = static_cast<int>(mixed.size());
      const auto& block = plan.in1[static_cast<std::size_t>(path.instruction.in1)];
      mixed.push_back({path.mul_out, block.irrep});
      mix.push_back({path.instruction.in1, 0, own, rep::ConnectionMode::uvw});
      couple.push_back({own, path.instruction.in2, path.instruction.out, rep::ConnectionMode::uvu});
    }
    mixing = rep::make_tensor_product(plan.in1, rep::Irreps("0e"), rep::Irreps(mixed), mix, kUnscaled);
    coupling = rep::make_tensor_product(rep::Irreps(mixed), plan.in2, plan.out, couple, kUnscaled);
  }
};

}  // namespace

bool MixedConv::fits(const rep::TensorProductPlan& plan, int feature_blocks) {
  const auto n = static_cast<std::size_t>(feature_blocks);
  if (plan.in1.size() < 2 * n || plan.in1.size() > 2 * n + 1) return false;
  if (blocks(plan.in1, 0, n) != blocks(plan.in1, n, 2 * n)) return false;
  if (plan.in1.size() > 2 * n && !plan.in1[2 * n].irrep.is_scalar()) return false;
  const rep::TensorProductPlan whole = rep::fully_connected_tensor_product(plan.in1, plan.in2, plan.out, kUnscaled);
  return !plan.paths.empty() && plan.paths.size() == whole.paths.size() &&
         std::equal(plan.paths.begin(), plan.paths.end(), whole.paths.begin(), [](const auto& a, const auto& b) {
           return a.instruction == b.instruction && a.coefficient == b.coefficient && a.mul2 == 1;
         });
}

MixedConv::MixedConv(const rep::TensorProductPlan& plan, int feature_blocks) : attribute_(plan.in2) {
  check(fits(plan, feature_blocks),
        "[ops::MixedConv] expected a fully connected plan without path normalisation on features twice and scalars; "
        "received ",
        plan.in1, " (x) ", plan.in2);
  const auto n = static_cast<std::size_t>(feature_blocks);
  const rep::Irreps features = blocks(plan.in1, 0, n);
  const auto part = rep::fully_connected_tensor_product(features, plan.in2, plan.out, kUnscaled);
  receiver_ = make_product(part);
  const Split split(part);
  mixing_ = make_product(split.mixing);
  conv_ = make_product_conv(split.coupling);
  if (plan.in1.size() == 2 * n) return;
  std::vector<rep::MulIrrep> moments;
  for (const auto& block : plan.in2) moments.push_back({plan.in1[2 * n].mul, block.irrep});
  scalar_ =
      make_product(rep::fully_connected_tensor_product(rep::Irreps(moments), rep::Irreps("0e"), plan.out, kUnscaled));
}

std::string MixedConv::route() const {
  bool fused = conv_->route() == compute::Route::fused;
  for (const ProductPtr& product : {mixing_, receiver_, scalar_})
    fused = fused && (!product || product->route(true) == compute::Route::fused);
  return std::string("mixed on nodes, ") + (fused ? "fused" : "reference");
}

/// sum over edges of s_e a_e (N, [block of a][scalar][component])
Tensor MixedConv::scalar_moments(const Edges& edges, const Tensor& scalars, const Tensor& attributes) const {
  std::vector<Tensor> products;
  std::int64_t column = 0;
  for (const auto& block : attribute_) {
    const Tensor a = attributes.narrow(1, column, block.dim());
    products.push_back((scalars.unsqueeze(2) * a.unsqueeze(1)).flatten(1));
    column += block.dim();
  }
  return segment_sum(at::cat(products, 1), edges.row_start);
}

Tensor MixedConv::operator()(const Edges& edges, const Tensor& features, const Tensor& scalars,
                             const Tensor& attributes, const Tensor& weight) const {
  const std::int64_t k = scalar_ ? scalar_->plan().in1[0].mul : 0;
  check_on_cpu("ops::MixedConv", "features", features);
  const Tensor s = scalars.defined() ? scalars : at::empty({edges.num_edges(), 0}, features.options());
  const std::int64_t own = receiver_->plan().weight_numel;
  const std::int64_t all = 2 * own + (scalar_ ? scalar_->plan().weight_numel : 0);
  check_operands("ops::MixedConv", {{"features", features, {edges.num_nodes(), receiver_->plan().in1.dim()}},
                                    {"scalars", s, {edges.num_edges(), k}},
                                    {"attributes", attributes, {edges.num_edges(), attribute_.dim()}},
                                    {"weight", weight, {all}}});
  const Tensor ones = at::ones({features.size(0), 1}, features.options());
  const Tensor mixed = tensor_product(mixing_, features, ones, weight.narrow(0, own, own));
  const Tensor unit = at::ones({conv_->plan().weight_numel}, features.options());
  Tensor z = tensor_product_conv(conv_, edges, mixed, attributes, unit) +
             tensor_product(receiver_, features, segment_sum(attributes, edges.row_start), weight.narrow(0, 0, own));
  if (!scalar_) return z;
  return z +
         tensor_product(scalar_, scalar_moments(edges, s, attributes), ones, weight.narrow(0, 2 * own, all - 2 * own));
}

}  // namespace coset::ops
