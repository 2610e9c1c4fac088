/// Signals that know how they transform: (base space, H, representation) and data.
///
/// Over every point of the base live the components of a FieldType; a field transforms under R^d x| H by
///   [L_(x,h) f](y) = rho(h) f(h^-1 (y - x)).
/// Scalar images have type trivial, signals on the group type regular, node features of a molecule irreps of O(3).
/// Source: Cohen, Geiger and Weiler, arXiv 1811.02017, section 2.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "coset/field/field_type.h"
#include "coset/ops/torch.h"

namespace coset::field {

/// What the points are, and with it which axis of the data holds the components.
enum class Base {
  points,  ///< atoms, graph nodes, edges, rows of any kind: (..., C)
  pixels,  ///< a grid of pixels or voxels of R^d, d = 1, 2, 3: (B, C, X...)
  sphere   ///< (B, C, beta, alpha)
};

class Field {
 public:
  Field() = default;
  /// On pixels where H is a grid, on points where it is O(3).
  Field(FieldType type, Tensor data) : Field(type.on_grid() ? Base::pixels : Base::points, type, std::move(data)) {}
  /// @throws coset::Error when `data` has another number of axes, or of components, than base and type say
  Field(Base base, FieldType type, Tensor data);

  Base base() const { return base_; }
  const FieldType& type() const { return type_; }
  const Tensor& data() const { return data_; }
  std::int64_t axis() const { return base_ == Base::points ? data_.dim() - 1 : 1; }  ///< of the components
  std::vector<std::int64_t> sizes() const;  ///< of the spatial axes (none on points)
  /// Other components over the same points.
  Field with(FieldType type, Tensor data) const { return {base_, std::move(type), std::move(data)}; }

  /// A field with one block, its components apart: (B, fields, dim, X...), on points (..., fields, dim). A view.
  /// @throws coset::Error on several blocks
  Tensor fibres() const;
  /// The same of block `index`.
  Tensor block(std::size_t index) const;

  /// L_h f for the element at place h of the grid: pixels move about the centre of the picture, components mix by
  /// rho(h). On points the components alone: positions are the caller's.
  /// @throws coset::Error unless H is a finite group, the base is no sphere, and the element maps the pixels to pixels
  Field transform(std::int64_t h) const;
  /// The same for an element of O(3), row-major and orthogonal: block (l, p) is multiplied by D^l(R), and by p once
  /// more where det R = -1. Voxels have the axes (x, y, z) and take the R that permute them up to signs.
  Field transform(std::span<const double, 9> R) const;

 private:
  FieldType type_;
  Tensor data_;
  Base base_ = Base::points;
};

/// Pixels alone: out(y) = x(h^-1 y) on the last `space` axes, by exchanging and reversing axes.
/// @throws coset::Error where h does not map the pixel lattice to itself
Tensor move_pixels(const group::GroupGrid& grid, std::int64_t h, const Tensor& x);

/// Irreps side by side: the rows a + b (not merged), data (..., Da + Db).
Field concatenate(std::span<const Field> parts);

/// Throws "[where] expected a field of type ...; received ..." unless the types are equal.
void expect_type(const char* where, const FieldType& expected, const Field& found);
/// The same for layers that know one base alone.
void expect_type(const char* where, Base base, const FieldType& expected, const Field& found);

}  // namespace coset::field
