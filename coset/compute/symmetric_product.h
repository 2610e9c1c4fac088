/// Polynomials of a node's channel-wise features, one for each species: the product basis of MACE.
///
///   B[m, c] = sum over monomials n of degree 1 .. 3  w_n[species, m, c] A[a_n, c] A[b_n, c] A[i_n, c]
///
/// Rows hold components, each with its channels side by side: A (inputs, channels), B (outputs, channels); channels a
/// multiple of kLanePadding. Source: Batatia et al., arXiv 2206.07697, eq. 10 and 11.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace coset::compute {

/// A term of the polynomials; unused factors are -1 and come last.
struct ProductTerm {
  std::array<int, 3> factors{-1, -1, -1};
  int output = 0;
};

template <class T>
class SymmetricProduct {
 public:
  /// @param terms    terms with the same factors stand together
  /// @param weights  (species, terms, channels)
  /// @throws coset::Error on sizes that do not fit, components out of range, or channels that are not padded
  SymmetricProduct(std::int64_t inputs, std::int64_t outputs, std::int64_t channels, std::int64_t species,
                   const std::vector<ProductTerm>& terms, const std::vector<double>& weights);

  std::int64_t in_size() const { return inputs_ * channels_; }
  std::int64_t out_size() const { return outputs_ * channels_; }

  /// One node.
  void forward(std::int64_t species, const T* a, T* b) const;
  /// ga = the gradient of <gb, b>, overwritten.
  void backward(std::int64_t species, const T* a, const T* gb, T* ga) const;

 private:
  struct Monomial {
    std::array<std::int64_t, 3> factor;  ///< offsets of the components
    int degree;
    std::int64_t begin, end;  ///< terms
  };
  std::int64_t inputs_, outputs_, channels_, terms_;
  std::vector<Monomial> monomials_;
  std::vector<std::int64_t> output_;  ///< offset of each term's output
  std::vector<T> weights_;
};

}  // namespace coset::compute
