#include "coset/rep/reduced_tensor_product.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>

#include "coset/base/error.h"
#include "coset/rep/wigner_3j.h"

namespace coset::rep {
namespace {

constexpr double kEpsilon = 1e-9;  // e3nn's: a projector's rows shorter than 2 eps are dependent

// One way to couple all indices to `irrep`: rows (2l+1, tensor size), orthonormal.
struct CoupledPath {
  Irrep irrep;
  std::vector<double> rows;
};

IndexSymmetry compose(const IndexSymmetry& a, const IndexSymmetry& b) {
  IndexSymmetry c{a.sign * b.sign, {}};
  for (const int k : a.source) c.source.push_back(b.source[k]);
  return c;
}

// Couples every path with one more index, whose irreps are `right`.
std::vector<CoupledPath> extend(const std::vector<CoupledPath>& paths, const Irreps& right) {
  std::vector<CoupledPath> extended;
  const std::int64_t width = right.dim();
  for (const auto& left : paths) {
    const auto left_size = static_cast<std::int64_t>(left.rows.size()) / left.irrep.dim();
    std::int64_t start = 0;
    for (const auto& block : right)
      for (std::int64_t copy = 0; copy < block.mul; ++copy, start += block.irrep.dim())
        for (const Irrep out : left.irrep* block.irrep) {
          CoupledPath path{out, std::vector<double>(static_cast<std::size_t>(out.dim() * left_size * width), 0.0)};
          const double scale = std::sqrt(static_cast<double>(out.dim()));
          for (const auto& [i, j, k, value] : coupling_entries(out.l, left.irrep.l, block.irrep.l))
            for (std::int64_t t = 0; t < left_size; ++t)
              path.rows[(i * left_size + t) * width + start + k] += scale * value * left.rows[j * left_size + t];
          extended.push_back(std::move(path));
        }
  }
  std::stable_sort(extended.begin(), extended.end(), [](const auto& a, const auto& b) { return a.irrep < b.irrep; });
  return extended;
}

std::vector<CoupledPath> coupled_paths(const std::vector<Irreps>& in) {
  std::vector<CoupledPath> paths{{{0, 1}, {1.0}}};
  for (const Irreps& index : in) paths = extend(paths, index);
  return paths;
}

// The mean over the group of sign * permuted tensor: the orthogonal projection onto symmetric tensors.
std::vector<double> symmetrize(const std::vector<IndexSymmetry>& group, const std::vector<Irreps>& in,
                               const double* t) {
  const std::size_t rank = in.size();
  std::vector<std::int64_t> stride(rank, 1);
  for (std::size_t k = rank; k-- > 1;) stride[k - 1] = stride[k] * in[k].dim();
  const std::int64_t size = rank == 0 ? 1 : stride[0] * in[0].dim();
  std::vector<double> mean(static_cast<std::size_t>(size), 0.0);
  for (const auto& [sign, source] : group)
    for (std::int64_t flat = 0; flat < size; ++flat) {
      std::int64_t moved = 0;
      for (std::size_t k = 0; k < rank; ++k) moved += flat / stride[source[k]] % in[source[k]].dim() * stride[k];
      mean[flat] += sign * t[moved] / static_cast<double>(group.size());
    }
  return mean;
}

// Gram-Schmidt on the rows of a projector (n, n), first non-zero entry positive.
std::vector<std::vector<double>> orthonormal_rows(const std::vector<double>& projector, std::size_t n) {
  std::vector<std::vector<double>> basis;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> x(projector.begin() + static_cast<std::ptrdiff_t>(i * n),
                          projector.begin() + static_cast<std::ptrdiff_t>((i + 1) * n));
    for (int pass = 0; pass < 2; ++pass)  // twice is enough for full orthogonality
      for (const auto& y : basis) {
        const double overlap = std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
        for (std::size_t k = 0; k < n; ++k) x[k] -= overlap * y[k];
      }
    const double norm = std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0));
    if (norm <= 2 * kEpsilon) continue;
    const auto first = std::find_if(x.begin(), x.end(), [&](double v) { return std::abs(v) > kEpsilon * norm; });
    for (double& v : x) v /= *first < 0 ? -norm : norm;
    basis.push_back(std::move(x));
  }
  return basis;
}

// Appends the symmetric combinations of the paths [first, last), all of one irrep.
void append_symmetric(const std::vector<IndexSymmetry>& group, std::span<const CoupledPath> paths,
                      ReducedTensorProduct& result, std::vector<MulIrrep>& blocks) {
  const std::size_t n = paths.size();
  const std::size_t size = paths[0].rows.size() / paths[0].irrep.dim();
  // The symmetrisation commutes with O(3), so it acts on the paths alone; the first component shows how (Schur).
  std::vector<double> projector(n * n);
  for (std::size_t v = 0; v < n; ++v) {
    const auto symmetric = symmetrize(group, result.in, paths[v].rows.data());
    for (std::size_t u = 0; u < n; ++u)
      projector[u * n + v] = std::inner_product(symmetric.begin(), symmetric.end(), paths[u].rows.begin(), 0.0);
  }
  for (const auto& x : orthonormal_rows(projector, n)) {
    const std::size_t start = result.change_of_basis.size();
    result.change_of_basis.resize(start + size * paths[0].irrep.dim(), 0.0);
    for (std::size_t u = 0; u < n; ++u)
      for (std::size_t k = 0; k < paths[u].rows.size(); ++k)
        result.change_of_basis[start + k] += x[u] * paths[u].rows[k];
    blocks.push_back({1, paths[0].irrep});
  }
}

