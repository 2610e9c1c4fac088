#include "coset/ops/operands.h"

#include <string>

#include "coset/base/error.h"

namespace coset::ops {

namespace {

bool fits(const Tensor& tensor, const std::vector<std::int64_t>& shape) {
  if (tensor.dim() != static_cast<std::int64_t>(shape.size())) return false;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] != kAny && shape[i] != tensor.size(static_cast<std::int64_t>(i))) return false;
  return true;
}

std::string expected(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (const std::int64_t extent : shape)
    text += (text.size() > 1 ? ", " : "") + (extent == kAny ? std::string("any") : std::to_string(extent));
  return text + ")";
}

}  // namespace

void check_on_cpu(const char* where, const char* name, const Tensor& tensor) {
  check(tensor.defined(), "[", where, "] expected tensors on the CPU; received no ", name);
  check(tensor.device().is_cpu(), "[", where, "] expected tensors on the CPU; received ", name, " on ",
        tensor.device().str());
  check(tensor.layout() == at::kStrided, "[", where, "] expected dense tensors; received ", name, " of layout ",
        tensor.layout());
}

void check_operands(const char* where, std::initializer_list<Operand> operands) {
  const Operand& first = *operands.begin();
  for (const Operand& operand : operands) check_on_cpu(where, operand.name, operand.tensor);
  const at::ScalarType type = first.tensor.scalar_type();
  check(type == at::kFloat || type == at::kDouble, "[", where, "] expected ", first.name,
        " of float32 or float64; received ", first.tensor.dtype().name());
  for (const Operand& operand : operands) {
    check(operand.tensor.scalar_type() == type, "[", where, "] expected operands of one type; received ", first.name,
          " of ", first.tensor.dtype().name(), ", ", operand.name, " of ", operand.tensor.dtype().name());
    check(fits(operand.tensor, operand.shape), "[", where, "] expected ", operand.name, " ", expected(operand.shape),
          "; received ", shape_text(operand.tensor.sizes()));
  }
}

void check_index(const char* where, const char* name, const Tensor& index, std::int64_t length) {
  check_on_cpu(where, name, index);
  check(index.scalar_type() == at::kLong && fits(index, {length}), "[", where, "] expected int64 ", name, " ",
        expected({length}), "; received ", index.dtype().name(), " ", shape_text(index.sizes()));
}

Tensor dense(const Tensor& tensor) {
  return (tensor.is_neg() ? tensor.resolve_neg() : tensor).contiguous();
}

}  // namespace coset::ops
