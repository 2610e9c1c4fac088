#include "coset/model/balanced_irreps.h"

#include "coset/base/error.h"

namespace coset::model {

namespace {

rep::Irreps copies(std::int64_t n, int lmax) {
  std::vector<rep::MulIrrep> blocks;
  for (int l = 0; l <= lmax; ++l) blocks.push_back({n, {l, l % 2 == 0 ? 1 : -1}});
  return blocks;
}

/// Number of (in1, in2, out) block triples that O(3) allows, each weighted with the attribute's multiplicity.
std::int64_t paths(const rep::Irreps& hidden, const rep::Irreps& attribute) {
  std::int64_t count = 0;
  for (const auto& in : hidden)
    for (const auto& a : attribute)
      for (const rep::Irrep out : in.irrep* a.irrep) count += a.mul * (hidden.contains(out) ? 1 : 0);
  return count;
}

}  // namespace

rep::Irreps weight_balanced_irreps(std::int64_t width, const rep::Irreps& attribute, int lmax) {
  check(width >= 1 && lmax >= 0, "[model::weight_balanced_irreps] expected width >= 1 and lmax >= 0; received ", width,
        ", ", lmax);
  const std::int64_t per_square = paths(copies(1, lmax), attribute);
  check(per_square > 0, "[model::weight_balanced_irreps] expected an attribute with 0e; received ", attribute);
  std::int64_t n = 1;
  while (n * n * per_square < width * width) ++n;
  return copies(n, lmax);
}

rep::Irreps balanced_irreps(int lmax, std::int64_t dim) {
  std::vector<rep::MulIrrep> blocks;
  std::int64_t used = 0;
  for (int l = 0; l <= lmax; ++l) {
    blocks.push_back({dim / ((2 * l + 1) * (lmax + 1)), {l, l % 2 == 0 ? 1 : -1}});
    used += blocks.back().dim();
  }
  blocks.front().mul += dim - used;
  return blocks;
}

}  // namespace coset::model
