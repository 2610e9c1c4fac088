#include "coset/io/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"
#include "coset/io/limits.h"
#include "coset/io/sha256.h"

namespace coset::io {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kTypes{{{"BOOL", "b1"},
                                                                                {"I8", "i1"},
                                                                                {"I16", "i2"},
                                                                                {"I32", "i4"},
                                                                                {"I64", "i8"},
                                                                                {"U8", "u1"},
                                                                                {"U16", "u2"},
                                                                                {"U32", "u4"},
                                                                                {"U64", "u8"},
                                                                                {"F16", "f2"},
                                                                                {"BF16", "bf16"},
                                                                                {"F32", "f4"},
                                                                                {"F64", "f8"}}};
constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeader = 100'000'000;  // the format's own limit
constexpr std::size_t kDigestDigits = 64;
constexpr const char* kMetadata = "__metadata__";

std::string checksum_opening() {
  return std::string("\"") + kChecksumKey + "\":\"";
}

/// Parses the header, refusing an object that names a key twice (the parser itself would keep the last one).
Json parse_header(std::string_view text, const std::string& name) {
  std::vector<std::set<std::string>> keys;
  std::string repeated;
  const auto watch = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      repeated = value.get<std::string>();
    return true;
  };
  check_json_depth(text, name);
  try {
    Json header = Json::parse(text, watch);
    check(repeated.empty(), name, ": expected each name once; received '", repeated, "' twice");
    check(header.is_object(), name, ": expected a JSON object as header; received ", header.type_name());
    return header;
  } catch (const Json::exception&) {
    fail(name, ": expected a safetensors file; received a header that is not JSON");
  }
}

std::uint64_t header_length(std::span<const std::byte> bytes, const std::string& name) {
  check(bytes.size() >= kLengthBytes, name, ": expected a safetensors file; received ", bytes.size(), " bytes");
  std::uint64_t length = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;) length = 256 * length + std::to_integer<std::uint64_t>(bytes[i]);
  check(length <= kMaxHeader && length <= bytes.size() - kLengthBytes, name,
        ": expected a safetensors file; received a "
        "header length of ",
        length, " in ", bytes.size(), " bytes");
  return length;
}

std::map<std::string, std::string> read_metadata(const Json& header, const std::string& name) {
  std::map<std::string, std::string> metadata;
  const auto found = header.find(kMetadata);
  if (found == header.end()) return metadata;
  check(found->is_object(), name, ": expected ", kMetadata, " to be an object; received ", found->type_name());
  for (const auto& [key, value] : found->items()) {
    check(value.is_string(), name, ": expected text for metadata '", key, "'; received ", value.type_name());
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

struct Entry {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

bool all_unsigned(const Json& list) {
  return list.is_array() && std::all_of(list.begin(), list.end(), [](const Json& item) {
           return item.is_number_unsigned() && item.get<std::uint64_t>() < (std::uint64_t{1} << 62U);
         });
}

Entry read_entry(const std::string& tensor, const Json& about, const std::string& label) {
  const bool complete = about.is_object() && about.size() == 3 && about.contains("dtype") && about.contains("shape") &&
                        about.contains("data_offsets");
  check(complete && about["dtype"].is_string() && all_unsigned(about["shape"]) && all_unsigned(about["data_offsets"]) &&
            about["data_offsets"].size() == 2,
        label, ": expected {dtype, shape, data_offsets: [begin, end]}; received something else");
  const std::string type = about["dtype"].get<std::string>();
  const auto* known = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& pair) { return pair.first == type; });
  check(known != kTypes.end(), label, ": expected a dtype from BOOL to F64; received '", type, "'");
  return {.name = tensor,
          .dtype = std::string(known->second),
          .shape = about["shape"].get<std::vector<std::int64_t>>(),
          .begin = about["data_offsets"][0].get<std::uint64_t>(),
          .end = about["data_offsets"][1].get<std::uint64_t>()};
}

Arrays read_tensors(const Json& header, std::span<const std::byte> data, const std::string& name) {
  std::vector<Entry> entries;
  for (const auto& [tensor, about] : header.items())
    if (tensor != kMetadata) entries.push_back(read_entry(tensor, about, name + ": tensor '" + tensor + "'"));
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  Arrays tensors;
  std::uint64_t expected = 0;
  for (const Entry& entry : entries) {
    const std::string label = name + ": tensor '" + entry.name + "'";
    const std::int64_t bytes = checked_bytes(entry.dtype, entry.shape, label);
    check(entry.begin == expected, label, ": expected values to begin at ", expected, "; received ", entry.begin);
    check(entry.end >= entry.begin && entry.end - entry.begin == static_cast<std::uint64_t>(bytes), label,
          ": expected ", bytes, " bytes for shape ", shape_text(entry.shape), "; received offsets ", entry.begin,
          " to ", entry.end);
    check(entry.end <= data.size(), label, ": expected values within ", data.size(), " bytes; received an end at ",
          entry.end);
    const std::span<const std::byte> values = data.subspan(entry.begin, static_cast<std::size_t>(bytes));
    tensors[entry.name] = {.dtype = entry.dtype, .shape = entry.shape, .data = {values.begin(), values.end()}};
    expected = entry.end;
  }
  check(expected == data.size(), name, ": expected ", expected, " bytes of values; received ", data.size());
  return tensors;
}

/// Digest of the file in which the 64 digits at `digits` read '0'.
std::string digest(std::span<const std::byte> bytes, std::size_t digits) {
  const std::string zeros(kDigestDigits, '0');
  return sha256_hex({bytes.first(digits), std::as_bytes(std::span(zeros)), bytes.subspan(digits + kDigestDigits)});
}

void verify_checksum(std::span<const std::byte> bytes, std::string_view header, const std::string& stored,
                     const std::string& name) {
  const std::size_t at = header.find(checksum_opening() + stored + "\"");
  const bool well_formed = stored.size() == kDigestDigits && at != std::string_view::npos;
  check(well_formed && digest(bytes, kLengthBytes + at + checksum_opening().size()) == stored, name,
        ": the checksum does not match: the file was altered or damaged after it was written");
}

Json header_of(const SafeTensors& content, std::vector<const Arrays::value_type*>& order) {
  Json header = Json::object();
  Json& metadata = header[kMetadata] = Json::object();
  metadata[kChecksumKey] = std::string(kDigestDigits, '0');
  for (const auto& [key, text] : content.metadata) {
    check(key != kChecksumKey, "[io::encode_safetensors] expected metadata without the reserved key ", kChecksumKey);
    metadata[key] = text;
  }
  for (const auto& tensor : content.tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return dtype_bytes(a->second.dtype) > dtype_bytes(b->second.dtype);
  });
  std::uint64_t begin = 0;
  for (const auto* tensor : order) {
    const auto& [name, array] = *tensor;
    const std::string label = "[io::encode_safetensors] tensor '" + name + "'";
    check(name != kMetadata, label, ": expected another name; this one is reserved");
    const std::int64_t bytes = checked_bytes(array.dtype, array.shape, label);
    check(bytes == std::ssize(array.data), label, ": expected ", bytes, " bytes; received ", array.data.size());
    const auto* type =
        std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& p) { return p.second == array.dtype; });
    const std::uint64_t end = begin + array.data.size();
    header[name] = {{"dtype", type->first}, {"shape", array.shape}, {"data_offsets", {begin, end}}};
    begin = end;
  }
  return header;
}

}  // namespace

