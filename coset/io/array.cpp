#include "coset/io/array.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "coset/base/error.h"

namespace coset::io {
namespace {

static_assert(std::endian::native == std::endian::little, "values are copied as they lie in the file");

/// Storage types that C++ has no arithmetic for: IEEE half and the upper half of a float.
struct Half {
  std::uint16_t bits;
};
struct Brain {
  std::uint16_t bits;
};

float to_float(Half half) {
  const std::uint32_t sign = (half.bits & 0x8000U) << 16U;
  const std::uint32_t exponent = (half.bits >> 10U) & 0x1fU;
  const std::uint32_t mantissa = half.bits & 0x3ffU;
  if (exponent == 0) return std::copysign(std::ldexp(static_cast<float>(mantissa), -24), sign ? -1.0F : 1.0F);
  const std::uint32_t wide = exponent == 31 ? 0xffU : exponent + 112U;
  return std::bit_cast<float>(sign | (wide << 23U) | (mantissa << 13U));
}

float to_float(Brain brain) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(brain.bits) << 16U);
}

template <class T>
constexpr std::string_view dtype_of() {
  if constexpr (std::is_same_v<T, bool>) return "b1";
  if constexpr (std::is_same_v<T, float>) return "f4";
  if constexpr (std::is_same_v<T, double>) return "f8";
  constexpr std::array<std::string_view, 4> kSigned{"i1", "i2", "i4", "i8"};
  constexpr std::array<std::string_view, 4> kUnsigned{"u1", "u2", "u4", "u8"};
  constexpr std::size_t kPower = std::bit_width(sizeof(T)) - 1;
  return std::is_signed_v<T> ? kSigned[kPower] : kUnsigned[kPower];
}

template <class To, class From>
To convert(From value, std::int64_t index) {
  if constexpr (std::is_floating_point_v<To>) {
    return static_cast<To>(value);
  } else if constexpr (std::is_integral_v<From>) {
    check(std::in_range<To>(value), "[io::Array::as] expected values that fit ", dtype_of<To>(), "; received ", +value,
          " at index ", index);
    return static_cast<To>(value);
  } else {
    // 2^digits is exact in floating point, whereas the largest 64-bit integer is not.
    const double limit = std::ldexp(1.0, std::numeric_limits<To>::digits);
    const double lowest = std::is_signed_v<To> ? -limit : 0.0;
    const double wide = static_cast<double>(value);
    check(wide >= lowest && wide < limit && std::trunc(wide) == wide,
          "[io::Array::as] expected whole numbers that fit ", dtype_of<To>(), "; received ", wide, " at index ", index);
    return static_cast<To>(wide);
  }
}

template <class Stored, class To>
void read_all(const Array& array, std::vector<To>& out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, array.data.data() + i * sizeof(Stored), sizeof(Stored));
    if constexpr (std::is_same_v<Stored, Half> || std::is_same_v<Stored, Brain>)
      out[i] = convert<To>(to_float(stored), static_cast<std::int64_t>(i));
    else
      out[i] = convert<To>(stored, static_cast<std::int64_t>(i));
  }
}

}  // namespace

std::int64_t dtype_bytes(std::string_view dtype) {
  if (dtype == "bf16") return 2;
  if (dtype == "b1") return 1;
  if (dtype.size() != 2) return 0;
  const int bytes = dtype[1] - '0';
  const bool whole = (dtype[0] == 'i' || dtype[0] == 'u') && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8);
  const bool real = dtype[0] == 'f' && (bytes == 2 || bytes == 4 || bytes == 8);
  return whole || real ? bytes : 0;
}

std::int64_t checked_bytes(std::string_view dtype, std::span<const std::int64_t> shape, const std::string& what) {
  std::int64_t bytes = dtype_bytes(dtype);
  check(bytes > 0, what, ": expected dtype b1, i1..i8, u1..u8, f2, f4, f8 or bf16; received '", dtype, "'");
  bool empty = false;
  for (const std::int64_t extent : shape) {
    check(extent >= 0, what, ": expected extents >= 0; received ", shape_text(shape));
    if (extent == 0)
      empty = true;
    else
      check(bytes <= (std::int64_t{1} << 62) / extent, what, ": expected fewer than 2^62 bytes; received shape ",
            shape_text(shape));
    bytes *= std::max<std::int64_t>(extent, 1);
  }
  return empty ? 0 : bytes;
}

std::int64_t Array::size() const {
  std::int64_t product = 1;
  for (const std::int64_t extent : shape) product *= extent;
  return product;
}

template <class T>
std::vector<T> Array::as() const {
  const std::int64_t bytes = checked_bytes(dtype, shape, "[io::Array::as]");
  check(bytes == std::ssize(data), "[io::Array::as] expected ", bytes, " bytes for shape ", shape_text(shape), " of ",
        dtype, "; received ", data.size());
  std::vector<T> out(static_cast<std::size_t>(size()));
  if (dtype == "f4") read_all<float>(*this, out);
  if (dtype == "f8") read_all<double>(*this, out);
  if (dtype == "f2") read_all<Half>(*this, out);
  if (dtype == "bf16") read_all<Brain>(*this, out);
  if (dtype == "b1" || dtype == "u1") read_all<std::uint8_t>(*this, out);
  if (dtype == "u2") read_all<std::uint16_t>(*this, out);
  if (dtype == "u4") read_all<std::uint32_t>(*this, out);
  if (dtype == "u8") read_all<std::uint64_t>(*this, out);
  if (dtype == "i1") read_all<std::int8_t>(*this, out);
  if (dtype == "i2") read_all<std::int16_t>(*this, out);
  if (dtype == "i4") read_all<std::int32_t>(*this, out);
  if (dtype == "i8") read_all<std::int64_t>(*this, out);
  return out;
}

template <class T>
Array Array::from(std::span<const T> values, std::vector<std::int64_t> shape) {
  Array array{.dtype = std::string(dtype_of<T>()), .shape = std::move(shape), .data = {}};
  const std::int64_t bytes = checked_bytes(array.dtype, array.shape, "[io::Array::from]");
  check(bytes == static_cast<std::int64_t>(values.size_bytes()), "[io::Array::from] expected ", array.size(),
        " values for shape ", shape_text(array.shape), "; received ", values.size());
  const std::span<const std::byte> raw = std::as_bytes(values);
  array.data.assign(raw.begin(), raw.end());
  return array;
}

#define COSET_INSTANTIATE_ARRAY(T)              \
  template std::vector<T> Array::as<T>() const; \
  template Array Array::from<T>(std::span<const T>, std::vector<std::int64_t>);
COSET_INSTANTIATE_ARRAY(float)
COSET_INSTANTIATE_ARRAY(double)
COSET_INSTANTIATE_ARRAY(std::int8_t)
COSET_INSTANTIATE_ARRAY(std::int16_t)
COSET_INSTANTIATE_ARRAY(std::int32_t)
COSET_INSTANTIATE_ARRAY(std::int64_t)
COSET_INSTANTIATE_ARRAY(std::uint8_t)
COSET_INSTANTIATE_ARRAY(std::uint16_t)
COSET_INSTANTIATE_ARRAY(std::uint32_t)
COSET_INSTANTIATE_ARRAY(std::uint64_t)
#undef COSET_INSTANTIATE_ARRAY

}  // namespace coset::io
