#include "coset/nn/grid/steerable_kernel.h"

#include <cmath>

#include "coset/base/error.h"

namespace coset::nn {
namespace {

constexpr const char* kWhere = "nn::SteerableKernel";
constexpr double kTiny = 1e-6;  // of a whole: rounding of float32

}  // namespace

void SteerableKernel::attach(torch::nn::Module& owner, const field::FieldType& in, const field::FieldType& out) {
  in_ = in;
  out_ = out;
  check(in_.group() == out_.group(), "[", kWhere, "] expected fields over one group; received ", in_, " and ", out_);
  const auto rings = options_.frequencies > 0.0
                         ? kernel::Rings::proportional(options_.size, options_.frequencies, options_.sigma)
                         : kernel::Rings::standard(options_.size);
  for (std::size_t o = 0; o < out_.blocks().size(); ++o)
    for (std::size_t i = 0; i < in_.blocks().size(); ++i) add_pair(owner, o, i, rings);
  check(!pairs_.empty(), "[", kWhere, "] expected fields between which some kernel is equivariant; received ", in_,
        " -> ", out_);
}

void SteerableKernel::add_pair(torch::nn::Module& owner, std::size_t o, std::size_t i, const kernel::Rings& rings) {
  const auto &from = in_.blocks()[i], &to = out_.blocks()[o];
  const auto& group = in_.group();
  const bool factors = to.rep.name == "regular" && (from.rep.name == "regular" || from.rep.name == "trivial");
  auto plan = !factors ? kernel::sample_steerable(group, from.rep, to.rep, options_.size, rings).plan()
              : from.rep.name == "regular" ? kernel::harmonic_group(group, options_.size, rings)
                                           : kernel::harmonic_lifting(group, options_.size, rings);
  if (plan.spatial_basis == 0) return;
  // the sampled plan counts the components of the output as cells: per component its energy is dim times smaller
  const double per_component = factors ? 1.0 : std::sqrt(static_cast<double>(to.rep.dim));
  const double deviation =
      plan.weight_deviation(from.fields) * per_component / std::sqrt(static_cast<double>(in_.blocks().size()));
  weights.push_back(owner.register_parameter("weight_" + std::to_string(o) + "_" + std::to_string(i),
                                             at::randn({to.fields, from.fields, plan.pair_weights()}) * deviation));
  pairs_.push_back({o, i, ops::FilterExpansion(std::move(plan)), !factors});
}

Tensor SteerableKernel::pair_bank(const Pair& pair, const Tensor& weight) const {
  const std::int64_t dim_out = out_.blocks()[pair.out].rep.dim, dim_in = in_.blocks()[pair.in].rep.dim,
                     k = options_.size;
  const Tensor bank = pair.expansion(weight);
  if (!pair.sampled) return bank.flatten(2, 3).flatten(0, 1);  // (O R, I Q, k, k)
  return bank.view({weight.size(0), weight.size(1), dim_out, dim_in, k, k})
      .transpose(1, 2)
      .reshape({weight.size(0) * dim_out, weight.size(1) * dim_in, k, k});
}

Tensor SteerableKernel::matrix() const {
  std::vector<Tensor> rows;
  std::size_t next = 0;
  for (std::size_t o = 0; o < out_.blocks().size(); ++o) {
    const auto& to = out_.blocks()[o];
    std::vector<Tensor> row;
    for (std::size_t i = 0; i < in_.blocks().size(); ++i) {
      const auto& from = in_.blocks()[i];
      if (next < pairs_.size() && pairs_[next].out == o && pairs_[next].in == i) {
        row.push_back(pair_bank(pairs_[next], weights[next]));
        ++next;
      } else {
        row.push_back(at::zeros({to.fields * to.rep.dim, from.fields * from.rep.dim, options_.size, options_.size},
                                weights[0].options()));
      }
    }
    rows.push_back(row.size() == 1 ? row[0] : at::cat(row, 1));
  }
  return rows.size() == 1 ? rows[0] : at::cat(rows, 0);
}

Tensor SteerableKernel::bank() const {
  const Tensor all = matrix();
  if (in_.blocks().size() != 1 || out_.blocks().size() != 1) return all.unsqueeze(1).unsqueeze(3);
  const auto &from = in_.blocks()[0], &to = out_.blocks()[0];
  return all.unflatten(1, {from.fields, from.rep.dim}).unflatten(0, {to.fields, to.rep.dim});
}

void SteerableKernel::delta_orthogonal() {
  torch::NoGradGuard guard;
  const std::int64_t centre = options_.size / 2;
  const auto at_centre = [&](const Tensor& bank) { return bank.select(3, centre).select(2, centre); };
  std::vector<std::vector<std::int64_t>> places;  // of each pair's basis functions that live at the centre alone
  std::vector<Tensor> maps;                       // their matrices (functions, dim out * dim in)
  for (std::size_t k = 0; k < pairs_.size(); ++k) {
    const std::int64_t count = weights[k].size(2);
    places.emplace_back();
    std::vector<Tensor> found;
    for (std::int64_t b = 0; b < count; ++b) {
      const Tensor one = at::zeros({1, 1, count}, weights[k].options()).index_fill(2, at::full({1}, b, at::kLong), 1.0);
      const Tensor bank = pair_bank(pairs_[k], one), middle = at_centre(bank);
      const double inside = middle.square().sum().item<double>(), whole = bank.square().sum().item<double>();
      if (inside <= 0.0 || whole - inside > kTiny * whole) continue;
      places[k].push_back(b);
      found.push_back(middle.flatten());
    }
    maps.push_back(found.empty() ? Tensor() : at::stack(found));
    weights[k].zero_();
    for (std::int64_t b : places[k]) weights[k].select(2, b).normal_();
  }
  const Tensor drawn = at_centre(matrix());
  const auto [u, s, v] = at::linalg_svd(drawn.to(at::kDouble), false);
  check(s.min().item<double>() > kTiny * s.max().item<double>(), "[", kWhere,
        "::delta_orthogonal] expected fields between which a map can be orthogonal; received ", in_, " -> ", out_);
  const Tensor polar = at::matmul(u, v);  // (out channels, in channels)
  for (std::size_t k = 0; k < pairs_.size(); ++k) {
    if (places[k].empty()) continue;
    const auto &to = out_.blocks()[pairs_[k].out], &from = in_.blocks()[pairs_[k].in];
    const Tensor block = polar.narrow(0, out_.first_channel(pairs_[k].out), to.fields * to.rep.dim)
                             .narrow(1, in_.first_channel(pairs_[k].in), from.fields * from.rep.dim)
                             .reshape({to.fields, to.rep.dim, from.fields, from.rep.dim})
                             .transpose(1, 2)
                             .reshape({to.fields, from.fields, to.rep.dim * from.rep.dim});
    const Tensor solved = at::matmul(block, at::linalg_pinv(maps[k].to(at::kDouble)));  // (fields, fields, functions)
    for (std::size_t b = 0; b < places[k].size(); ++b)
      weights[k].select(2, places[k][b]).copy_(solved.select(2, static_cast<std::int64_t>(b)));
  }
}

}  // namespace coset::nn
