/// The language of O(3) representations: irreps, lists of irreps with multiplicities, their text form and order.
///
/// Conventions: docs/conventions.md#irreps (e3nn 0.5: text `8x0e+4x1o`, order by (l, p) with odd before even, feature
/// rows laid out block after block, each [mul][2l+1]). Source: e3nn.o3.Irreps.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coset::rep {

/// Degrees beyond this are taken for typing mistakes.
inline constexpr int kMaxDegree = 9999;

/// An irreducible representation of O(3): degree l >= 0 and parity p = +1 ("e") or -1 ("o") under inversion; dimension
/// 2l+1.
struct Irrep {
  int l = 0;
  int p = 1;

  /// "1o" -> (1, -1), "2e" -> (2, +1), "3y" -> (3, (-1)^3). @throws coset::Error on any other text
  static Irrep parse(std::string_view text);

  int dim() const { return 2 * l + 1; }
  /// l = 0 and p = +1; 0o is a pseudo-scalar, not a scalar.
  bool is_scalar() const { return l == 0 && p == 1; }
  std::string to_string() const;

  bool operator==(const Irrep&) const = default;
  /// e3nn's sort order: l first, then odd before even: 0o < 0e < 1o < 1e < ...
  bool operator<(const Irrep& other) const { return l != other.l ? l < other.l : p < other.p; }
};

/// Irreps of the product a (x) b: |la - lb| .. la + lb ascending, parity pa pb.
std::vector<Irrep> operator*(Irrep a, Irrep b);

/// `mul` copies of one irrep: a block of a feature row, laid out [mul][2l+1].
struct MulIrrep {
  std::int64_t mul = 0;
  Irrep irrep;

  std::int64_t dim() const { return mul * irrep.dim(); }
  std::string to_string() const { return std::to_string(mul) + "x" + irrep.to_string(); }
  bool operator==(const MulIrrep&) const = default;
};

/// An ordered list of blocks. Equality compares block by block: `1x0e+1x0e` differs from `2x0e`.
class Irreps {
 public:
  Irreps() = default;
  Irreps(std::vector<MulIrrep> blocks);  // NOLINT(google-explicit-constructor)
  /// "8x0e + 4x1o+2e"; spaces free, a missing multiplicity is 1, zero multiplicities are kept, "" is the empty list.
  /// @throws coset::Error that quotes the part which is not an irrep
  explicit Irreps(std::string_view text);

  /// 1x0e + 1x1(p) + ... + 1x lmax (p^lmax); p = -1 for harmonics of a polar vector.
  static Irreps spherical_harmonics(int lmax, int p = -1);

  const std::vector<MulIrrep>& blocks() const { return blocks_; }
  std::size_t size() const { return blocks_.size(); }
  const MulIrrep& operator[](std::size_t i) const { return blocks_[i]; }
  auto begin() const { return blocks_.begin(); }
  auto end() const { return blocks_.end(); }

  std::int64_t dim() const;         ///< sum of mul (2l+1): the length of a feature row
  std::int64_t num_irreps() const;  ///< sum of mul
  int lmax() const;                 ///< largest l of any block, mul 0 included; @throws on the empty list
  std::int64_t count(Irrep irrep) const;
  bool contains(Irrep irrep) const { return count(irrep) > 0; }
  std::vector<std::int64_t> offsets()
      const;  ///< start of each block in a row, plus dim() at the end (size()+1 entries)

  Irreps simplify() const;  ///< merges adjacent equal irreps and drops mul 0; does not sort
  struct Sorted;
  Sorted sort() const;     ///< stable
  Irreps regroup() const;  ///< sort, then simplify
  Irreps filter(const std::vector<Irrep>& keep) const;
  Irreps filter_lmax(int lmax) const;

  std::string to_string() const;  ///< e3nn's canonical form: "8x0e+4x1o+1x2e"

  bool operator==(const Irreps&) const = default;

 private:
  std::vector<MulIrrep> blocks_;
};

/// inverse[new position] = old position, position[old position] = new position.
struct Irreps::Sorted {
  Irreps irreps;
  std::vector<std::int64_t> position;
  std::vector<std::int64_t> inverse;
};

Irreps operator+(const Irreps& a, const Irreps& b);    ///< concatenation
Irreps operator*(std::int64_t n, const Irreps& list);  ///< the list repeated n times
std::ostream& operator<<(std::ostream& out, const Irreps& irreps);

}  // namespace coset::rep
