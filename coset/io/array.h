/// A typed block of numbers as files hold it: what npz and safetensors read into and write from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coset::io {

/// Row-major (C order), little-endian values with a shape.
///
/// dtype is numpy's code without the byte order: b1 (bool), i1 i2 i4 i8, u1 u2 u4 u8, f2 f4 f8; and bf16, which numpy
/// lacks and safetensors has. data holds size() * dtype_bytes(dtype) bytes. A scalar has the empty shape and one value.
struct Array {
  std::string dtype = "f8";
  std::vector<std::int64_t> shape = {0};
  std::vector<std::byte> data;

  /// Number of values: the product of the shape.
  std::int64_t size() const;

  /// The values converted to T (float, double, the eight integer types). Integer results are exact or refused: a
  /// fraction, a NaN or a value out of T's range throws coset::Error. Floating results are rounded to nearest.
  template <class T>
  std::vector<T> as() const;
  std::vector<double> as_doubles() const { return as<double>(); }

  /// An array of T's own dtype. @throws coset::Error unless the product of `shape` is values.size().
  template <class T>
  static Array from(std::span<const T> values, std::vector<std::int64_t> shape);
  template <class T>
  static Array from(const std::vector<T>& values, std::vector<std::int64_t> shape) {
    return from(std::span<const T>(values), std::move(shape));
  }

  bool operator==(const Array&) const = default;
};

/// Bytes per value of a dtype code; 0 for an unknown code.
std::int64_t dtype_bytes(std::string_view dtype);

/// The number of values of `shape` and their bytes; throws coset::Error, naming `what`, on a negative extent, an
/// unknown dtype or a product beyond 2^62 bytes (a corrupt header must not become a huge allocation).
std::int64_t checked_bytes(std::string_view dtype, std::span<const std::int64_t> shape, const std::string& what);

}  // namespace coset::io
