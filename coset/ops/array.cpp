#include "coset/ops/array.h"

#include <array>
#include <cstring>

#include "coset/base/error.h"

namespace coset::ops {

namespace {

struct Pair {
  const char* dtype;
  at::ScalarType type;
};

constexpr std::array<Pair, 6> kTypes{{{"f4", at::kFloat},
                                      {"f8", at::kDouble},
                                      {"i8", at::kLong},
                                      {"i4", at::kInt},
                                      {"u1", at::kByte},
                                      {"b1", at::kBool}}};

}  // namespace

io::Array to_array(const Tensor& tensor) {
  const Tensor dense = tensor.detach().to(at::kCPU).contiguous();
  for (const Pair& pair : kTypes) {
    if (dense.scalar_type() != pair.type) continue;
    io::Array array;
    array.dtype = pair.dtype;
    array.shape = dense.sizes().vec();
    array.data.resize(dense.nbytes());
    if (dense.nbytes() > 0) std::memcpy(array.data.data(), dense.data_ptr(), dense.nbytes());
    return array;
  }
  fail("[ops::to_array] expected float32, float64, int64, int32, uint8 or bool; received ", tensor.dtype().name());
}

Tensor to_tensor(const io::Array& array) {
  for (const Pair& pair : kTypes) {
    if (array.dtype != pair.dtype) continue;
    Tensor tensor = at::empty(at::IntArrayRef(array.shape), pair.type);
    if (!array.data.empty()) std::memcpy(tensor.data_ptr(), array.data.data(), array.data.size());
    return tensor;
  }
  fail("[ops::to_tensor] expected dtype f4, f8, i8, i4, u1 or b1; received ", array.dtype);
}

}  // namespace coset::ops
