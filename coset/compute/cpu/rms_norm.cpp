#include "coset/compute/rms_norm.h"

#include <cmath>

#include "coset/base/error.h"

namespace coset::compute {

template <class T>
RmsNorm<T>::RmsNorm(const rep::Irreps& irreps, const std::vector<Block>& blocks, double epsilon)
    : size_(irreps.dim()), epsilon_(static_cast<T>(epsilon)) {
  check(blocks.size() == irreps.size(), "[compute::RmsNorm] expected ", irreps.size(), " blocks; received ",
        blocks.size());
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    check(static_cast<std::int64_t>(blocks[b].weight.size()) == irreps[b].mul, "[compute::RmsNorm] expected ",
          irreps[b].mul, " weights in block ", b, "; received ", blocks[b].weight.size());
    for (int k = 0; k < irreps[b].irrep.dim(); ++k)
      for (const double weight : blocks[b].weight) {
        share_.push_back(static_cast<T>(blocks[b].share));
        weight_.push_back(static_cast<T>(weight));
      }
  }
}

template <class T>
T RmsNorm<T>::inverse_root(const T* y) const {
  T sum = 0;
  for (std::int64_t c = 0; c < size_; ++c) sum += share_[c] * y[c] * y[c];
  return T(1) / std::sqrt(sum + epsilon_);
}

template <class T>
void RmsNorm<T>::forward(std::int64_t rows, const T* y, T* z) const {
  for (std::int64_t r = 0; r < rows; ++r, y += size_, z += size_) {
    const T s = inverse_root(y);
    for (std::int64_t c = 0; c < size_; ++c) z[c] = weight_[c] * y[c] * s;
  }
}

template <class T>
void RmsNorm<T>::backward(std::int64_t rows, const T* y, const T* gz, T* gy) const {
  for (std::int64_t r = 0; r < rows; ++r, y += size_, gz += size_, gy += size_) {
    const T s = inverse_root(y);
    T along = 0;
    for (std::int64_t c = 0; c < size_; ++c) along += weight_[c] * gz[c] * y[c];
    along *= s * s * s;
    for (std::int64_t c = 0; c < size_; ++c) gy[c] = weight_[c] * gz[c] * s - along * share_[c] * y[c];
  }
}

template class RmsNorm<float>;
template class RmsNorm<double>;

}  // namespace coset::compute
