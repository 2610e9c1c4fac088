#include "coset/compute/tensor_product.h"

#include <algorithm>
#include <utility>

#include "coset/base/error.h"
#include "coset/compute/trilinear.h"

namespace coset::compute {

class FullyConnectedKernel {};

TensorProduct::TensorProduct(rep::TensorProductPlan plan) : plan_(std::move(plan)) {}
TensorProduct::~TensorProduct() = default;
TensorProduct::TensorProduct(TensorProduct&&) noexcept = default;
TensorProduct& TensorProduct::operator=(TensorProduct&&) noexcept = default;

Route TensorProduct::route(bool shared_weights) const {
  return shared_weights && fully_connected_ ? Route::fused : Route::reference;
}

Route TensorProduct::chosen(const TensorProductRows& rows) const {
  if (rows.route == Route::reference) return Route::reference;
  const Route best = route(rows.shared_weights);
  check(rows.route == Route::automatic || best == Route::fused,
        "[compute::TensorProduct] expected a plan with a fused kernel; received ", plan_.paths.size(),
        " paths that are not all uvw with shared weights and mul2 = 1");
  return best;
}

template <class T>
void TensorProduct::forward(const TensorProductRows& rows, const Operands<T>& in, T* z) const {
  static_cast<void>(chosen(rows));
  count_kernel(Kernel::product_reference);
  reference::tensor_product(plan_, rows.rows, rows.shared_weights, in, z, false);
}

template <class T>
void TensorProduct::backward(const TensorProductRows& rows, const Operands<T>& in, const T* gz,
                             const Gradients<T>& out) const {
  static_cast<void>(chosen(rows));
  count_kernel(Kernel::product_reference);
  reference::tensor_product_backward(plan_, rows.rows, rows.shared_weights, in, gz, out, false);
}

template <class T>
void TensorProduct::second(const TensorProductRows& rows, const Operands<T>& in, const T* gz, const Operands<T>& h,
                           T* ggz, const Gradients<T>& out) const {
  static_cast<void>(chosen(rows));
  count_kernel(Kernel::product_reference);
  const bool shared = rows.shared_weights;
  second_of_trilinear(
      in, h, ggz, out,
      [&](const Operands<T>& at, bool accumulate) {
        reference::tensor_product(plan_, rows.rows, shared, at, ggz, accumulate);
      },
      [&](const Operands<T>& at, const Gradients<T>& to, bool accumulate) {
        reference::tensor_product_backward(plan_, rows.rows, shared, at, gz, to, accumulate);
      },
      [&](int output) {
        if (output == 1) std::fill_n(ggz, rows.rows * plan_.out.dim(), T(0));
        if (output == 2) std::fill_n(out.x, rows.rows * plan_.in1.dim(), T(0));
        if (output == 4) std::fill_n(out.y, rows.rows * plan_.in2.dim(), T(0));
        if (output == 8) std::fill_n(out.w, (shared ? 1 : rows.rows) * plan_.weight_numel, T(0));
      });
}

#define COSET_INSTANTIATE(T)                                                                                         \
  template void TensorProduct::forward<T>(const TensorProductRows&, const Operands<T>&, T*) const;                   \
  template void TensorProduct::backward<T>(const TensorProductRows&, const Operands<T>&, const T*,                   \
                                           const Gradients<T>&) const;                                               \
  template void TensorProduct::second<T>(const TensorProductRows&, const Operands<T>&, const T*, const Operands<T>&, \
                                         T*, const Gradients<T>&) const;
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute
