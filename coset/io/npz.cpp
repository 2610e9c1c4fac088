#include "coset/io/npz.h"

#include <zip.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"
#include "coset/io/npy.h"
#include "coset/io/zip_reader.h"

namespace coset::io {
namespace {

struct DiscardArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct FreeSource {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Archive = std::unique_ptr<zip_t, DiscardArchive>;
using Source = std::unique_ptr<zip_source_t, FreeSource>;

std::string text_of(zip_error_t& error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

Source memory_source(const void* data, std::size_t size, const std::string& path) {
  zip_error_t error;
  zip_error_init(&error);
  Source source(zip_source_buffer_create(data, size, 0, &error));
  if (!source) fail(path, ": ", text_of(error));
  return source;
}

/// The archive takes the source over; `keep` adds a reference so that its bytes outlive the archive.
Archive open_archive(Source source, int flags, const std::string& path) {
  zip_error_t error;
  zip_error_init(&error);
  Archive archive(zip_open_from_source(source.get(), flags, &error));
  if (!archive)
    fail(path, ": expected an npz archive; received a file that is none or is cut short (", text_of(error), ")");
  static_cast<void>(source.release());
  return archive;
}

std::string listed(const Arrays& arrays) {
  std::string text;
  for (const auto& [name, array] : arrays) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "no arrays" : text;
}

}  // namespace

Arrays load_npz(const std::string& path, const std::vector<std::string>& only) {
  const ZipReader archive(path, "an npz archive");
  Arrays arrays;
  for (std::size_t i = 0; i < archive.size(); ++i) {
    const std::string_view member = archive.name(i);
    if (!member.ends_with(".npy")) continue;
    const std::string name(member.substr(0, member.size() - 4));
    if (!only.empty() && std::find(only.begin(), only.end(), name) == only.end()) continue;
    const std::string label = path + ": array '" + name + "'";
    const bool first = arrays.emplace(name, decode_npy(archive.read(i, label), label)).second;
    check(first, label, " occurs twice");
  }
  for (const std::string& name : only)
    check(arrays.contains(name), path, ": expected array '", name, "'; received ", listed(arrays));
  return arrays;
}

void save_npz(const std::string& path, const Arrays& arrays, bool compressed) {
  std::map<std::string, std::vector<std::byte>> members;  // outlives the archive, which reads it while closing
  for (const auto& [name, array] : arrays) members.emplace(name + ".npy", encode_npy(array));
  Source buffer = memory_source(nullptr, 0, path);
  zip_source_keep(buffer.get());
  Archive archive = open_archive(Source(buffer.get()), ZIP_TRUNCATE, path);
  for (const auto& [name, bytes] : members) {
    Source content(zip_source_buffer(archive.get(), bytes.data(), bytes.size(), 0));
    const zip_int64_t index =
        content ? zip_file_add(archive.get(), name.c_str(), content.get(), ZIP_FL_ENC_UTF_8) : zip_int64_t{-1};
    check(index >= 0, path, ": cannot add array '", name, "' (", zip_strerror(archive.get()), ")");
    static_cast<void>(content.release());
    const auto member = static_cast<zip_uint64_t>(index);
    constexpr zip_uint16_t kDate1980 = (1U << 5U) | 1U;  // a fixed date keeps the bytes reproducible
    const bool set =
        zip_set_file_compression(archive.get(), member, compressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0) == 0 &&
        zip_file_set_dostime(archive.get(), member, 0, kDate1980, 0) == 0;
    check(set, path, ": cannot add array '", name, "' (", zip_strerror(archive.get()), ")");
  }
  check(zip_close(archive.get()) == 0, path, ": cannot build the archive (", zip_strerror(archive.get()), ")");
  static_cast<void>(archive.release());
  zip_stat_t about;
  zip_stat_init(&about);
  check(zip_source_stat(buffer.get(), &about) == 0 && zip_source_open(buffer.get()) == 0, path,
        ": cannot build the archive");
  std::vector<std::byte> bytes(about.size);
  const zip_int64_t taken = zip_source_read(buffer.get(), bytes.data(), bytes.size());
  zip_source_close(buffer.get());
  check(taken == std::ssize(bytes), path, ": cannot build the archive");
  atomic_write(path, bytes);
}

}  // namespace coset::io
