/// SHA-256 (FIPS 180-4), the checksum of model files and cache keys.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>

namespace coset::io {

/// The digest of the pieces one after the other, as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::initializer_list<std::span<const std::byte>> pieces);

}  // namespace coset::io
