/// numpy's .npy format, versions 1 to 3.
///
/// Reads bool, the eight integer types and f2, f4, f8, little and big endian, C and Fortran order; other types (object,
/// complex, strings, records) are refused by name. Writes version 1, little endian, C order.
/// Source: NumPy Enhancement Proposal 1 and the numpy.lib.format documentation.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "coset/base/error.h"
#include "coset/io/array.h"

namespace coset::io {

/// The array in the bytes of a whole .npy file; `name` stands in error messages.
/// @throws coset::Error on a wrong magic, a header that does not parse, or a body of another length than the header
/// says.
Array decode_npy(std::span<const std::byte> bytes, const std::string& name);

/// The array at the beginning of `bytes`, which may go on with another; `bytes` becomes what follows it.
/// @throws as decode_npy
Array take_npy(std::span<const std::byte>& bytes, const std::string& name);

/// The bytes of a .npy file. @throws coset::Error for bf16, which numpy lacks.
std::vector<std::byte> encode_npy(const Array& array);

/// What stands before the values: encode_npy without them.
std::vector<std::byte> encode_npy_header(const std::string& dtype, std::span<const std::int64_t> shape);

/// What stands before the values of a .npy file.
struct NpyHeader {
  std::string descr;  ///< numpy's type with its byte order: "<f8"
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// How many bytes stand before the values, from the first kNpyPrefix bytes of a file (fewer: cut short).
/// @throws coset::Error on a wrong magic or version
std::size_t npy_header_bytes(std::span<const std::byte> prefix, const std::string& name);
inline constexpr std::size_t kNpyPrefix = 12;

/// Reads those bytes. A record's type, which is no text, comes back as the descr "record".
NpyHeader decode_npy_header(std::span<const std::byte> header, const std::string& name);
/// bool, integers and floats; not text, objects, complex numbers, dates or records.
bool holds_numbers(const NpyHeader& header);
/// The array from the bytes behind the header, which it takes over.
Array decode_npy_values(const NpyHeader& header, std::vector<std::byte> values, const std::string& name);

Array load_npy(const std::string& path);
/// Atomic (coset/io/atomic_write.h).
void save_npy(const std::string& path, const Array& array);

}  // namespace coset::io
