#include "coset/nn/regular/steerable_conv.h"

#include <cmath>

#include "coset/base/error.h"
#include "coset/kernel/grid_symmetry.h"
#include "coset/nn/regular/planned_conv.h"

namespace coset::nn {
namespace {

constexpr const char* kWhere = "nn::SteerableConv";
constexpr double kTiny = 1e-6;  // of a whole: rounding of float32

/// Where the components of a block begin.
std::int64_t first_channel(const field::FieldType& type, std::size_t block) {
  std::int64_t channels = 0;
  for (std::size_t i = 0; i < block; ++i) channels += type.blocks()[i].fields * type.blocks()[i].rep.dim;
  return channels;
}

}  // namespace

SteerableConv::SteerableConv(field::FieldType in, field::FieldType out, const SteerableConvOptions& options)
    : in_(std::move(in)), out_(std::move(out)), options_(options) {
  check(in_.group() == out_.group(), "[", kWhere, "] expected fields over one group; received ", in_.to_string(),
        " and ", out_.to_string());
  check_transposed(kWhere, options_.geometry, options_.size);
  const auto& group = in_.group();
  const auto rings = options_.frequencies > 0.0
                         ? kernel::Rings::proportional(options_.size, options_.frequencies, options_.sigma)
                         : kernel::Rings::standard(options_.size);
  for (std::size_t o = 0; o < out_.blocks().size(); ++o)
    for (std::size_t i = 0; i < in_.blocks().size(); ++i) {
      const auto &from = in_.blocks()[i], &to = out_.blocks()[o];
      const bool factors = to.rep.name == "regular" && (from.rep.name == "regular" || from.rep.name == "trivial");
      auto plan = !factors ? kernel::sample_steerable(group, from.rep, to.rep, options_.size, rings).plan()
                  : from.rep.name == "regular" ? kernel::harmonic_group(group, options_.size, rings)
                                               : kernel::harmonic_lifting(group, options_.size, rings);
      if (plan.spatial_basis == 0) continue;
      // the sampled plan counts the components of the output as cells: per component its energy is dim times smaller
      const double per_component = factors ? 1.0 : std::sqrt(static_cast<double>(to.rep.dim));
      const double deviation =
          plan.weight_deviation(from.fields) * per_component / std::sqrt(static_cast<double>(in_.blocks().size()));
      weights.push_back(register_parameter("weight_" + std::to_string(o) + "_" + std::to_string(i),
                                           at::randn({to.fields, from.fields, plan.pair_weights()}) * deviation));
      pairs_.push_back({o, i, ops::FilterExpansion(std::move(plan)), !factors});
    }
  check(!pairs_.empty(), "[", kWhere, "] expected fields between which some kernel is equivariant; received ",
        in_.to_string(), " -> ", out_.to_string());
  std::int64_t biased = 0;
  for (const auto& block : out_.blocks()) biased += block.rep.permutation ? block.fields : 0;
  if (options_.bias && biased > 0) bias = register_parameter("bias", at::zeros({biased}));
}

Tensor SteerableConv::pair_bank(const Pair& pair, const Tensor& weight) const {
  const std::int64_t dim_out = out_.blocks()[pair.out].rep.dim, dim_in = in_.blocks()[pair.in].rep.dim,
                     k = options_.size;
  const Tensor bank = pair.expansion(weight);
  if (!pair.sampled) return bank.flatten(2, 3).flatten(0, 1);  // (O R, I Q, k, k)
  return bank.view({weight.size(0), weight.size(1), dim_out, dim_in, k, k})
      .transpose(1, 2)
      .reshape({weight.size(0) * dim_out, weight.size(1) * dim_in, k, k});
}

Tensor SteerableConv::build() const {
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

Tensor SteerableConv::filter_bank() {
  return cache_(is_training(), weights, [this] { return build(); });
}

Tensor SteerableConv::component_bias() const {
  if (!bias.defined()) return {};
  std::vector<Tensor> parts;
  std::int64_t first = 0;
  for (const auto& [rep, fields] : out_.blocks()) {
    if (rep.permutation) {
      parts.push_back(bias.narrow(0, first, fields).repeat_interleave(rep.dim));
      first += fields;
    } else {
      parts.push_back(at::zeros({fields * rep.dim}, bias.options()));
    }
  }
  return at::cat(parts);
}

void SteerableConv::delta_orthogonal() {
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
  const Tensor drawn = at_centre(build());
  const auto [u, s, v] = at::linalg_svd(drawn.to(at::kDouble), false);
  check(s.min().item<double>() > kTiny * s.max().item<double>(), "[", kWhere,
        "::delta_orthogonal] expected fields between which a map can be orthogonal; received ", in_.to_string(), " -> ",
        out_.to_string());
  const Tensor polar = at::matmul(u, v);  // (out channels, in channels)
  for (std::size_t k = 0; k < pairs_.size(); ++k) {
    if (places[k].empty()) continue;
    const auto &to = out_.blocks()[pairs_[k].out], &from = in_.blocks()[pairs_[k].in];
    const Tensor block = polar.narrow(0, first_channel(out_, pairs_[k].out), to.fields * to.rep.dim)
                             .narrow(1, first_channel(in_, pairs_[k].in), from.fields * from.rep.dim)
                             .reshape({to.fields, to.rep.dim, from.fields, from.rep.dim})
                             .transpose(1, 2)
                             .reshape({to.fields, from.fields, to.rep.dim * from.rep.dim});
    const Tensor solved = at::matmul(block, at::linalg_pinv(maps[k].to(at::kDouble)));  // (fields, fields, functions)
    for (std::size_t b = 0; b < places[k].size(); ++b)
      weights[k].select(2, places[k][b]).copy_(solved.select(2, static_cast<std::int64_t>(b)));
  }
}

field::RegularField SteerableConv::forward(const field::RegularField& f) {
  field::expect_type(kWhere, in_, f);
  if (turns_or_mirrors(in_.group()) && !options_.geometry.transposed)
    kernel::check_grid_symmetry(
        kWhere, f.sizes(),
        {options_.size, options_.geometry.stride, options_.geometry.padding, options_.geometry.dilation});
  const Tensor bank = filter_bank().unsqueeze(1).unsqueeze(3);  // (O, 1, I, 1, k, k)
  return {out_, ops::group_conv(f.data().unsqueeze(2), bank, component_bias(), options_.geometry).squeeze(2)};
}

}  // namespace coset::nn
