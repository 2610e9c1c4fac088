/// Tensors from plain numbers, and to and from the typed arrays that files hold.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "coset/io/array.h"
#include "coset/ops/torch.h"

namespace coset::ops {

/// A copy of the numbers as a CPU tensor (n) of float64.
Tensor real_tensor(std::span<const double> numbers);
/// A copy of the numbers as a CPU tensor (n) of int64.
Tensor index_tensor(std::span<const std::int64_t> numbers);

/// A copy of the tensor's values: f2, bf16, f4, f8, i1, i2, i4, i8, u1, b1.
/// @throws coset::Error on another element type
io::Array to_array(const Tensor& tensor);

/// A new CPU tensor with the array's values and shape. @throws coset::Error on a dtype without a tensor type of its
/// own; `what` begins the message
Tensor to_tensor(const io::Array& array, const std::string& what = "[ops::to_tensor]");

}  // namespace coset::ops
