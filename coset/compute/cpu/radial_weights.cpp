#include "coset/compute/radial_weights.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/compute/cpu/radial_network.h"
#include "coset/compute/cpu/row_kernels.h"

namespace coset::compute {

namespace {

void check_matrices(const std::vector<Matrix>& matrices) {
  check(matrices.size() >= 2, "[compute::RadialWeights] expected two matrices or more; received ", matrices.size());
  for (std::size_t n = 0; n < matrices.size(); ++n) {
    const Matrix& m = matrices[n];
    check(m.columns % kLanePadding == 0 && static_cast<std::int64_t>(m.values.size()) == m.rows * m.columns &&
              (n == 0 || m.rows == matrices[n - 1].columns),
          "[compute::RadialWeights] expected matrices that follow each other, columns padded to ", kLanePadding,
          "; received ", m.rows, " x ", m.columns, " as number ", n);
  }
}

}  // namespace

template <class T>
RadialWeights<T>::RadialWeights(const std::vector<Matrix>& matrices, double activation_factor)
    : RadialWeights((check_matrices(matrices), std::make_shared<RadialNetwork<T>>(matrices, activation_factor)),
                    matrices.back()) {
  exact_ = true;
}

template <class T>
RadialWeights<T>::RadialWeights(std::shared_ptr<const RadialFunctions<T>> functions, const Matrix& last)
    : functions_(std::move(functions)),
      columns_(last.columns),
      last_(last.values.begin(), last.values.end()),
      last_transposed_(last_.size()) {
  check(functions_->width() == last.rows && last.columns % kLanePadding == 0,
        "[compute::RadialWeights] expected a matrix of ", functions_->width(), " rows; received ", last.rows);
  for (std::int64_t r = 0; r < last.rows; ++r)
    for (std::int64_t c = 0; c < columns_; ++c) last_transposed_[c * last.rows + r] = last_[r * columns_ + c];
}

/// h, dh, the gradient of h, and what the functions need.
template <class T>
std::int64_t RadialWeights<T>::scratch_size(std::int64_t count) const {
  return 3 * padded(count) * width() + functions_->scratch_size(count);
}

template <class T>
void RadialWeights<T>::values(const EdgeRun& run, const RadialInputs<T>& in, bool slopes, T* scratch, T* w) const {
  const std::int64_t slab = padded(run.count) * width();
  functions_->evaluate(run, in, scratch + 3 * slab, scratch, slopes ? scratch + slab : nullptr);
  row_kernels<T>().gemm(run.count, columns_, width(), scratch, width(), 1, last_.data(), columns_, w, columns_, false);
}

template <class T>
void RadialWeights<T>::curve(const EdgeRun& run, const RadialInputs<T>& in, T* scratch, T* w, T* dw) const {
  values(run, in, true, scratch, w);
  row_kernels<T>().gemm(run.count, columns_, width(), scratch + padded(run.count) * width(), width(), 1, last_.data(),
                        columns_, dw, columns_, false);
}

template <class T>
void RadialWeights<T>::pull(const EdgeRun& run, T* scratch, const T* gw, T* g) const {
  const std::int64_t slab = padded(run.count) * width();
  const T* const dh = scratch + slab;
  T* const gh = scratch + 2 * slab;
  row_kernels<T>().gemm(run.count, width(), columns_, gw, columns_, 1, last_transposed_.data(), width(), gh, width(),
                        false);
  for (std::int64_t e = 0; e < run.count; ++e) {
    T sum = 0;
    for (std::int64_t c = 0; c < width(); ++c) sum += gh[e * width() + c] * dh[e * width() + c];
    g[run.edge(e)] += sum;
  }
}

template class RadialWeights<float>;
template class RadialWeights<double>;

}  // namespace coset::compute
