/// What a signal is: a group H and a list of representations of it, one after the other in every point's components.
///
/// H is O(3), with irreps (coset/rep/irreps.h), or a grid on a subgroup of O(d) or of the scales, with trivial, regular,
/// quotient and irreducible representations (coset/rep/grid_representation.h). Source: Cohen and Welling, arXiv
/// 1612.08498, section 2; Weiler and Cesa, arXiv 1911.08251, section 2.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "coset/rep/grid_representation.h"
#include "coset/rep/irreps.h"

namespace coset::field {

using GridPtr = std::shared_ptr<const group::GroupGrid>;

/// parse_group(text, space) as a shared grid.
GridPtr shared_grid(const std::string& text, int space = 0);

/// `fields` copies of one representation; their components lie one after the other, [fields][dim].
/// An irrep of O(3) is named "1o" and has no matrices: rep::wigner_d computes them.
struct FieldBlock {
  rep::GridRepresentation rep;
  std::int64_t fields = 0;
  bool operator==(const FieldBlock&) const = default;
};

/// H and its ordered blocks, shared by every field of the type: copies cost a counter, comparisons of one type with its
/// own copies a pointer. Equality compares everything.
class FieldType {
 public:
  FieldType() = default;
  /// H = O(3). Blocks without copies, and the empty list, are kept.
  FieldType(rep::Irreps irreps);  // NOLINT(google-explicit-constructor)
  /// H = the grid. @throws coset::Error without a grid or blocks, or when a block has no fields
  FieldType(GridPtr group, std::vector<FieldBlock> blocks);

  static FieldType trivial(GridPtr group, std::int64_t fields);
  static FieldType regular(GridPtr group, std::int64_t fields);

  bool on_grid() const { return get().group != nullptr; }
  const group::GroupGrid& group() const;  ///< @throws coset::Error unless H is a grid
  const GridPtr& shared_group() const { return get().group; }
  const rep::Irreps& irreps() const { return get().irreps; }  ///< of O(3); none on a grid
  const std::vector<FieldBlock>& blocks() const { return get().blocks; }
  int space() const { return on_grid() ? group().space : 3; }  ///< d of the space R^d that H acts on
  std::int64_t channels() const { return get().channels; }     ///< components over a point: sum of fields times dim
  std::int64_t fields() const;                                 ///< number of fields of all blocks
  std::int64_t first_channel(std::size_t block) const;         ///< where the components of a block begin
  /// Every component may pass through any pointwise function: H permutes them, or leaves them alone (0e).
  bool permutation() const;
  /// One block; its representation, else an error that names `where`.
  const FieldBlock& single_block(const char* where) const;
  std::string to_string() const;  ///< "C8: 16 regular + 4 irrep(1)", "8x0e+4x1o"

  bool operator==(const FieldType& other) const;

 private:
  struct Parts {
    GridPtr group;
    rep::Irreps irreps;
    std::vector<FieldBlock> blocks;
    std::int64_t channels = 0;
  };
  const Parts& get() const;

  std::shared_ptr<const Parts> parts_;
};

std::ostream& operator<<(std::ostream& out, const FieldType& type);  ///< to_string()

}  // namespace coset::field
