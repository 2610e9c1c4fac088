#include "coset/compute/symmetric_product.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/compute/padding.h"

namespace coset::compute {

namespace {

/// Channels handled together; loops of constant length become vectors.
constexpr std::int64_t kLanes = kLanePadding;

}  // namespace

template <class T>
SymmetricProduct<T>::SymmetricProduct(std::int64_t inputs, std::int64_t outputs, std::int64_t channels,
                                      std::int64_t species, const std::vector<ProductTerm>& terms,
                                      const std::vector<double>& weights)
    : inputs_(inputs),
      outputs_(outputs),
      channels_(channels),
      terms_(static_cast<std::int64_t>(terms.size())),
      weights_(weights.begin(), weights.end()) {
  check(channels % kLanePadding == 0 && static_cast<std::int64_t>(weights.size()) == species * terms_ * channels,
        "[compute::SymmetricProduct] expected weights (species, terms, padded channels); received ", weights.size(),
        " numbers for ", species, " x ", terms_, " x ", channels);
  for (std::int64_t t = 0; t < terms_; ++t) {
    const ProductTerm& term = terms[t];
    Monomial m{{0, 0, 0}, 0, t, t + 1};
    for (const int factor : term.factors) {
      if (factor < 0) break;
      check(factor < inputs, "[compute::SymmetricProduct] expected components below ", inputs, "; received ", factor);
      m.factor[static_cast<std::size_t>(m.degree++)] = factor * channels;
    }
    check(m.degree > 0 && term.output >= 0 && term.output < outputs,
          "[compute::SymmetricProduct] expected a factor and an output below ", outputs, "; received ", term.output);
    output_.push_back(term.output * channels);
    if (!monomials_.empty() && monomials_.back().degree == m.degree && monomials_.back().factor == m.factor)
      monomials_.back().end = m.end;
    else
      monomials_.push_back(m);
  }
}

template <class T>
void SymmetricProduct<T>::forward(std::int64_t species, const T* a, T* b) const {
  std::fill_n(b, out_size(), T(0));
  const T* const weights = weights_.data() + species * terms_ * channels_;
  for (std::int64_t c = 0; c < channels_; c += kLanes)
    for (const Monomial& m : monomials_) {
      T value[kLanes];
      std::copy_n(a + m.factor[0] + c, kLanes, value);
      for (int f = 1; f < m.degree; ++f) {
        const T* const next = a + m.factor[static_cast<std::size_t>(f)] + c;
        for (std::int64_t u = 0; u < kLanes; ++u) value[u] *= next[u];
      }
      for (std::int64_t t = m.begin; t < m.end; ++t) {
        const T* const w = weights + t * channels_ + c;
        T* const to = b + output_[t] + c;
        for (std::int64_t u = 0; u < kLanes; ++u) to[u] += w[u] * value[u];
      }
    }
}

template <class T>
void SymmetricProduct<T>::backward(std::int64_t species, const T* a, const T* gb, T* ga) const {
  std::fill_n(ga, in_size(), T(0));
  const T* const weights = weights_.data() + species * terms_ * channels_;
  for (std::int64_t c = 0; c < channels_; c += kLanes)
    for (const Monomial& m : monomials_) {
      T along[kLanes] = {};
      for (std::int64_t t = m.begin; t < m.end; ++t) {
        const T* const w = weights + t * channels_ + c;
        const T* const g = gb + output_[t] + c;
        for (std::int64_t u = 0; u < kLanes; ++u) along[u] += w[u] * g[u];
      }
      for (int f = 0; f < m.degree; ++f) {
        T part[kLanes];
        std::copy_n(along, kLanes, part);
        for (int other = 0; other < m.degree; ++other) {
          if (other == f) continue;
          const T* const factor = a + m.factor[static_cast<std::size_t>(other)] + c;
          for (std::int64_t u = 0; u < kLanes; ++u) part[u] *= factor[u];
        }
        T* const to = ga + m.factor[static_cast<std::size_t>(f)] + c;
        for (std::int64_t u = 0; u < kLanes; ++u) to[u] += part[u];
      }
    }
}

template class SymmetricProduct<float>;
template class SymmetricProduct<double>;

}  // namespace coset::compute
