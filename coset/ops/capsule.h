/// Carries a C++ object from the forward to the backward of an autograd function.
#pragma once

#include <memory>

#include "coset/ops/torch.h"

namespace coset::ops {

template <class Object>
struct Capsule : torch::CustomClassHolder {
  explicit Capsule(std::shared_ptr<Object> held) : object(std::move(held)) {}
  std::shared_ptr<Object> object;
};

/// Wraps a shared object for AutogradContext::saved_data; open_capsule<Object> must name the same type.
template <class Object>
at::IValue make_capsule(std::shared_ptr<Object> object) {
  return at::IValue::make_capsule(c10::make_intrusive<Capsule<Object>>(std::move(object)));
}

template <class Object>
std::shared_ptr<Object> open_capsule(const at::IValue& value) {
  return static_cast<Capsule<Object>*>(value.toCapsule().get())->object;
}

}  // namespace coset::ops