SafeTensors decode_safetensors(std::span<const std::byte> bytes, const std::string& name, Checksum checksum) {
  const std::uint64_t length = header_length(bytes, name);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, length);
  check(text.starts_with('{'), name, ": expected a safetensors file; received a header that is not JSON");
  const Json header = parse_header(text, name);
  SafeTensors content;
  content.metadata = read_metadata(header, name);
  const auto stored = content.metadata.find(kChecksumKey);
  if (stored != content.metadata.end()) {
    if (checksum != Checksum::kIgnored) verify_checksum(bytes, text, stored->second, name);
    content.metadata.erase(stored);
  } else {
    check(checksum != Checksum::kRequired, name, ": expected a checksum in the header (", kChecksumKey,
          "); received none: not a file of this library, or an altered one");
  }
  content.tensors = read_tensors(header, bytes.subspan(kLengthBytes + length), name);
  return content;
}

std::vector<std::byte> encode_safetensors(const SafeTensors& content) {
  std::vector<const Arrays::value_type*> order;
  std::string text;
  try {
    text = header_of(content, order).dump();
  } catch (const Json::exception&) {
    fail("[io::encode_safetensors] expected names and metadata in UTF-8; received other bytes");
  }
  text.append((kLengthBytes - text.size() % kLengthBytes) % kLengthBytes, ' ');
  check(text.size() <= kMaxHeader, "[io::encode_safetensors] expected a header of at most ", kMaxHeader, " bytes");
  std::size_t size = kLengthBytes + text.size();
  for (const auto* tensor : order) size += tensor->second.data.size();
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < kLengthBytes; ++i) bytes[i] = static_cast<std::byte>((text.size() >> (8 * i)) & 0xffU);
  std::memcpy(bytes.data() + kLengthBytes, text.data(), text.size());
  auto at = bytes.begin() + static_cast<std::ptrdiff_t>(kLengthBytes + text.size());
  for (const auto* tensor : order) at = std::copy(tensor->second.data.begin(), tensor->second.data.end(), at);
  const std::size_t digits = kLengthBytes + text.find(checksum_opening()) + checksum_opening().size();
  const std::string hex = digest(bytes, digits);
  std::memcpy(bytes.data() + digits, hex.data(), hex.size());
  return bytes;
}

SafeTensors load_safetensors(const std::string& path, Checksum checksum) {
  return decode_safetensors(read_file(path), path, checksum);
}

void save_safetensors(const std::string& path, const SafeTensors& content) {
  atomic_write(path, encode_safetensors(content));
}

}  // namespace coset::io
