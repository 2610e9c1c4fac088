#include "coset/compute/tensor_product.h"

#include <algorithm>
#include <utility>

#include "coset/base/error.h"
#include "coset/compute/cpu/fully_connected.h"
#include "coset/compute/cpu/trilinear.h"

namespace coset::compute {

TensorProduct::TensorProduct(rep::TensorProductPlan plan) : plan_(std::move(plan)) {
  if (mixing_fits(plan_))
    fully_connected_ = std::make_unique<FullyConnectedKernel>(
        plan_, std::vector<int>{static_cast<int>(plan_.in1.size())}, std::nullopt);
}
TensorProduct::~TensorProduct() = default;
TensorProduct::TensorProduct(TensorProduct&&) noexcept = default;
TensorProduct& TensorProduct::operator=(TensorProduct&&) noexcept = default;

Route TensorProduct::route(bool shared_weights) const {
  return shared_weights && fully_connected_ ? Route::fused : Route::reference;
}

Route TensorProduct::chosen(const TensorProductRows& rows) const {
  const Route best = resolved(rows.route) == Route::reference ? Route::reference : route(rows.shared_weights);
  check(rows.route != Route::fused || best == Route::fused,
        "[compute::TensorProduct] expected a plan with a fused kernel; received ", plan_.paths.size(),
        " paths that are not all uvw with shared weights and mul2 = 1");
  count_kernel(best == Route::fused ? Kernel::product_fully_connected : Kernel::product_reference);
  return best;
}

namespace {

/// The fused kernel wants all three operands; a missing one means zeros, which the reference handles.
template <class T>
bool complete(const Operands<T>& in) {
  return in.x && in.y && in.w;
}

}  // namespace

template <class T>
void TensorProduct::run_forward(Route route, const TensorProductRows& rows, const Operands<T>& in, T* z,
                                bool accumulate) const {
  if (route == Route::fused && complete(in))
    fully_connected_->forward<T>({rows.rows, &in.x, in.y, in.w, nullptr, false, accumulate}, z, nullptr);
  else
    reference::tensor_product(plan_, rows.rows, rows.shared_weights, in, z, accumulate);
}

template <class T>
void TensorProduct::run_backward(Route route, const TensorProductRows& rows, const Operands<T>& in, const T* gz,
                                 const Gradients<T>& out) const {
  if (route == Route::fused && complete(in) && gz)
    fully_connected_->backward<T>({rows.rows, &in.x, in.y, in.w, nullptr, false, false}, nullptr, gz,
                                  {out.x ? &out.x : nullptr, out.y, out.w, nullptr, out.add_x, out.add_y, out.add_w});
  else
    reference::tensor_product_backward(plan_, rows.rows, rows.shared_weights, in, gz, out);
}

template <class T>
void TensorProduct::forward(const TensorProductRows& rows, const Operands<T>& in, T* z) const {
  run_forward(chosen(rows), rows, in, z, false);
}

template <class T>
void TensorProduct::backward(const TensorProductRows& rows, const Operands<T>& in, const T* gz,
                             const Gradients<T>& out) const {
  run_backward(chosen(rows), rows, in, gz, out);
}

template <class T>
void TensorProduct::second(const TensorProductRows& rows, const SecondInputs<T>& at, T* ggz,
                           const Gradients<T>& out) const {
  const Route best = chosen(rows);
  second_of_trilinear(
      at, ggz, out, [&](const Operands<T>& in, bool accumulate) { run_forward(best, rows, in, ggz, accumulate); },
      [&](const Operands<T>& in, const Gradients<T>& to) { run_backward(best, rows, in, at.gz, to); },
      [&](const Gradients<T>& unreached, T* z) {
        if (z) std::fill_n(z, rows.rows * plan_.out.dim(), T(0));
        if (unreached.x) std::fill_n(unreached.x, rows.rows * plan_.in1.dim(), T(0));
        if (unreached.y) std::fill_n(unreached.y, rows.rows * plan_.in2.dim(), T(0));
        if (unreached.w) std::fill_n(unreached.w, (rows.shared_weights ? 1 : rows.rows) * plan_.weight_numel, T(0));
      });
}

#define COSET_INSTANTIATE(T)                                                                                        \
  template void TensorProduct::forward<T>(const TensorProductRows&, const Operands<T>&, T*) const;                  \
  template void TensorProduct::backward<T>(const TensorProductRows&, const Operands<T>&, const T*,                  \
                                           const Gradients<T>&) const;                                              \
  template void TensorProduct::second<T>(const TensorProductRows&, const SecondInputs<T>&, T*, const Gradients<T>&) \
      const;
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute
