/// What an operation expects of its tensors, checked once for all: a tensor elsewhere than in host memory, of another
/// type or shape is one line of error before a pointer is taken.
#pragma once

#include <initializer_list>
#include <vector>

#include "coset/ops/torch.h"

namespace coset::ops {

/// An extent that may be anything.
inline constexpr std::int64_t kAny = -1;

struct Operand {
  const char* name;
  const Tensor& tensor;
  std::vector<std::int64_t> shape;
};

/// @param where  begins the message: "ops::gate"
/// @throws coset::Error
///   "[where] expected tensors on the CPU; received x on meta" on another device, or a layout that is not strided
///   "[where] expected x of float32 or float64; received int" on another type of the first
///   "[where] expected operands of one type; received x of float, y of double"
///   "[where] expected y (7, 9); received (7, 8)" on another shape
void check_operands(const char* where, std::initializer_list<Operand> operands);

/// Integers that number rows: int64 on the CPU, with `length` entries (or kAny).  @throws coset::Error
void check_index(const char* where, const char* name, const Tensor& index, std::int64_t length = kAny);

/// The device and layout alone.
void check_on_cpu(const char* where, const char* name, const Tensor& tensor);

/// Row-major, with the signs and conjugates that torch keeps aside carried out.
Tensor dense(const Tensor& tensor);

}  // namespace coset::ops
