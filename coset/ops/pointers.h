/// Tensors as the raw pointers that compute/ takes.
#pragma once

#include "coset/compute/tensor_product.h"
#include "coset/ops/trilinear.h"

namespace coset::ops {

/// Null for an undefined or empty tensor.
template <class T>
T* pointer(const Tensor& tensor) {
  return tensor.defined() && tensor.numel() > 0 ? tensor.data_ptr<T>() : nullptr;
}

template <class T>
compute::Operands<T> operands(const Triple& t) {
  return {pointer<T>(t.x), pointer<T>(t.y), pointer<T>(t.w)};
}

template <class T>
compute::Gradients<T> gradients(const Triple& t) {
  return {pointer<T>(t.x), pointer<T>(t.y), pointer<T>(t.w)};
}

}  // namespace coset::ops
