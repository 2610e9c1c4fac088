#include "coset/rep/grid_representation.h"

#include <algorithm>
#include <cmath>

#include "coset/group/planar.h"
#include "coset/group/small_angle.h"

namespace coset::rep {
namespace {

/// Elements of a planar group as (flip, turn) of `order` turns; grid.h fixes the order of places.
struct Planar {
  std::int64_t turns = 0;
  bool mirrors = false;
};

Planar planar(const group::GroupGrid& group, const char* function) {
  check(group.space == 2 && group.closed(), "[rep::", function, "] expected C_N or D_N; received ", group.name);
  std::int64_t turns = 0;
  for (std::int64_t g = 0; g < group.size; ++g) turns += group.determinant(g) > 0.0 ? 1 : 0;
  const Planar found{turns, turns != group.size};
  const auto same = [&](const group::GroupGrid& expected) { return group.action == expected.action; };
  check(same(found.mirrors ? group::dihedral_grid(turns) : group::cyclic_grid(turns)), "[rep::", function,
        "] expected C_N or D_N; received ", group.name);
  return found;
}

GridRepresentation permutation(const group::GroupGrid& group, std::string name, std::int64_t dim, auto image) {
  GridRepresentation rho{std::move(name), dim, true,
                         std::vector<double>(static_cast<std::size_t>(group.size * dim * dim))};
  for (std::int64_t g = 0; g < group.size; ++g)
    for (std::int64_t q = 0; q < dim; ++q)
      rho.matrices[static_cast<std::size_t>((g * dim + image(g, q)) * dim + q)] = 1.0;
  return rho;
}

/// Components of v along w are removed from v.
void remove(std::vector<double>& v, const std::vector<double>& w) {
  double dot = 0.0;
  for (std::size_t i = 0; i < v.size(); ++i) dot += v[i] * w[i];
  for (std::size_t i = 0; i < v.size(); ++i) v[i] -= dot * w[i];
}

double length(const std::vector<double>& v) {
  double squares = 0.0;
  for (double x : v) squares += x * x;
  return std::sqrt(squares);
}

/// (dim_irrep / |G|) sum_g irrep(g)[row][0] rho(g) v: Serre's projection, which sends copies of an irrep to matching
/// rows.
std::vector<double> transfer(const group::GroupGrid& group, const GridRepresentation& rho,
                             const GridRepresentation& irrep, std::int64_t row, const std::vector<double>& v) {
  std::vector<double> result(v.size());
  for (std::int64_t g = 0; g < group.size; ++g) {
    const double factor =
        irrep.matrix(g)[row * irrep.dim] * static_cast<double>(irrep.dim) / static_cast<double>(group.size);
    if (factor == 0.0) continue;
    for (std::int64_t i = 0; i < rho.dim; ++i)
      for (std::int64_t j = 0; j < rho.dim; ++j)
        result[static_cast<std::size_t>(i)] += factor * rho.matrix(g)[i * rho.dim + j] * v[static_cast<std::size_t>(j)];
  }
  return result;
}

}  // namespace

GridRepresentation trivial_representation(const group::GroupGrid& group) {
  return {"trivial", 1, true, std::vector<double>(static_cast<std::size_t>(group.size), 1.0)};
}

GridRepresentation regular_representation(const group::GroupGrid& group) {
  if (!group.closed()) return {"regular", group.size, true, {}};
  return permutation(group, "regular", group.size,
                     [&](std::int64_t g, std::int64_t q) { return group.multiply(g, q); });
}

GridRepresentation quotient_representation(const group::GroupGrid& group, const group::Subgroup& subgroup) {
  const auto space = group::left_cosets(group, subgroup);
  return permutation(group, "quotient/" + std::to_string(subgroup.size()), space.size,
                     [&](std::int64_t g, std::int64_t coset) { return space.act(g, coset); });
}

GridRepresentation planar_irrep(const group::GroupGrid& group, std::int64_t frequency, bool odd) {
  const auto [turns, mirrors] = planar(group, "planar_irrep");
  const bool single = frequency == 0 || 2 * frequency == turns;
  check(frequency >= 0 && 2 * frequency <= turns, "[rep::planar_irrep] expected a frequency from 0 to ", turns / 2,
        " for ", group.name, "; received ", frequency);
  check(!odd || (mirrors && single),
        "[rep::planar_irrep] expected an odd irrep only of D_N with frequency 0 or N/2; received ", frequency, " of ",
        group.name);
  const std::string sign = mirrors && single ? (odd ? "-" : "+") : "";
  GridRepresentation rho{"irrep(" + std::to_string(frequency) + sign + ")", single ? 1 : 2, frequency == 0 && !odd, {}};
  for (std::int64_t g = 0; g < group.size; ++g) {
    const std::int64_t flip = g / turns, turn = g % turns;
    const auto [c, s] = group::unit_root(frequency * turn, turns);
    const double mirror = flip != 0 ? -1.0 : 1.0;
    if (single)
      rho.matrices.push_back(c * (odd ? mirror : 1.0));
    else
      rho.matrices.insert(rho.matrices.end(), {c, -s, mirror * s, mirror * c});  // F^flip R^turn
  }
  return rho;
}

std::vector<GridRepresentation> planar_irreps(const group::GroupGrid& group) {
  const auto [turns, mirrors] = planar(group, "planar_irreps");
  std::vector<GridRepresentation> all;
  for (std::int64_t frequency = 0; 2 * frequency <= turns; ++frequency) {
    all.push_back(planar_irrep(group, frequency));
    if (mirrors && (frequency == 0 || 2 * frequency == turns)) all.push_back(planar_irrep(group, frequency, true));
  }
  return all;
}

GridRepresentation direct_sum(const std::vector<GridRepresentation>& parts) {
  check(!parts.empty(), "[rep::direct_sum] expected at least one representation");
  GridRepresentation sum{"", 0, true, {}};
  for (const auto& part : parts) {
    sum.name += (sum.name.empty() ? "" : "+") + part.name;
    sum.dim += part.dim;
    sum.permutation = sum.permutation && part.permutation;
  }
  const auto elements = static_cast<std::int64_t>(parts[0].matrices.size()) / (parts[0].dim * parts[0].dim);
  sum.matrices.resize(static_cast<std::size_t>(elements * sum.dim * sum.dim));
  for (std::int64_t g = 0; g < elements; ++g) {
    std::int64_t start = 0;
    for (const auto& part : parts) {
      for (std::int64_t i = 0; i < part.dim; ++i)
        std::copy_n(part.matrix(g) + i * part.dim, part.dim,
                    sum.matrices.begin() + ((g * sum.dim + start + i) * sum.dim + start));
      start += part.dim;
    }
  }
  return sum;
}

Decomposition decompose(const group::GroupGrid& group, const GridRepresentation& rho) {
  Decomposition result;
  std::vector<std::vector<double>> rows;
  for (const auto& irrep : planar_irreps(group)) {
    const std::size_t begin =
        rows.size();  // over R, the second row of a C_N irrep lies in the range of the first projection
    for (std::int64_t start = 0; start < rho.dim; ++start) {
      std::vector<double> unit(static_cast<std::size_t>(rho.dim));
      unit[static_cast<std::size_t>(start)] = 1.0;
      auto candidate = transfer(group, rho, irrep, 0, unit);
      for (int pass = 0; pass < 2; ++pass)
        for (std::size_t r = begin; r < rows.size(); ++r) remove(candidate, rows[r]);
      if (const double size = length(candidate); size > 1e-6) {
        for (double& x : candidate) x /= size;
        result.irreps.push_back(irrep);
        for (std::int64_t k = 0; k < irrep.dim; ++k)
          rows.push_back(k == 0 ? candidate : transfer(group, rho, irrep, k, candidate));
      }
    }
  }
  COSET_ASSERT(static_cast<std::int64_t>(rows.size()) == rho.dim);
  for (const auto& row : rows) result.matrix.insert(result.matrix.end(), row.begin(), row.end());
  return result;
}

}  // namespace coset::rep
