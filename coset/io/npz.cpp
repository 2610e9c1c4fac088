#include "coset/io/npz.h"

#include <zip.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"
#include "coset/io/descriptor.h"
#include "coset/io/npy.h"

namespace coset::io {
namespace {

constexpr std::size_t kFirstPiece = std::size_t{1} << 20;
constexpr std::uint64_t kLargeArray = std::uint64_t{1} << 28;
constexpr std::uint64_t kMostExpansion = 100;  // images and coordinates shrink far less; deflate could 1032 times

struct DiscardArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseMember {
  void operator()(zip_file_t* member) const { zip_fclose(member); }
};
struct FreeSource {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Archive = std::unique_ptr<zip_t, DiscardArchive>;
using Member = std::unique_ptr<zip_file_t, CloseMember>;
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

Source file_source(const std::string& path) {
  std::FILE* file = ::fdopen(open_regular_file(path), "rb");
  check(file != nullptr, "cannot read ", path, ": ", errno_text());
  const bool empty = std::fgetc(file) == EOF;
  std::rewind(file);
  zip_error_t error;
  zip_error_init(&error);
  Source source(empty ? nullptr : zip_source_filep_create(file, 0, -1, &error));
  if (!source) std::fclose(file);
  check(!empty, path, ": expected an npz archive; received an empty file");
  if (!source) fail(path, ": ", text_of(error));
  return source;
}

/// The archive takes the source over; `keep` adds a reference so that its bytes outlive the archive. Empty, with the
/// reason in `error`, when libzip refuses.
Archive try_open(Source& source, int flags, zip_error_t& error) {
  Archive archive(zip_open_from_source(source.get(), flags, &error));
  if (archive) static_cast<void>(source.release());
  return archive;
}

Archive open_archive(Source source, int flags, const std::string& path) {
  zip_error_t error;
  zip_error_init(&error);
  Archive archive = try_open(source, flags, error);
  if (archive) return archive;
  const bool repeated = zip_error_code_zip(&error) == ZIP_ER_EXISTS;
  const std::string reason = text_of(error);
  check(!repeated, path, ": expected each array once; received an archive that holds two members of one name");
  fail(path, ": expected an npz archive; received a file that is none or is cut short (", reason, ")");
}

/// The next `count` bytes of a member, or fewer at its end. Memory doubles as bytes arrive.
std::vector<std::byte> read_bytes(zip_file_t* member, std::uint64_t count, const std::string& label) {
  std::vector<std::byte> bytes;
  std::size_t filled = 0;
  while (filled < count) {
    bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(count, std::max(kFirstPiece, 2 * filled))));
    const zip_int64_t got = zip_fread(member, bytes.data() + filled, bytes.size() - filled);
    check(got >= 0, label, ": is damaged (", zip_error_strerror(zip_file_get_error(member)), ")");
    filled += static_cast<std::size_t>(got);
    if (got == 0) break;
  }
  bytes.resize(filled);
  return bytes;
}

/// An array of an archive, opened at its values.
struct OpenArray {
  Member member;
  NpyHeader header;
  std::uint64_t value_bytes = 0;  ///< as the archive claims
};

OpenArray open_array(zip_t* archive, const zip_stat_t& about, const std::string& label) {
  OpenArray array;
  array.member.reset(zip_fopen_index(archive, about.index, 0));
  check(array.member != nullptr, label, ": cannot be read (", zip_strerror(archive), ")");
  std::vector<std::byte> head = read_bytes(array.member.get(), kNpyPrefix, label);
  const std::size_t length = npy_header_bytes(head, label);
  const auto rest = read_bytes(array.member.get(), length - std::min(length, head.size()), label);
  head.insert(head.end(), rest.begin(), rest.end());
  check(head.size() >= length && about.size >= length, label, ": expected a header of ", length, " bytes; received ",
        std::min<std::uint64_t>(head.size(), about.size));
  array.header = decode_npy_header(std::span(head).first(length), label);
  array.value_bytes = about.size - length;
  if (head.size() == length) return array;
  // A header shorter than the prefix: no array has one, and its values would begin inside of what was read.
  fail(label, ": expected a numpy header; received ", length, " bytes");
}

std::string obstacle_of(const OpenArray& array, const zip_stat_t& about) {
  if (!holds_numbers(array.header)) return "expected numbers; received numpy type '" + array.header.descr + "'";
  const bool explodes = about.size > kLargeArray && about.size / kMostExpansion > about.comp_size;
  return explodes
             ? "expected at most " + std::to_string(kMostExpansion) + " times its " + std::to_string(about.comp_size) +
                   " packed bytes; received a claim of " + std::to_string(about.size)
             : "";
}

bool is_mac_companion(std::string_view member) {
  const std::size_t slash = member.rfind('/');
  const std::string_view base = slash == std::string_view::npos ? member : member.substr(slash + 1);
  return member.starts_with("__MACOSX/") || base.starts_with("._");
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "no arrays" : text;
}

}  // namespace

struct NpzFile::Content {
  std::string path;
  Archive archive;
  std::vector<std::pair<std::string, zip_uint64_t>> members;

  std::string label(const std::string& name) const { return path + ": array '" + name + "'"; }

  zip_stat_t about(const std::string& name) const {
    zip_stat_t found;
    zip_stat_init(&found);
    const auto member = std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.first == name; });
    if (member == members.end()) {
      std::vector<std::string> names;
      for (const auto& m : members) names.push_back(m.first);
      fail(path, ": expected array '", name, "'; received ", listed(names));
    }
    check(zip_stat_index(archive.get(), member->second, 0, &found) == 0, path, ": ", zip_strerror(archive.get()));
    return found;
  }
};

