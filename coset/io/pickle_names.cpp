#include "coset/io/pickle_names.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "coset/base/error.h"

namespace coset::io {

namespace {

enum class Meaning {
  ordered_dict,
  set,
  tensor,
  parameter,
  storage,
  device,
  size,
  ndarray,
  array_class,
  array_type,
  number,
  encode,
  type
};

struct Known {
  std::string_view module, name;
  Meaning meaning;
  std::string_view dtype = {};
};

constexpr Known kKnown[] = {
    {"collections", "OrderedDict", Meaning::ordered_dict},
    {"builtins", "set", Meaning::set},
    {"__builtin__", "set", Meaning::set},
    {"torch._utils", "_rebuild_tensor_v2", Meaning::tensor},
    {"torch._utils", "_rebuild_parameter", Meaning::parameter},
    {"torch", "DoubleStorage", Meaning::storage, "f8"},
    {"torch", "FloatStorage", Meaning::storage, "f4"},
    {"torch", "HalfStorage", Meaning::storage, "f2"},
    {"torch", "BFloat16Storage", Meaning::storage, "bf16"},
    {"torch", "LongStorage", Meaning::storage, "i8"},
    {"torch", "IntStorage", Meaning::storage, "i4"},
    {"torch", "ShortStorage", Meaning::storage, "i2"},
    {"torch", "CharStorage", Meaning::storage, "i1"},
    {"torch", "ByteStorage", Meaning::storage, "u1"},
    {"torch", "BoolStorage", Meaning::storage, "b1"},
    {"torch", "device", Meaning::device},
    {"torch", "Size", Meaning::size},
    {"torch", "float32", Meaning::type},
    {"torch", "float64", Meaning::type},
    {"torch", "int64", Meaning::type},
    {"numpy.core.multiarray", "_reconstruct", Meaning::ndarray},
    {"numpy._core.multiarray", "_reconstruct", Meaning::ndarray},
    {"numpy.core.multiarray", "scalar", Meaning::number},
    {"numpy._core.multiarray", "scalar", Meaning::number},
    {"numpy", "ndarray", Meaning::array_class},
    {"numpy", "dtype", Meaning::array_type},
    {"_codecs", "encode", Meaning::encode},
};

const Known* known(const std::string& text) {
  for (const Known& k : kKnown)
    if (text.size() == k.module.size() + 1 + k.name.size() && text.starts_with(k.module) && text.ends_with(k.name) &&
        text[k.module.size()] == '.')
      return &k;
  return nullptr;
}

template <class V>
PickleObject make(V value) {
  auto object = std::make_shared<PickleValue>();
  object->data = std::move(value);
  return object;
}

/// Arguments of a call, checked one by one.
class Arguments {
 public:
  Arguments(const PickleValue& tuple, std::string file, std::string what)
      : items_(tuple.get<PickleSequence>()), file_(std::move(file)), what_(std::move(what)) {
    check(items_ != nullptr, file_, ": damaged pickle: ", what_, " is called with ", tuple.kind());
  }
  std::size_t size() const { return items_->items.size(); }
  template <class V>
  const V& at(std::size_t index) const {
    const V* value = index < size() ? items_->items[index]->template get<V>() : nullptr;
    check(value != nullptr, file_, ": damaged pickle: argument ", index, " of ", what_, " is ",
          index < size() ? items_->items[index]->kind() : "missing");
    return *value;
  }

