#include "coset/deploy/product_weights.h"

#include "coset/base/error.h"
#include "coset/compute/padding.h"

namespace coset::deploy {

namespace {

/// Tensors of one output block and degree.
struct BlockTensors {
  int first_output, dim;
  std::int64_t count;  ///< k
  std::vector<double> basis, weight;
};

std::vector<BlockTensors> read_degree(const LayerShape& shape, int degree, std::int64_t size, std::int64_t species,
                                      std::int64_t channels, WeightReader& reader) {
  std::vector<BlockTensors> blocks;
  int output = 0;
  for (std::size_t b = 0; b < shape.out.size(); ++b) {
    const int dim = shape.out[b].irrep.dim();
    const std::string name = shape.name + "product." + std::to_string(b) + ".";
    const std::string end = "." + std::to_string(degree);
    const auto& extents = reader.shape(name + "basis" + end);
    check(extents.size() == 3, reader.source(), ": expected '", name, "basis", end, "' (components, monomials, paths)");
    const std::int64_t count = extents[2];
    blocks.push_back({output, dim, count, reader.take(name + "basis" + end, {dim, size, count}),
                      reader.take(name + "weight" + end, {species, count, channels})});
    output += dim;
  }
  return blocks;
}

}  // namespace

std::vector<std::array<int, 3>> monomials(int components, int degree) {
  std::vector<std::array<int, 3>> out;
  for (int a = 0; a < components; ++a) {
    if (degree == 1) out.push_back({a, -1, -1});
    for (int b = a; b < components && degree > 1; ++b) {
      if (degree == 2) out.push_back({a, b, -1});
      for (int c = b; c < components && degree > 2; ++c) out.push_back({a, b, c});
    }
  }
  return out;
}

template <class T>
compute::SymmetricProduct<T> read_product(const NetworkOptions& options, const LayerShape& shape,
                                          WeightReader& reader) {
  const std::int64_t channels = options.interaction[0].mul;
  const std::int64_t wide = compute::padded(channels);
  const auto species = static_cast<std::int64_t>(options.species.size());
  const auto components = static_cast<int>(options.interaction.dim() / channels);
  std::vector<compute::ProductTerm> terms;
  std::vector<std::vector<double>> rows(static_cast<std::size_t>(species));
  int outputs = 0;
  for (int degree = 1; degree <= options.correlation; ++degree) {
    const auto all = monomials(components, degree);
    const auto size = static_cast<std::int64_t>(all.size());
    const auto blocks = read_degree(shape, degree, size, species, channels, reader);
    outputs = blocks.back().first_output + blocks.back().dim;
    for (std::int64_t n = 0; n < size; ++n)
      for (const BlockTensors& block : blocks)
        for (int m = 0; m < block.dim; ++m) {
          const double* basis = block.basis.data() + (m * size + n) * block.count;
          bool zero = true;
          for (std::int64_t k = 0; k < block.count; ++k) zero = zero && basis[k] == 0.0;
          if (zero) continue;
          terms.push_back({all[static_cast<std::size_t>(n)], block.first_output + m});
          for (std::int64_t s = 0; s < species; ++s) {
            auto& row = rows[static_cast<std::size_t>(s)];
            row.resize(row.size() + static_cast<std::size_t>(wide));
            double* to = row.data() + row.size() - wide;
            for (std::int64_t k = 0; k < block.count; ++k)
              for (std::int64_t c = 0; c < channels; ++c)
                to[c] += basis[k] * block.weight[(s * block.count + k) * channels + c];
          }
        }
  }
  std::vector<double> weights;
  for (const auto& row : rows) weights.insert(weights.end(), row.begin(), row.end());
  return compute::SymmetricProduct<T>(components, outputs, wide, species, terms, weights);
}

template compute::SymmetricProduct<float> read_product<float>(const NetworkOptions&, const LayerShape&, WeightReader&);
template compute::SymmetricProduct<double> read_product<double>(const NetworkOptions&, const LayerShape&,
                                                                WeightReader&);

}  // namespace coset::deploy
