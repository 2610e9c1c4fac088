/// Tensor products of many rows: value, first and second derivatives of a rep::TensorProductPlan.
///
///   z[r, out] = sum over paths  c w C_{ijk} x[r, i] y[r, j]        (plan of coset/rep/tensor_product_plan.h)
///
/// The product is linear in x, in y and in w, so every derivative is a product of the same shape. All arrays are dense
/// and row-major in the plan's order (blocks [mul][2l+1]); outputs are overwritten and must not overlap inputs. T is
/// float or double. One object may be used by many threads at once; the same bits at any thread count.
#pragma once

#include <cstdint>
#include <memory>

#include "coset/compute/types.h"
#include "coset/rep/tensor_product_plan.h"

namespace coset::compute {

class FullyConnectedKernel;

class TensorProduct {
 public:
  explicit TensorProduct(rep::TensorProductPlan plan);
  ~TensorProduct();
  TensorProduct(TensorProduct&&) noexcept;
  TensorProduct& operator=(TensorProduct&&) noexcept;

  const rep::TensorProductPlan& plan() const { return plan_; }

  /// What `automatic` will do: fused for shared weights when every path is uvw with mul2 = 1, otherwise reference.
  Route route(bool shared_weights) const;

  /// z (rows, out.dim). Blocks no path reaches are zero.
  /// @throws coset::Error, as backward and second do, with Route::fused where no fused kernel fits
  template <class T>
  void forward(const TensorProductRows& rows, const Operands<T>& in, T* z) const;

  /// Gradients of <gz, z> with respect to x, y, w.   gz (rows, out.dim)
  template <class T>
  void backward(const TensorProductRows& rows, const Operands<T>& in, const T* gz, const Gradients<T>& out) const;

  /// With (gx, gy, gw) = backward(in, gz) and cotangents h of them, the gradients of <h.x, gx> + <h.y, gy> + <h.w, gw>
  /// with respect to gz (into ggz, may be null) and to x, y, w (into out).
  template <class T>
  void second(const TensorProductRows& rows, const SecondInputs<T>& at, T* ggz, const Gradients<T>& out) const;

 private:
  Route chosen(const TensorProductRows& rows) const;
  template <class T>
  void run_forward(Route route, const TensorProductRows& rows, const Operands<T>& in, T* z, bool accumulate) const;
  template <class T>
  void run_backward(Route route, const TensorProductRows& rows, const Operands<T>& in, const T* gz,
                    const Gradients<T>& out) const;

  rep::TensorProductPlan plan_;
  std::unique_ptr<FullyConnectedKernel> fully_connected_;
};

namespace reference {

/// The loops that read like the formula, for every connection mode; `accumulate` adds to the outputs instead of
/// overwriting.
template <class T>
void tensor_product(const rep::TensorProductPlan& plan, std::int64_t rows, bool shared_weights, const Operands<T>& in,
                    T* z, bool accumulate);
template <class T>
void tensor_product_backward(const rep::TensorProductPlan& plan, std::int64_t rows, bool shared_weights,
                             const Operands<T>& in, const T* gz, const Gradients<T>& out);

}  // namespace reference
}  // namespace coset::compute
