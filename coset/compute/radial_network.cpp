#include <algorithm>

#include "coset/base/error.h"
#include "coset/compute/radial_weights.h"
#include "coset/compute/row_kernels.h"

namespace coset::compute {

template <class T>
RadialNetwork<T>::RadialNetwork(const std::vector<Matrix>& matrices, double activation_factor)
    : factor_(activation_factor) {
  check(matrices.size() >= 2, "[compute::RadialNetwork] expected two matrices or more; received ", matrices.size());
  for (std::size_t n = 0; n < matrices.size(); ++n) {
    const Matrix& m = matrices[n];
    check(m.columns % kLanePadding == 0 && static_cast<std::int64_t>(m.values.size()) == m.rows * m.columns &&
              (n == 0 || m.rows == matrices[n - 1].columns),
          "[compute::RadialNetwork] expected matrices that follow each other, columns padded to ", kLanePadding,
          "; received ", m.rows, " x ", m.columns, " as number ", n);
    layers_.push_back({m.rows, m.columns, std::vector<T>(m.values.begin(), m.values.end())});
  }
  const Layer& last = layers_.back();
  last_transposed_.resize(last.values.size());
  for (std::int64_t r = 0; r < last.rows; ++r)
    for (std::int64_t c = 0; c < last.columns; ++c)
      last_transposed_[c * last.rows + r] = last.values[r * last.columns + c];
}

template <class T>
std::int64_t RadialNetwork<T>::widest() const {
  std::int64_t most = padded(layers_.front().rows);
  for (std::size_t n = 0; n + 1 < layers_.size(); ++n) most = std::max(most, layers_[n].columns);
  return most;
}

/// h, dh, a copy of each to work from, and the gradient of h.
template <class T>
std::int64_t RadialNetwork<T>::scratch_size(std::int64_t count) const {
  return 5 * padded(count) * widest();
}

template <class T>
void RadialNetwork<T>::hidden(const EdgeRun& run, const RadialInputs<T>& in, T* scratch, T* h, T* dh) const {
  const RowKernels<T>& kernels = row_kernels<T>();
  const std::int64_t size = layers_.front().rows;
  T* const from = scratch;
  T* const dfrom = scratch + padded(run.count) * widest();
  for (std::int64_t e = 0; e < run.count; ++e) {
    std::copy_n(in.basis + run.edge(e) * size, size, from + e * size);
    if (dh) std::copy_n(in.slope + run.edge(e) * size, size, dfrom + e * size);
  }
  for (std::size_t n = 0; n + 1 < layers_.size(); ++n) {
    const Layer& layer = layers_[n];
    if (n > 0) {
      std::copy_n(h, run.count * layer.rows, from);
      if (dh) std::copy_n(dh, run.count * layer.rows, dfrom);
    }
    const auto product = [&](const T* a, T* c) {
      kernels.gemm(run.count, layer.columns, layer.rows, a, layer.rows, 1, layer.values.data(), layer.columns, c,
                   layer.columns, false);
    };
    product(from, h);
    if (dh) product(dfrom, dh);
    kernels.silu(run.count * layer.columns, factor_, h, dh);
  }
}

template <class T>
void RadialNetwork<T>::values(const EdgeRun& run, const RadialInputs<T>& in, bool slopes, T* scratch, T* w) const {
  const Layer& last = layers_.back();
  const std::int64_t slab = padded(run.count) * widest();
  T* const h = scratch;
  hidden(run, in, scratch + 2 * slab, h, slopes ? scratch + slab : nullptr);
  row_kernels<T>().gemm(run.count, last.columns, last.rows, h, last.rows, 1, last.values.data(), last.columns, w,
                        last.columns, false);
}

template <class T>
void RadialNetwork<T>::pull(const EdgeRun& run, const RadialInputs<T>&, T* scratch, const T* gw, T* g) const {
  const Layer& last = layers_.back();
  const std::int64_t slab = padded(run.count) * widest();
  const T* const dh = scratch + slab;
  T* const gh = scratch + 4 * slab;
  row_kernels<T>().gemm(run.count, last.rows, last.columns, gw, last.columns, 1, last_transposed_.data(), last.rows, gh,
                        last.rows, false);
  for (std::int64_t e = 0; e < run.count; ++e) {
    T sum = 0;
    for (std::int64_t c = 0; c < last.rows; ++c) sum += gh[e * last.rows + c] * dh[e * last.rows + c];
    g[run.edge(e)] += sum;
  }
}

template class RadialNetwork<float>;
template class RadialNetwork<double>;

}  // namespace coset::compute
