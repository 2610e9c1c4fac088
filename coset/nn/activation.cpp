#include "coset/nn/activation.h"

#include "coset/base/error.h"

namespace coset::nn {

field::Field activate(const field::Field& f, ops::Activation kind) {
  check(f.type().permutation(), "[nn::activate] expected fields whose components are permuted; received ", f.type());
  return f.with(f.type(), ops::activate(kind, f.data()));
}

field::Field add(const field::Field& a, const field::Field& b) {
  field::expect_type("nn::add", a.base(), a.type(), b);
  return a.with(a.type(), a.data() + b.data());
}

}  // namespace coset::nn
