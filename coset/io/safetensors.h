/// The safetensors format: named tensors behind a JSON header. Nothing in such a file is ever executed.
///
/// Layout: 8 bytes little-endian header length, the header {"__metadata__": {string: string}, NAME: {"dtype", "shape",
/// "data_offsets"}}, then the values, without gaps. Source: the format section of the safetensors documentation.
///
/// Our files carry one more promise: the metadata key "coset.sha256" holds the SHA-256 of the whole file with its own
/// 64 digits set to '0', so a changed byte anywhere, header included, is refused.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "coset/io/array.h"
#include "coset/io/npz.h"

namespace coset::io {

inline constexpr const char* kChecksumKey = "coset.sha256";

struct SafeTensors {
  Arrays tensors;
  std::map<std::string, std::string> metadata;  ///< UTF-8; JSON goes in as its text; without kChecksumKey
};

/// kRequired: a file without a checksum is refused, since a byte changed in the key's own name would hide it.
/// kIfPresent: for files that other programs wrote. kIgnored: for a file that was edited on purpose, to seal it anew.
enum class Checksum { kRequired, kIfPresent, kIgnored };

/// @throws coset::Error "NAME: ..." unless the header parses, names every tensor once with a known dtype, and the
/// offsets agree with shapes, follow each other without gap or overlap and end with the file.
SafeTensors decode_safetensors(std::span<const std::byte> bytes, const std::string& name,
                               Checksum checksum = Checksum::kRequired);

/// Tensors are laid out by descending value size, then by name, so that each is aligned. Same input, same bytes.
std::vector<std::byte> encode_safetensors(const SafeTensors& content);

SafeTensors load_safetensors(const std::string& path, Checksum checksum = Checksum::kRequired);
/// Atomic (coset/io/atomic_write.h).
void save_safetensors(const std::string& path, const SafeTensors& content);

}  // namespace coset::io
