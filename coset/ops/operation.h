/// How a kernel of compute/ becomes part of the autograd graph: the one idiom of this room.
///
/// An operation is a small object that owns its plan and says how its value and gradients are computed; `differentiable` does the
/// rest once for all of them: element types, dense operands, what is kept for the backward pass, which gradients are
/// wanted, the second order and the end of the third. A kernel gives
///
///   struct Gate : KernelOperation<Gate, Operation::Second::closed> {
///     static constexpr const char* kName = "ops::gate";
///     Shape output_shape(const Tensors& in) const;
///     template <class T> void value(const Tensors& in, T* z, T* saved) const;
///     template <class T> void gradients(const Backward<T>& at, const Tensors& out) const;
///     template <class T> void second(const SecondBackward<T>& at, T* ggz, const Tensors& out) const;   // closed
///     Tensor composed(const Tensors& in) const;                                                        // composed
///   };
#pragma once

#include <cstdint>
#include <vector>

#include "coset/ops/torch.h"

namespace coset::ops {

using Tensors = std::vector<Tensor>;
using Shape = std::vector<std::int64_t>;

class Operation;
using OperationPtr = c10::intrusive_ptr<Operation>;

/// z = f(operands).
class Operation : public torch::CustomClassHolder {
 public:
  /// Where derivatives of the backward pass come from.
  enum class Second {
    closed,    ///< a kernel, nothing kept but operands; third: "[name] third derivatives are not available"
    composed,  ///< the same function, recorded as operations that have second derivatives
    linear,    ///< f is linear in its one operand: the gradient is the adjoint operation, and every order exists
  };

  virtual const char* name() const = 0;  ///< in messages: "ops::gate"
  virtual Second second_order() const = 0;

  /// `saved` receives what the backward pass wants kept; null: no backward pass follows.
  virtual Tensor forward(const Tensors& in, Tensor* saved) const = 0;
  /// Gradients of <gz, z>; those that are not wanted stay undefined.
  virtual Tensors backward(const Tensors& in, const Tensor& saved, const Tensor& gz,
                           const std::vector<bool>& wanted) const = 0;
  /// Gradients of sum_i <h_i, g_i>, g from backward: one per operand, then that of gz. Undefined h counts as zero.
  virtual Tensors backward_twice(const Tensors& in, const Tensor& gz, const Tensors& h) const = 0;
  virtual Tensor composed_form(const Tensors& in) const = 0;
  virtual OperationPtr adjoint_operation() const = 0;
};

/// f(operands) as part of the autograd graph. Operands are defined, dense, on the CPU, and have shapes the operation
/// takes (operands.h); gradients flow to those that require them.
Tensor differentiable(const OperationPtr& operation, const Tensors& operands);

/// Null for an undefined or empty tensor.
template <class T>
T* pointer(const Tensor& tensor) {
  return tensor.defined() && tensor.numel() > 0 ? tensor.data_ptr<T>() : nullptr;
}

/// Calls f.operator()<float>() or <double>().
template <class F>
void with_type_of(const Tensor& tensor, F&& f) {
  if (tensor.scalar_type() == at::kFloat)
    f.template operator()<float>();
  else
    f.template operator()<double>();
}

/// Uninitialised, of the shape and type of `tensor`.
inline Tensor room_like(const Tensor& tensor) {
  return at::empty(tensor.sizes(), tensor.options());
}

template <class T>
struct Backward {
  const Tensors& in;
  const T* saved;
  const T* gz;
};

template <class T>
struct SecondBackward {
  const Tensors& in;
  const T* gz;
  const Tensors& h;
};

/// An operation whose value and gradients are kernels on pointers, for float and double.
template <class Derived, Operation::Second kSecond>
class KernelOperation : public Operation {
 public:
  const char* name() const final { return Derived::kName; }
  Second second_order() const final { return kSecond; }

  /// Numbers that a backward pass wants kept.
  std::int64_t saved_numel(const Tensors&) const { return 0; }
  /// Where gradients go; an operation in which operands share a gradient has one of its own.
  Tensors room(const Tensors& in, const std::vector<bool>& wanted) const {
    Tensors out(in.size());
    for (std::size_t i = 0; i < in.size(); ++i)
      if (wanted[i]) out[i] = room_like(in[i]);
    return out;
  }

  Tensor forward(const Tensors& in, Tensor* saved) const final {
    const Tensor z = at::empty(self().output_shape(in), in[0].options());
    const std::int64_t kept = saved ? self().saved_numel(in) : 0;
    if (kept > 0) *saved = at::empty({kept}, in[0].options());
    with_type_of(
        z, [&]<class T>() { self().template value<T>(in, pointer<T>(z), kept > 0 ? pointer<T>(*saved) : nullptr); });
    return z;
  }

  Tensors backward(const Tensors& in, const Tensor& saved, const Tensor& gz,
                   const std::vector<bool>& wanted) const final {
    Tensors out;
    if constexpr (kSecond != Second::linear) {
      out = self().room(in, wanted);
      with_type_of(gz, [&]<class T>() {
        self().template gradients<T>(Backward<T>{in, pointer<T>(saved), pointer<T>(gz)}, out);
      });
    }
    return out;
  }

  Tensors backward_twice(const Tensors& in, const Tensor& gz, const Tensors& h) const final {
    Tensors out;
    if constexpr (kSecond == Second::closed) {
      for (const Tensor& t : in) out.push_back(room_like(t));
      const Tensor ggz = room_like(gz);
      with_type_of(gz, [&]<class T>() {
        self().template second<T>(SecondBackward<T>{in, pointer<T>(gz), h}, pointer<T>(ggz), out);
      });
      out.push_back(ggz);
    }
    return out;
  }

  Tensor composed_form(const Tensors& in) const final {
    if constexpr (kSecond == Second::composed)
      return self().composed(in);
    else
      return Tensor();
  }

  OperationPtr adjoint_operation() const final {
    if constexpr (kSecond == Second::linear)
      return self().adjoint();
    else
      return OperationPtr();
  }

 private:
  const Derived& self() const { return static_cast<const Derived&>(*this); }
};

}  // namespace coset::ops
