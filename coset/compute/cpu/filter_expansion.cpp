#include "coset/compute/filter_expansion.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/compute/cpu/scratch.h"
#include "coset/compute/cpu/small_product.h"
#include "coset/compute/kernel_report.h"
#include "coset/compute/parallel.h"

namespace coset::compute {

namespace {

std::int64_t padded(std::int64_t count, std::int64_t lanes) {
  return (count + lanes - 1) / lanes * lanes;
}

}  // namespace

template <class T>
FilterExpansion<T>::FilterExpansion(const ExpansionShape& shape, std::span<const double> fibre,
                                    std::span<const double> spatial)
    : shape_(shape), fibre_(fibre.begin(), fibre.end()) {
  const auto& s = shape_;
  check(std::ssize(fibre) == s.n_out * s.n_in * s.fibre_basis &&
            std::ssize(spatial) == s.n_out * s.taps * s.spatial_basis,
        "[compute::FilterExpansion] expected factors of ", s.n_out * s.n_in * s.fibre_basis, " and ",
        s.n_out * s.taps * s.spatial_basis, " numbers; received ", fibre.size(), " and ", spatial.size());
  padded_taps_ = padded(s.taps, kLanes<T>);
  padded_basis_ = padded(s.spatial_basis, kLanes<T>);
  start_.push_back(0);
  for (std::int64_t r = 0; r < s.n_out; ++r) {
    for (std::int64_t p = 0; p < s.taps; ++p)
      for (std::int64_t c = 0; c < s.spatial_basis; ++c)
        if (const double v = spatial[static_cast<std::size_t>((r * s.taps + p) * s.spatial_basis + c)]; v != 0.0)
          entries_.push_back({p, c, static_cast<T>(v)});
    start_.push_back(std::ssize(entries_));
    for (std::int64_t q = 0; q < s.n_in; ++q) {
      std::int64_t used = 0, only = -1;
      for (std::int64_t b = 0; b < s.fibre_basis; ++b)
        if (fibre[static_cast<std::size_t>((r * s.n_in + q) * s.fibre_basis + b)] != 0.0) ++used, only = b;
      selection_ = selection_ && used <= 1;
      source_.push_back(only);
    }
  }
  // an entry costs a dependent load, multiply and store; the dense product one vector operation per kLanes numbers
  sparse_ = 2 * std::ssize(entries_) * kLanes<T> < s.n_out * s.spatial_basis * padded_taps_;
  if (sparse_) return;
  to_taps_.resize(static_cast<std::size_t>(s.n_out * s.spatial_basis * padded_taps_));
  to_basis_.resize(static_cast<std::size_t>(s.n_out * s.taps * padded_basis_));
  for (std::int64_t r = 0; r < s.n_out; ++r)
    for (std::int64_t k = start_[static_cast<std::size_t>(r)]; k < start_[static_cast<std::size_t>(r) + 1]; ++k) {
      const auto& [p, c, v] = entries_[static_cast<std::size_t>(k)];
      to_taps_[static_cast<std::size_t>((r * s.spatial_basis + c) * padded_taps_ + p)] = v;
      to_basis_[static_cast<std::size_t>((r * s.taps + p) * padded_basis_ + c)] = v;
    }
}

/// spread[row, p] = sum_c weight[row, c] spatial[r, p, c]; rows of `spread` are padded.
template <class T>
void FilterExpansion<T>::spread(std::int64_t r, std::int64_t rows, const T* weight, T* spread) const {
  const auto& s = shape_;
  if (!sparse_) {
    small_product(rows, s.spatial_basis, padded_taps_, weight, s.spatial_basis,
                  to_taps_.data() + r * s.spatial_basis * padded_taps_, spread, false);
    return;
  }
  std::fill_n(spread, rows * padded_taps_, T(0));
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t k = start_[static_cast<std::size_t>(r)]; k < start_[static_cast<std::size_t>(r) + 1]; ++k) {
      const auto& [p, c, v] = entries_[static_cast<std::size_t>(k)];
      spread[row * padded_taps_ + p] += v * weight[row * s.spatial_basis + c];
    }
}

/// The transpose, added to weight_gradient[row, c], whose rows are padded.
template <class T>
void FilterExpansion<T>::gather(std::int64_t r, std::int64_t rows, const T* spread, T* weight_gradient) const {
  const auto& s = shape_;
  if (!sparse_) {
    small_product(rows, s.taps, padded_basis_, spread, padded_taps_, to_basis_.data() + r * s.taps * padded_basis_,
                  weight_gradient, true);
    return;
  }
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t k = start_[static_cast<std::size_t>(r)]; k < start_[static_cast<std::size_t>(r) + 1]; ++k) {
      const auto& [p, c, v] = entries_[static_cast<std::size_t>(k)];
      weight_gradient[row * padded_basis_ + c] += v * spread[row * padded_taps_ + p];
    }
}

