/// Operands of functions that are linear in each of three, as compute/ takes them.
#pragma once

#include "coset/compute/types.h"
#include "coset/ops/operation.h"

namespace coset::ops {

/// An undefined tensor stands for zeros.
template <class T>
compute::Operands<T> operands(const Tensors& in) {
  return {pointer<T>(in[0]), pointer<T>(in[1]), pointer<T>(in[2])};
}

/// An undefined tensor is not wanted.
template <class T>
compute::Gradients<T> gradients_into(const Tensors& out) {
  return {pointer<T>(out[0]), pointer<T>(out[1]), pointer<T>(out[2])};
}

template <class T>
compute::SecondInputs<T> second_inputs(const SecondBackward<T>& at) {
  return {operands<T>(at.in), at.gz, operands<T>(at.h)};
}

}  // namespace coset::ops
