/// Tensors to and from the typed arrays that files hold.
#pragma once

#include "coset/io/array.h"
#include "coset/ops/torch.h"

namespace coset::ops {

/// A copy of the tensor's values: float32 f4, float64 f8, int64 i8, int32 i4, uint8 u1, bool b1.
/// @throws coset::Error on another element type
io::Array to_array(const Tensor& tensor);

/// A new CPU tensor with the array's values and shape. @throws coset::Error on a dtype without a tensor type of its own
Tensor to_tensor(const io::Array& array);

}  // namespace coset::ops