// Irreps of each letter of the first term; letters that the group exchanges inherit them from one another.
std::vector<Irreps> index_irreps(const std::vector<IndexSymmetry>& group, const std::string& letters,
                                 const std::map<char, Irreps>& indices) {
  for (const auto& [letter, irreps] : indices)
    check(letters.find(letter) != std::string::npos,
          "[rep::reduced_tensor_product] expected irreps for the letters of '", letters, "'; received '", letter, "'");
  std::vector<Irreps> in(letters.size());
  for (std::size_t k = 0; k < letters.size(); ++k) {
    const Irreps* found = nullptr;
    for (const auto& symmetry : group) {
      const char letter = letters[symmetry.source[k]];
      const auto known = indices.find(letter);
      if (known == indices.end()) continue;
      check(found == nullptr || *found == known->second,
            "[rep::reduced_tensor_product] expected equal irreps for letters "
            "that the formula exchanges; received ",
            found == nullptr ? Irreps() : *found, " and ", known->second, " for '", letters[k], "' and '", letter, "'");
      found = &known->second;
    }
    check(found != nullptr, "[rep::reduced_tensor_product] expected irreps for the letter '", letters[k],
          "'; received none");
    in[k] = *found;
  }
  return in;
}

// The first term of a formula, without sign and blanks.
std::string first_term(std::string_view formula) {
  std::string letters;
  for (const char c : formula.substr(0, formula.find('=')))
    if (c != ' ' && c != '-') letters += c;
  return letters;
}

}  // namespace

std::vector<IndexSymmetry> parse_symmetry(std::string_view formula) {
  const std::string letters = first_term(formula);
  std::set<IndexSymmetry> group;
  IndexSymmetry identity{1, std::vector<int>(letters.size())};
  std::iota(identity.source.begin(), identity.source.end(), 0);
  group.insert(identity);
  int first_sign = 0;
  for (std::size_t start = 0; start != std::string_view::npos;) {
    const auto equals = formula.find('=', start);
    IndexSymmetry generator;
    for (const char c : formula.substr(start, equals - start)) {
      if (c == ' ') continue;
      if (c == '-' && generator.source.empty() && generator.sign == 1) {
        generator.sign = -1;
        continue;
      }
      const auto place = letters.find(c);
      const bool known = std::isalpha(static_cast<unsigned char>(c)) != 0 && place != std::string::npos;
      generator.source.push_back(known ? static_cast<int>(place) : -1);
    }
    auto sorted = generator.source;
    std::sort(sorted.begin(), sorted.end());
    check(sorted == identity.source,
          "[rep::parse_symmetry] expected permutations of distinct letters like ijk=-jik; received '", formula, "'");
    if (first_sign == 0) first_sign = generator.sign;
    generator.sign *= first_sign;
    group.insert(generator);
    start = equals == std::string_view::npos ? equals : equals + 1;
  }
  for (bool grown = true; grown;) {  // products of generators until nothing new appears; inverses come as powers
    grown = false;
    const std::vector<IndexSymmetry> members(group.begin(), group.end());
    for (const auto& a : members)
      for (const auto& b : members) grown = group.insert(compose(a, b)).second || grown;
  }
  return {group.begin(), group.end()};
}

std::int64_t ReducedTensorProduct::tensor_size() const {
  return std::accumulate(in.begin(), in.end(), std::int64_t{1},
                         [](std::int64_t size, const Irreps& index) { return size * index.dim(); });
}

ReducedTensorProduct reduced_tensor_product(std::string_view formula, const std::map<char, Irreps>& indices) {
  const auto group = parse_symmetry(formula);
  ReducedTensorProduct result;
  result.in = index_irreps(group, first_term(formula), indices);
  const auto paths = coupled_paths(result.in);
  std::vector<MulIrrep> blocks;
  for (std::size_t first = 0; first < paths.size();) {
    std::size_t last = first;
    while (last < paths.size() && paths[last].irrep == paths[first].irrep) ++last;
    append_symmetric(group, std::span(paths).subspan(first, last - first), result, blocks);
    first = last;
  }
  result.out = Irreps(std::move(blocks)).simplify();
  return result;
}

ReducedTensorProduct cartesian_tensor(std::string_view formula) {
  std::map<char, Irreps> indices;
  for (const char letter : first_term(formula)) indices.emplace(letter, Irreps("1x1o"));
  return reduced_tensor_product(formula, indices);
}

std::vector<double> to_irreps(const ReducedTensorProduct& basis, std::span<const double> tensor) {
  check(static_cast<std::int64_t>(tensor.size()) == basis.tensor_size(), "[rep::to_irreps] expected ",
        basis.tensor_size(), " tensor entries; received ", tensor.size());
  std::vector<double> y(static_cast<std::size_t>(basis.out.dim()), 0.0);
  for (std::size_t i = 0; i < y.size(); ++i)
    for (std::size_t k = 0; k < tensor.size(); ++k) y[i] += basis.change_of_basis[i * tensor.size() + k] * tensor[k];
  return y;
}

std::vector<double> to_tensor(const ReducedTensorProduct& basis, std::span<const double> y) {
  check(static_cast<std::int64_t>(y.size()) == basis.out.dim(), "[rep::to_tensor] expected ", basis.out.dim(), " (",
        basis.out, ") coefficients; received ", y.size());
  std::vector<double> tensor(static_cast<std::size_t>(basis.tensor_size()), 0.0);
  for (std::size_t i = 0; i < y.size(); ++i)
    for (std::size_t k = 0; k < tensor.size(); ++k) tensor[k] += basis.change_of_basis[i * tensor.size() + k] * y[i];
  return tensor;
}

}  // namespace coset::rep
