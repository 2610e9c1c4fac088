#include "coset/field/field.h"

#include <algorithm>
#include <cmath>

#include "coset/base/error.h"
#include "coset/ops/array.h"
#include "coset/rep/wigner_d.h"

namespace coset::field {
namespace {

const char* to_string(Base base) {
  return base == Base::points ? "points" : base == Base::pixels ? "pixels" : "a sphere";
}

std::string expected_shape(Base base, const FieldType& type) {
  const std::string channels = std::to_string(type.channels());
  if (base == Base::points) return "(..., " + channels + ")";
  return "(B, " + channels + ", " + std::to_string(base == Base::sphere ? 2 : type.space()) + " axes)";
}

/// out(y) = x(m^-1 y) on the last `space` axes, m a permutation of them up to signs.
Tensor move_axes(std::span<const double> m, int space, const Tensor& x) {
  const std::int64_t lead = x.dim() - space;
  std::vector<std::int64_t> order, reversed;
  for (std::int64_t a = 0; a < lead; ++a) order.push_back(a);
  for (int a = 0; a < space; ++a)  // (m x)_a = +-x_b: the output's axis a is the input's axis b
    for (int b = 0; b < space; ++b)
      if (const double sign = m[static_cast<std::size_t>(a * space + b)]; sign != 0.0) {
        order.push_back(lead + b);
        if (sign < 0.0) reversed.push_back(lead + a);
      }
  return x.permute(order).flip(reversed);
}

bool moves_voxels(std::span<const double, 9> R) {
  return std::ranges::all_of(R, [](double entry) { return entry == 0.0 || std::abs(entry) == 1.0; });
}

/// The components at `axis` times a (dim, dim) matrix.
Tensor mixed(const Tensor& block, std::int64_t axis, const Tensor& matrix) {
  if (axis == block.dim() - 1) return at::matmul(block, matrix.t());
  return at::matmul(block.movedim(axis, -1), matrix.t()).movedim(-1, axis);
}

Tensor square_matrix(const double* entries, std::int64_t dim, const at::TensorOptions& options) {
  return ops::real_tensor({entries, static_cast<std::size_t>(dim * dim)}).view({dim, dim}).to(options);
}

}  // namespace

Field::Field(Base base, FieldType type, Tensor data) : type_(std::move(type)), data_(std::move(data)), base_(base) {
  const std::int64_t axes = base == Base::sphere ? 4 : 2 + type_.space();
  const bool fits = base == Base::points ? data_.dim() >= 1 && data_.size(-1) == type_.channels()
                                         : data_.dim() == axes && data_.size(1) == type_.channels();
  if (!fits)
    fail("[field::Field] expected data ", expected_shape(base, type_), " of type ", type_.to_string(), "; received ",
         shape_text(data_.sizes()));
}

std::vector<std::int64_t> Field::sizes() const {
  return base_ == Base::points ? std::vector<std::int64_t>() : data_.sizes().slice(2).vec();
}

Tensor Field::fibres() const {
  type_.single_block("field::Field::fibres");
  return block(0);
}

Tensor Field::block(std::size_t index) const {
  const auto& [rep, fields] = type_.blocks()[index];
  const Tensor part =
      type_.blocks().size() == 1 ? data_ : data_.narrow(axis(), type_.first_channel(index), fields * rep.dim);
  return part.unflatten(axis(), {fields, rep.dim});
}

Tensor move_pixels(const group::GroupGrid& grid, std::int64_t h, const Tensor& x) {
  check(h >= 0 && h < grid.size && grid.on_lattice(h),
        "[field::move_pixels] expected an element that maps the pixel lattice to itself; received element ", h, " of ",
        grid.name);
  return move_axes(grid.matrix(h), grid.space, x);
}

Field Field::transform(std::int64_t h) const {
  const auto& grid = type_.group();
  check(base_ != Base::sphere, "[field::Field::transform] expected pixels or points; received a sphere");
  check(h >= 0 && h < grid.size, "[field::Field::transform] expected a place below ", grid.size, "; received ", h);
  std::vector<Tensor> blocks;
  for (std::size_t i = 0; i < type_.blocks().size(); ++i) {
    const auto& rep = type_.blocks()[i].rep;
    if (rep.matrices.empty())
      fail("[field::Field::transform] expected a representation of a finite group; received ", type_.to_string());
    const Tensor moved = base_ == Base::pixels ? move_pixels(grid, h, block(i)) : block(i);
    const Tensor matrix = square_matrix(rep.matrix(h), rep.dim, data_.options());
    blocks.push_back(mixed(moved, axis() + 1, matrix).flatten(axis(), axis() + 1));
  }
  return with(type_, at::cat(blocks, axis()));
}

Field Field::transform(std::span<const double, 9> R) const {
  if (type_.on_grid())
    fail("[field::Field::transform] expected fields of O(3) for a matrix; received ", type_.to_string());
  check(base_ == Base::points || (base_ == Base::pixels && moves_voxels(R)),
        "[field::Field::transform] expected points, or voxels and a matrix that maps voxels to voxels; received ",
        to_string(base_));
  std::vector<Tensor> blocks;
  for (std::size_t b = 0; b < type_.blocks().size(); ++b) {
    const rep::Irrep irrep = type_.irreps()[b].irrep;
    const std::vector<double> d = rep::wigner_d(irrep, R);
    const Tensor D = square_matrix(d.data(), irrep.dim(), data_.options());
    const Tensor moved = base_ == Base::pixels ? move_axes(R, 3, block(b)) : block(b);
    blocks.push_back(mixed(moved, axis() + 1, D).flatten(axis(), axis() + 1));
  }
  return blocks.empty() ? *this : with(type_, at::cat(blocks, axis()));
}

Field concatenate(std::span<const Field> parts) {
  rep::Irreps irreps;
  std::vector<Tensor> data;
  for (const Field& part : parts) {
    irreps = irreps + part.type().irreps();
    data.push_back(part.data());
  }
  return {std::move(irreps), at::cat(data, -1)};
}

void expect_type(const char* where, const FieldType& expected, const Field& found) {
  if (!(found.type() == expected))
    fail("[", where, "] expected a field of type ", expected.to_string(), "; received ", found.type().to_string());
}

void expect_type(const char* where, Base base, const FieldType& expected, const Field& found) {
  expect_type(where, expected, found);
  if (found.base() != base)
    fail("[", where, "] expected a field on ", to_string(base), "; received one on ", to_string(found.base()));
}

}  // namespace coset::field