NpzFile::NpzFile(const std::string& path) : content_(std::make_unique<Content>()) {
  content_->path = path;
  content_->archive = open_archive(file_source(path), ZIP_RDONLY | ZIP_CHECKCONS, path);
  zip_t* archive = content_->archive.get();
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* raw = zip_get_name(archive, static_cast<zip_uint64_t>(i), 0);
    check(raw != nullptr, path, ": ", zip_strerror(archive));
    const std::string_view member = raw;
    if (!member.ends_with(".npy") || is_mac_companion(member)) continue;
    const std::string name(member.substr(0, member.size() - 4));
    check(!contains(name), content_->label(name), " occurs twice");
    content_->members.emplace_back(name, static_cast<zip_uint64_t>(i));
  }
}

NpzFile::~NpzFile() = default;
NpzFile::NpzFile(NpzFile&&) noexcept = default;
NpzFile& NpzFile::operator=(NpzFile&&) noexcept = default;

const std::string& NpzFile::path() const {
  return content_->path;
}

std::vector<std::string> NpzFile::names() const {
  std::vector<std::string> names;
  for (const auto& member : content_->members) names.push_back(member.first);
  return names;
}

bool NpzFile::contains(const std::string& name) const {
  const auto& members = content_->members;
  return std::any_of(members.begin(), members.end(), [&](const auto& member) { return member.first == name; });
}

std::string NpzFile::obstacle(const std::string& name) const {
  const zip_stat_t about = content_->about(name);
  return obstacle_of(open_array(content_->archive.get(), about, content_->label(name)), about);
}

struct NpzRows::Content {
  OpenArray array;
  std::string label;
  std::int64_t row_bytes = 0, rows = 0, taken = 0;
  std::vector<std::byte> whole;  ///< of an array in Fortran order, in C order

  std::vector<std::byte> bytes(std::int64_t count) {
    const auto wanted = static_cast<std::uint64_t>(count * row_bytes);
    std::vector<std::byte> values = read_bytes(array.member.get(), wanted, label);
    bool complete = values.size() == wanted;
    // Reaching the end is what verifies the checksum.
    if (complete && taken + count == rows) complete = read_bytes(array.member.get(), 1, label).empty();
    check(complete, label, ": expected ", array.value_bytes, " bytes; received another number");
    return values;
  }
};

NpzRows::NpzRows(std::unique_ptr<Content> content) : content_(std::move(content)) {}
NpzRows::~NpzRows() = default;
NpzRows::NpzRows(NpzRows&&) noexcept = default;
NpzRows& NpzRows::operator=(NpzRows&&) noexcept = default;

std::int64_t NpzRows::left() const {
  return content_->rows - content_->taken;
}

std::int64_t NpzRows::row_bytes() const {
  return content_->row_bytes;
}

Array NpzRows::next(std::int64_t count) {
  Content& c = *content_;
  count = std::min(count, left());
  NpyHeader part = c.array.header;
  if (!part.shape.empty()) part.shape[0] = count;
  if (part.fortran_order && part.shape.size() > 1) {
    if (c.whole.empty()) c.whole = decode_npy_values(c.array.header, c.bytes(c.rows), c.label).data;
    const auto begin = c.whole.begin() + c.taken * c.row_bytes;
    c.taken += count;
    return {part.descr.substr(1), part.shape, {begin, begin + count * c.row_bytes}};
  }
  std::vector<std::byte> values = c.bytes(count);
  c.taken += count;
  return decode_npy_values(part, std::move(values), c.label);
}

NpzRows NpzFile::rows(const std::string& name) const {
  const zip_stat_t about = content_->about(name);
  auto rows = std::make_unique<NpzRows::Content>();
  rows->label = content_->label(name);
  rows->array = open_array(content_->archive.get(), about, rows->label);
  const NpyHeader& header = rows->array.header;
  const std::string obstacle = obstacle_of(rows->array, about);
  check(obstacle.empty(), rows->label, ": ", obstacle);
  const std::int64_t expected = checked_bytes(header.descr.substr(1), header.shape, rows->label);
  check(static_cast<std::uint64_t>(expected) == rows->array.value_bytes, rows->label, ": expected ", expected,
        " bytes for shape ", shape_text(header.shape), "; received ", rows->array.value_bytes);
  rows->rows = header.shape.empty() ? 1 : header.shape[0];
  rows->row_bytes = rows->rows == 0 ? 0 : expected / rows->rows;
  return NpzRows(std::move(rows));
}

Array NpzFile::describe(const std::string& name) const {
  const NpzRows opened = rows(name);
  const NpyHeader& header = opened.content_->array.header;
  return {header.descr.substr(1), header.shape, {}};
}

Array NpzFile::read(const std::string& name) const {
  NpzRows whole = rows(name);
  return whole.next(whole.left());
}

Arrays load_npz(const std::string& path, const std::vector<std::string>& only, std::vector<std::string>* left_out) {
  const NpzFile file(path);
  Arrays arrays;
  for (const std::string& name : only) arrays.emplace(name, file.read(name));
  if (!only.empty()) return arrays;
  for (const std::string& name : file.names()) {
    const std::string obstacle = file.obstacle(name);
    if (obstacle.empty())
      arrays.emplace(name, file.read(name));
    else if (left_out != nullptr)
      left_out->push_back(name + ": " + obstacle);
  }
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