 private:
  const PickleSequence* items_;
  std::string file_, what_;
};

std::vector<std::int64_t> integers(const PickleSequence& sequence, const std::string& file) {
  std::vector<std::int64_t> out;
  for (const auto& item : sequence.items) {
    const auto* value = item->get<std::int64_t>();
    check(value != nullptr && *value >= 0, file, ": damaged pickle: expected sizes; received ", item->kind());
    out.push_back(*value);
  }
  return out;
}

/// A dense copy of the part of a storage that a tensor shows.
Array rebuild_tensor(const Arguments& arguments, const LoadStorage& load, const std::string& file) {
  const PickleName& storage = arguments.at<PickleName>(0);
  const std::int64_t offset = arguments.at<std::int64_t>(1);
  const std::vector<std::int64_t> shape = integers(arguments.at<PickleSequence>(2), file);
  const std::vector<std::int64_t> stride = integers(arguments.at<PickleSequence>(3), file);
  check(stride.size() == shape.size() && shape.size() <= 16 && offset >= 0, file,
        ": damaged pickle: a tensor of shape ", shape_text(shape), " has strides ", shape_text(stride));
  const Array all = load(storage);
  Array out;
  out.dtype = all.dtype;
  out.shape = shape;
  const std::int64_t bytes = checked_bytes(out.dtype, shape, file);
  const std::int64_t width = dtype_bytes(out.dtype);
  check(bytes <= std::ssize(all.data), file, ": damaged pickle: a tensor of shape ", shape_text(shape),
        " shows more than its storage of ", all.size(), " values");
  out.data.resize(static_cast<std::size_t>(bytes));
  std::vector<std::int64_t> index(shape.size(), 0);
  std::int64_t from = offset;
  for (std::int64_t at = 0; at < bytes; at += width) {
    check(from >= 0 && from < all.size(), file, ": damaged pickle: a tensor reaches beyond its storage");
    std::memcpy(out.data.data() + at, all.data.data() + from * width, static_cast<std::size_t>(width));
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      from += stride[axis];
      if (++index[axis] < shape[axis]) break;
      from -= stride[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/// "<f4" of a numpy type as a code of Array, little endian only.
std::string array_code(const PickleName& type, const std::string& file) {
  std::string code = type.detail;
  if (!code.empty() && (code[0] == '<' || code[0] == '|' || code[0] == '=')) code.erase(0, 1);
  check(dtype_bytes(code) > 0, file, ": expected numpy arrays of numbers; received type '", type.detail, "'");
  return code;
}

PickleObject numpy_number(const Arguments& arguments, const std::string& file) {
  const std::string code = array_code(arguments.at<PickleName>(0), file);
  const auto& bytes = arguments.at<std::string>(1);
  Array array;
  array.dtype = code;
  array.shape = {};
  check(static_cast<std::int64_t>(bytes.size()) == dtype_bytes(code), file, ": damaged pickle: a number of type ", code,
        " with ", bytes.size(), " bytes");
  const auto* raw = reinterpret_cast<const std::byte*>(bytes.data());
  array.data.assign(raw, raw + bytes.size());
  if (code[0] == 'f') return make(array.as_doubles().front());
  if (code == "b1") return make(array.data.front() != std::byte{0});
  return make(array.as<std::int64_t>().front());
}

/// Text in UTF-8 whose characters stand for the bytes 0 to 255.
std::string latin_bytes(const std::string& text, const std::string& file) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      bytes.push_back(text[i]);
      continue;
    }
    const bool pair = (c == 0xC2 || c == 0xC3) && i + 1 < text.size();
    check(pair, file, ": damaged pickle: bytes that are no Latin text");
    bytes.push_back(static_cast<char>(((c & 0x03U) << 6U) | (static_cast<unsigned char>(text[++i]) & 0x3FU)));
  }
  return bytes;
}

/// OrderedDict() or OrderedDict([(key, value), ...])
PickleObject ordered_dict(const Arguments& arguments) {
  PickleDict dict;
  if (arguments.size() > 0)
    for (const auto& item : arguments.at<PickleSequence>(0).items) {
      const auto* pair = item->get<PickleSequence>();
      if (pair && pair->items.size() == 2) dict.items.emplace_back(pair->items[0], pair->items[1]);
    }
  return make(std::move(dict));
}

}  // namespace

PickleObject make_name(const std::string& module, const std::string& name, const std::string& file) {
  const std::string text = module + "." + name;
  check(known(text) != nullptr, file, ": refused: the pickle names '", text,
        "', which is not plain data (nothing was executed)");
  return make(PickleName{text, {}, std::string(known(text)->dtype)});
}

PickleObject make_storage(const PickleValue& id, const std::string& file) {
  const Arguments parts(id, file, "a storage");
  const PickleName& type = parts.at<PickleName>(1);
  const Known* meaning = known(type.text);
  check(parts.at<std::string>(0) == "storage" && meaning && meaning->meaning == Meaning::storage, file,
        ": damaged pickle: unknown kind of storage");
  return make(PickleName{type.text, parts.at<std::string>(2), type.type});
}

PickleObject reduce_name(const PickleValue& function, const PickleValue& tuple, const LoadStorage& load,
                         const std::string& file) {
  const auto* name = function.get<PickleName>();
  check(name != nullptr && known(name->text), file, ": damaged pickle: a call of ", function.kind());
  const Arguments arguments(tuple, file, name->text);
  switch (known(name->text)->meaning) {
    case Meaning::ordered_dict:
      return ordered_dict(arguments);
    case Meaning::set:
    case Meaning::size:
      return make(arguments.at<PickleSequence>(0));
    case Meaning::tensor:
      return make(rebuild_tensor(arguments, load, file));
    case Meaning::parameter:
      return make(arguments.at<Array>(0));
    case Meaning::device:
      return make(PickleName{name->text, arguments.at<std::string>(0)});
    case Meaning::ndarray:
      return make(Array{});
    case Meaning::array_type:
      return make(PickleName{name->text, arguments.at<std::string>(0)});
    case Meaning::number:
      return numpy_number(arguments, file);
    case Meaning::encode:
      return make(latin_bytes(arguments.at<std::string>(0), file));
    default:
      fail(file, ": damaged pickle: a call of ", name->text);
  }
}

void set_state(PickleValue& object, const PickleValue& state, const std::string& file) {
  if (object.get<PickleDict>()) return;
  if (auto* name = std::get_if<PickleName>(&object.data);
      name && known(name->text) && known(name->text)->meaning == Meaning::array_type) {
    const Arguments parts(state, file, name->text);
    const auto& order = parts.at<std::string>(1);
    check(order != ">", file, ": expected little-endian numpy arrays; received type '>", name->detail, "'");
    name->detail.insert(0, order);
    return;
  }
  auto* array = std::get_if<Array>(&object.data);
  check(array != nullptr, file, ": damaged pickle: a state for ", object.kind());
  const Arguments parts(state, file, "numpy.ndarray");
  array->shape = integers(parts.at<PickleSequence>(1), file);
  array->dtype = array_code(parts.at<PickleName>(2), file);
  check(!parts.at<bool>(3) || array->shape.size() < 2, file, ": expected numpy arrays in C order");
  const auto& bytes = parts.at<std::string>(4);
  check(checked_bytes(array->dtype, array->shape, file) == std::ssize(bytes), file,
        ": damaged pickle: an array of shape ", shape_text(array->shape), " with ", bytes.size(), " bytes");
  const auto* raw = reinterpret_cast<const std::byte*>(bytes.data());
  array->data.assign(raw, raw + bytes.size());
}

}  // namespace coset::io
