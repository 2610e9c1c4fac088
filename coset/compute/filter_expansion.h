/// From the weights of a group convolution to its filter bank, and back:
///
///   bank[o, r, i, q, p] = sum_{b, c} fibre[r, q, b] spatial[r, p, c] weight[o, i, b, c]
///
/// (coset/kernel/group_conv_plan.h says what the letters are). Runs at every training step. T is float or double.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "coset/compute/parallel.h"

namespace coset::compute {

/// Sizes of the two constant factors: fibre (n_out, n_in, fibre_basis), spatial (n_out, taps, spatial_basis).
struct ExpansionShape {
  std::int64_t n_out = 0, n_in = 0, taps = 0, fibre_basis = 0, spatial_basis = 0;

  std::int64_t pair_weights() const { return fibre_basis * spatial_basis; }
  bool operator==(const ExpansionShape&) const = default;
};

/// The constant factors, as their reference reads them.
struct ExpansionFactors {
  const double* fibre = nullptr;
  const double* spatial = nullptr;
};

struct FieldCounts {
  std::int64_t out = 0, in = 0;
};

namespace reference {
/// The formula, loop by loop. weight (O, I, B, C), bank (O, R, I, Q, P).
template <class T>
void expand_filters(const ExpansionShape& shape, const ExpansionFactors& factors, const FieldCounts& fields,
                    const T* weight, T* bank);
/// Its transpose: weight_gradient[o, i, b, c] = sum_{r, q, p} fibre spatial bank_gradient[o, r, i, q, p].
template <class T>
void expand_filters_adjoint(const ExpansionShape& shape, const ExpansionFactors& factors, const FieldCounts& fields,
                            const T* bank_gradient, T* weight_gradient);
}  // namespace reference

/// The factors prepared for the fast kernels: padded to vectors, or as gathers where the spatial factor is so sparse
/// that gathering is cheaper (large exact permutations). Reusable from many threads.
template <class T>
class FilterExpansion {
 public:
  /// @throws coset::Error unless the factors have the numbers of the shape
  FilterExpansion(const ExpansionShape& shape, std::span<const double> fibre, std::span<const double> spatial);

  const ExpansionShape& shape() const { return shape_; }
  /// O(O I B C R P) multiply-adds at vector rate; every bit is independent of the thread count.
  void expand(std::int64_t out_fields, std::int64_t in_fields, const T* weight, T* bank) const;
  void adjoint(std::int64_t out_fields, std::int64_t in_fields, const T* bank_gradient, T* weight_gradient) const;

 private:
  struct Entry {
    std::int64_t row, column;
    T value;
  };
  ItemCost block_cost(std::int64_t in_fields) const;
  void spread(std::int64_t r, std::int64_t rows, const T* weight, T* spread) const;
  void gather(std::int64_t r, std::int64_t rows, const T* spread, T* weight_gradient) const;

  ExpansionShape shape_;
  bool sparse_ = false;               ///< spatial factor as lists of entries
  bool selection_ = true;             ///< every (r, q) uses at most one b
  std::int64_t padded_taps_ = 0;      ///< taps rounded up to whole vectors
  std::int64_t padded_basis_ = 0;     ///< spatial_basis rounded up
  std::vector<T> to_taps_;            ///< (R, C, padded taps)
  std::vector<T> to_basis_;           ///< (R, P, padded basis)
  std::vector<Entry> entries_;        ///< of all r, in order
  std::vector<std::int64_t> start_;   ///< (R + 1) into entries_
  std::vector<T> fibre_;              ///< (R, Q, B)
  std::vector<std::int64_t> source_;  ///< (R, Q): the one b, or -1, when selection_
};

}  // namespace coset::compute
