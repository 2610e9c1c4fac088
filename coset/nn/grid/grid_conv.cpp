#include "coset/nn/grid/grid_conv.h"

#include "coset/base/error.h"
#include "coset/kernel/grid_symmetry.h"

namespace coset::nn {
namespace {

using field::Field;
using field::FieldType;

constexpr const char* kWhere = "nn::GridConv";

void check_transposed(const ops::ConvGeometry& geometry, std::int64_t size) {
  const std::int64_t reach = geometry.dilation * (size - 1);
  check(!geometry.transposed || geometry.padding <= reach, "[", kWhere, "] expected padding <= ", reach,
        " of a transposed convolution with ", size, " cells per axis and dilation ", geometry.dilation, "; received ",
        geometry.padding);
}

}  // namespace

bool turns_or_mirrors(const group::GroupGrid& grid) {
  for (std::int64_t h = 0; h < grid.size; ++h) {
    const auto m = grid.matrix(h);
    for (int a = 0; a < grid.space; ++a)
      for (int b = 0; b < grid.space; ++b)
        if ((a != b && m[static_cast<std::size_t>(a * grid.space + b)] != 0.0) ||
            (a == b && m[static_cast<std::size_t>(a * grid.space + b)] < 0.0))
          return true;
  }
  return false;
}

FieldType on_grid(const char* where, const FieldType& type, const field::GridPtr& grid) {
  const auto& kind = type.single_block(where);
  check(kind.rep.name == "trivial" || kind.rep.name == "regular", "[", where,
        "] expected trivial or regular fields; received ", type);
  return kind.rep.name == "trivial" ? FieldType::trivial(grid, kind.fields) : FieldType::regular(grid, kind.fields);
}

void Kernel::change_grid(const FieldType&, const FieldType& out) {
  fail(
      "[nn::Kernel::change_grid] expected a kernel on the continuous group; received one that knows its own grid only, "
      "for ",
      out);
}

GridConv::GridConv(FieldType in, FieldType out, std::shared_ptr<Kernel> kernel, const GridConvOptions& options)
    : in_(std::move(in)), out_(std::move(out)), options_(options), kernel_(std::move(kernel)) {
  check(in_.on_grid() && out_.on_grid() && in_.space() == out_.space(), "[", kWhere,
        "] expected fields over grids of one space; received ", in_, " and ", out_);
  kernel_->attach(*this, in_, out_);
  check_transposed(options_.geometry, kernel_->size());
  if (const auto* own = named_parameters(false).find("weight")) weight = *own;
  std::int64_t biased = 0;
  for (const auto& block : out_.blocks()) biased += block.rep.permutation ? block.fields : 0;
  if (options_.bias && biased > 0) bias = register_parameter("bias", at::zeros({biased}));
  needs_symmetric_grid_ = turns_or_mirrors(in_.group());
}

void GridConv::change_grid(const field::GridPtr& group) {
  FieldType in = on_grid("nn::GridConv::change_grid", in_, group);
  FieldType out = on_grid("nn::GridConv::change_grid", out_, group);
  kernel_->change_grid(in, out);
  in_ = std::move(in);
  out_ = std::move(out);
  cache_.clear();
  needs_symmetric_grid_ = turns_or_mirrors(*group);
}

Tensor GridConv::parameter(const std::string& name) const {
  const auto all = named_parameters(false);
  const auto* found = all.find(name);
  check(found != nullptr, "[nn::GridConv::parameter] expected the name of a parameter; received '", name, "'");
  return *found;
}

Tensor GridConv::filter_bank() {
  return cache_(is_training(), kernel_->sources(), [this] { return kernel_->bank(); });
}

/// The bias of every channel.
Tensor GridConv::component_bias() const {
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

Tensor GridConv::convolved(const Tensor& fibres, const Tensor& bank) const {
  const bool per_channel = bias.defined() && bias.size(0) != bank.size(0);
  const Tensor b = per_channel ? component_bias() : bias;
  if (!kernel_->one_to_one()) return ops::group_conv(fibres, bank, b, options_.geometry);
  std::vector<Tensor> slices;  // the rest of the bank is zeros
  for (std::int64_t r = 0; r < bank.size(1); ++r)
    slices.push_back(
        ops::group_conv(fibres.narrow(2, r, 1), bank.narrow(1, r, 1).narrow(3, r, 1), b, options_.geometry));
  return at::cat(slices, 2);
}

/// The derived layer's own name, which its constructor cannot know yet: from "nn::" on, or whole for a class elsewhere.
const std::string& GridConv::where() {
  if (where_.empty()) {
    const auto inside = name().find("nn::");
    where_ = inside == std::string::npos ? name() : name().substr(inside);
  }
  return where_;
}

Field GridConv::forward(const Field& f) {
  field::expect_type(where().c_str(), field::Base::pixels, in_, f);
  const auto& g = options_.geometry;
  if (needs_symmetric_grid_ && !g.transposed)
    kernel::check_grid_symmetry(where().c_str(), f.sizes(), {kernel_->size(), g.stride, g.padding, g.dilation});
  const Tensor bank = filter_bank();  // (O, n_out, I, n_in, k...)
  return {out_, convolved(f.data().unflatten(1, {bank.size(2), bank.size(3)}), bank).flatten(1, 2)};
}

}  // namespace coset::nn