/// One output field and element: eight multiply-adds a nanosecond, and the bank once.
template <class T>
ItemCost FilterExpansion<T>::block_cost(std::int64_t in_fields) const {
  const std::int64_t products = shape_.fibre_basis * shape_.spatial_basis * padded_taps_;
  return {static_cast<double>(in_fields) *
          (0.125 * static_cast<double>(products) + static_cast<double>(shape_.n_in * shape_.taps))};
}

template <class T>
void FilterExpansion<T>::expand(std::int64_t out_fields, std::int64_t in_fields, const T* weight, T* bank) const {
  count_kernel(Kernel::filter_expansion);
  const auto& s = shape_;
  const std::int64_t rows = in_fields * s.fibre_basis;
  parallel_blocks(out_fields * s.n_out, block_cost(in_fields), [&](std::int64_t block) {
    const std::int64_t o = block / s.n_out, r = block % s.n_out;
    ScratchFrame frame;
    T* const spread_rows = frame.take<T>(rows * padded_taps_);
    T* const product = frame.take<T>(selection_ ? 0 : s.n_in * padded_taps_);
    spread(r, rows, weight + o * rows * s.spatial_basis, spread_rows);
    T* out = bank + block * in_fields * s.n_in * s.taps;
    for (std::int64_t i = 0; i < in_fields; ++i) {
      const T* const fields = spread_rows + i * s.fibre_basis * padded_taps_;
      const T* mixed = fields;
      if (!selection_) {
        small_product(s.n_in, s.fibre_basis, padded_taps_, fibre_.data() + r * s.n_in * s.fibre_basis, s.fibre_basis,
                      fields, product, false);
        mixed = product;
      }
      for (std::int64_t q = 0; q < s.n_in; ++q, out += s.taps) {
        const std::int64_t b = selection_ ? source_[static_cast<std::size_t>(r * s.n_in + q)] : q;
        if (b < 0) {
          std::fill_n(out, s.taps, T(0));
          continue;
        }
        const T factor = selection_ ? fibre_[static_cast<std::size_t>((r * s.n_in + q) * s.fibre_basis + b)] : T(1);
        const T* const row = mixed + b * padded_taps_;
        for (std::int64_t p = 0; p < s.taps; ++p) out[p] = factor * row[p];
      }
    }
  });
}

template <class T>
void FilterExpansion<T>::adjoint(std::int64_t out_fields, std::int64_t in_fields, const T* bank_gradient,
                                 T* weight_gradient) const {
  count_kernel(Kernel::filter_expansion_adjoint);
  const auto& s = shape_;
  const std::int64_t rows = in_fields * s.fibre_basis;
  const ItemCost cost{static_cast<double>(s.n_out) * block_cost(in_fields).nanoseconds};
  parallel_blocks(out_fields, cost, [&](std::int64_t o) {
    ScratchFrame frame;
    T* const gradient = frame.take<T>(rows * padded_basis_);
    T* const collected = frame.take<T>(rows * padded_taps_);
    std::fill_n(gradient, rows * padded_basis_, T(0));
    for (std::int64_t r = 0; r < s.n_out; ++r) {
      std::fill_n(collected, rows * padded_taps_, T(0));
      const T* in = bank_gradient + (o * s.n_out + r) * in_fields * s.n_in * s.taps;
      for (std::int64_t i = 0; i < in_fields; ++i)
        for (std::int64_t q = 0; q < s.n_in; ++q, in += s.taps)
          for (std::int64_t b = 0; b < s.fibre_basis; ++b) {
            const T factor = fibre_[static_cast<std::size_t>((r * s.n_in + q) * s.fibre_basis + b)];
            if (factor == T(0)) continue;
            T* const row = collected + (i * s.fibre_basis + b) * padded_taps_;
            for (std::int64_t p = 0; p < s.taps; ++p) row[p] += factor * in[p];
          }
      gather(r, rows, collected, gradient);
    }
    for (std::int64_t row = 0; row < rows; ++row)
      std::copy_n(gradient + row * padded_basis_, s.spatial_basis,
                  weight_gradient + (o * rows + row) * s.spatial_basis);
  });
}

template class FilterExpansion<float>;
template class FilterExpansion<double>;

}  // namespace coset::compute
