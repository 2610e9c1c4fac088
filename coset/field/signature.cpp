#include "coset/field/signature.h"

#include "coset/base/error.h"
#include "coset/base/words.h"

namespace coset::field {

namespace {

const Quantity& named(const std::vector<Quantity>& quantities, const std::string& name, const char* kind) {
  std::vector<std::string> names;
  for (const Quantity& quantity : quantities) {
    if (quantity.name == name) return quantity;
    names.push_back(quantity.name);
  }
  fail("[field::Signature] unknown ", kind, " '", name, "'", did_you_mean(name, names));
}

/// "(B, n, 3)"
std::string text(const std::vector<std::string>& shape) {
  std::string out;
  for (const std::string& axis : shape) out += (out.empty() ? "" : ", ") + axis;
  return "(" + out + ")";
}

bool is_number(const std::string& axis) {
  return !axis.empty() && axis.find_first_not_of("0123456789") == std::string::npos;
}

/// Compares with the sizes of symbols met before, and remembers new ones.
bool fits(const Quantity& quantity, at::IntArrayRef sizes, std::map<std::string, std::int64_t>& symbols) {
  if (sizes.size() != quantity.shape.size()) return false;
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    const std::string& symbol = quantity.shape[axis];
    const std::int64_t expected =
        is_number(symbol) ? std::stoll(symbol) : symbols.try_emplace(symbol, sizes[axis]).first->second;
    if (sizes[axis] != expected) return false;
  }
  return true;
}

std::string bound(const std::map<std::string, std::int64_t>& symbols, const Quantity& quantity) {
  std::string out;
  for (const std::string& axis : quantity.shape)
    if (const auto found = symbols.find(axis); found != symbols.end())
      out += (out.empty() ? " with " : ", ") + axis + " = " + std::to_string(found->second);
  return out;
}

}  // namespace

const Quantity& Signature::input(const std::string& name) const {
  return named(inputs, name, "input");
}
const Quantity& Signature::output(const std::string& name) const {
  return named(outputs, name, "output");
}

void expect_inputs(const std::string& where, const Signature& signature, const NamedValues& values) {
  std::map<std::string, std::int64_t> symbols;
  const Tensor* first = nullptr;
  for (const Quantity& quantity : signature.inputs) {
    const auto found = values.find(quantity.name);
    check(found != values.end() && found->second.defined(), "[", where, "] expected the input '", quantity.name, "' ",
          text(quantity.shape), "; received none");
    const Tensor& value = found->second;
    check(value.device().is_cpu(), "[", where, "] expected '", quantity.name, "' on the CPU; received ",
          value.device().str());
    const auto before = symbols;
    check(fits(quantity, value.sizes(), symbols), "[", where, "] expected '", quantity.name, "' ", text(quantity.shape),
          bound(before, quantity), "; received ", shape_text(value.sizes()));
    if (!value.is_floating_point()) continue;
    if (first == nullptr) first = &value;
    check(value.scalar_type() == first->scalar_type(), "[", where, "] expected one element type for all inputs; '",
          quantity.name, "' is ", c10::toString(value.scalar_type()), ", others ", c10::toString(first->scalar_type()));
  }
  for (const auto& [name, value] : values) static_cast<void>(signature.input(name));
}

}  // namespace coset::field
