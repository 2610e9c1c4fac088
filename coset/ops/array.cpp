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

constexpr std::array<Pair, 10> kTypes{{{"f4", at::kFloat},
                                       {"f8", at::kDouble},
                                       {"f2", at::kHalf},
                                       {"bf16", at::kBFloat16},
                                       {"i8", at::kLong},
                                       {"i4", at::kInt},
                                       {"i2", at::kShort},
                                       {"i1", at::kChar},
                                       {"u1", at::kByte},
                                       {"b1", at::kBool}}};

}  // namespace

Tensor real_tensor(std::span<const double> numbers) {
  return torch::tensor(at::ArrayRef<double>(numbers.data(), numbers.size()), at::kDouble);
}

Tensor index_tensor(std::span<const std::int64_t> numbers) {
  return torch::tensor(at::IntArrayRef(numbers.data(), numbers.size()), at::kLong);
}

io::Array to_array(const Tensor& tensor) {
  check(tensor.defined() && !tensor.is_meta(), "[ops::to_array] expected a tensor with values; received ",
        tensor.defined() ? "one on meta" : "none");
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
  fail("[ops::to_array] expected a real, integer or boolean tensor; received ", tensor.dtype().name());
}

Tensor to_tensor(const io::Array& array, const std::string& what) {
  for (const Pair& pair : kTypes) {
    if (array.dtype != pair.dtype) continue;
    Tensor tensor = at::empty(at::IntArrayRef(array.shape), pair.type);
    if (!array.data.empty()) std::memcpy(tensor.data_ptr(), array.data.data(), array.data.size());
    return tensor;
  }
  fail(what, ": expected dtype f2, bf16, f4, f8, i1, i2, i4, i8, u1 or b1; received ", array.dtype);
}

}  // namespace coset::ops
