/// Signals on a grid of pixels or voxels that know how they transform under R^d x| H.
///
/// Over every point live the components of a list of representations of H; a field of type rho transforms by
///   [L_(x,h) f](y) = rho(h) f(h^-1 (y - x)).
/// Scalar images have type trivial, signals on the group type regular. Source: specification 1.5, 11.1.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "coset/ops/torch.h"
#include "coset/rep/grid_representation.h"

namespace coset::field {

using GridPtr = std::shared_ptr<const group::GroupGrid>;

/// parse_group(text, space) as a shared grid.
GridPtr shared_grid(const std::string& text, int space = 0);

/// `fields` copies of one representation; their components lie one after the other, [fields][dim].
struct FieldBlock {
  rep::GridRepresentation rep;
  std::int64_t fields = 0;
  bool operator==(const FieldBlock&) const = default;
};

/// What a signal is: a grid on H and an ordered list of blocks. Equality compares everything.
class FieldType {
 public:
  FieldType() = default;
  /// @throws coset::Error when a block has no fields
  FieldType(GridPtr group, std::vector<FieldBlock> blocks);

  static FieldType trivial(GridPtr group, std::int64_t fields);
  static FieldType regular(GridPtr group, std::int64_t fields);

  const group::GroupGrid& group() const { return *group_; }
  const GridPtr& shared_group() const { return group_; }
  const std::vector<FieldBlock>& blocks() const { return *blocks_; }
  int space() const { return group_->space; }
  std::int64_t channels() const;  ///< components over a point: sum of fields times dim
  std::int64_t fields() const;    ///< number of fields of all blocks
  /// Every component may pass through any pointwise function.
  bool permutation() const;
  /// One block; its representation, else an error that names `where`.
  const FieldBlock& single_block(const char* where) const;
  std::string to_string() const;  ///< "C8: 16 regular + 4 irrep(1)"

  bool operator==(const FieldType& other) const;

 private:
  GridPtr group_;
  std::shared_ptr<const std::vector<FieldBlock>> blocks_;  // shared: every field carries its type
};

class RegularField {
 public:
  RegularField() = default;
  /// @param data (B, type.channels(), X...) with type.space() axes; @throws coset::Error on another shape
  RegularField(FieldType type, Tensor data);

  const FieldType& type() const { return type_; }
  const Tensor& data() const { return data_; }
  std::vector<std::int64_t> sizes() const;  ///< of the spatial axes

  /// (B, fields, dim, X...): a view of a field with one block. @throws coset::Error otherwise
  Tensor fibres() const;
  /// (B, fields, dim, X...) of block `index`, a view.
  Tensor block(std::size_t index) const;

  /// L_h f for the element at place h, rotating about the centre of the grid.
  /// @throws coset::Error unless the element maps the pixel lattice to itself
  RegularField transform(std::int64_t h) const;

 private:
  FieldType type_;
  Tensor data_;
};

/// Pixels alone: out(y) = x(h^-1 y) on the last `space` axes, by exchanging and reversing axes.
Tensor move_pixels(const group::GroupGrid& grid, std::int64_t h, const Tensor& x);

/// Throws "[where] expected a field of type ...; received ..." unless the types are equal.
void expect_type(const char* where, const FieldType& expected, const RegularField& found);

}  // namespace coset::field
