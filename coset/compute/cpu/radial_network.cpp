#include "coset/compute/cpu/radial_network.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/compute/cpu/row_kernels.h"

namespace coset::compute {

template <class T>
RadialNetwork<T>::RadialNetwork(const std::vector<Matrix>& matrices, double activation_factor)
    : factor_(activation_factor) {
  for (std::size_t n = 0; n + 1 < matrices.size(); ++n)
    layers_.push_back(
        {matrices[n].rows, matrices[n].columns, std::vector<T>(matrices[n].values.begin(), matrices[n].values.end())});
}

template <class T>
std::int64_t RadialNetwork<T>::widest() const {
  std::int64_t most = padded(layers_.front().rows);
  for (const Hidden& layer : layers_) most = std::max(most, layer.columns);
  return most;
}

/// Two arrays to work from.
template <class T>
std::int64_t RadialNetwork<T>::scratch_size(std::int64_t count) const {
  return 2 * padded(count) * widest();
}

template <class T>
void RadialNetwork<T>::evaluate(const EdgeRun& run, const RadialInputs<T>& in, T* scratch, T* h, T* dh) const {
  const RowKernels<T>& kernels = row_kernels<T>();
  const std::int64_t size = basis_size();
  T* const from = scratch;
  T* const dfrom = scratch + padded(run.count) * widest();
  for (std::int64_t e = 0; e < run.count; ++e) {
    std::copy_n(in.basis + run.edge(e) * size, size, from + e * size);
    if (dh) std::copy_n(in.slope + run.edge(e) * size, size, dfrom + e * size);
  }
  for (std::size_t n = 0; n < layers_.size(); ++n) {
    const Hidden& layer = layers_[n];
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

template class RadialNetwork<float>;
template class RadialNetwork<double>;

}  // namespace coset::compute
