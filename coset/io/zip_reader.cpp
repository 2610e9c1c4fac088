#include "coset/io/zip_reader.h"

#include <zip.h>

#include <algorithm>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"

namespace coset::io {

struct ZipReader::Archive {
  zip_t* handle = nullptr;
  ~Archive() {
    if (handle) zip_discard(handle);
  }
};

namespace {

std::string text_of(zip_error_t& error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

struct CloseMember {
  void operator()(zip_file_t* member) const { zip_fclose(member); }
};

}  // namespace

ZipReader::ZipReader(const std::string& path, const std::string& what)
    : file_(read_file(path)), archive_(std::make_unique<Archive>()) {
  check(!file_.empty(), path, ": expected ", what, "; received an empty file");
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(file_.data(), file_.size(), 0, &error);
  if (!source) fail(path, ": ", text_of(error));
  archive_->handle = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
  if (!archive_->handle) {
    zip_source_free(source);
    fail(path, ": expected ", what, "; received a file that is none or is cut short (", text_of(error), ")");
  }
  const zip_int64_t count = zip_get_num_entries(archive_->handle, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(archive_->handle, static_cast<zip_uint64_t>(i), 0);
    check(name != nullptr, path, ": ", zip_strerror(archive_->handle));
    names_.emplace_back(name);
  }
}

ZipReader::~ZipReader() = default;

std::size_t ZipReader::find(const std::string& name) const {
  return static_cast<std::size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
}

std::vector<std::byte> ZipReader::read(std::size_t index, const std::string& label) const {
  zip_t* archive = archive_->handle;
  zip_stat_t about;
  zip_stat_init(&about);
  check(zip_stat_index(archive, index, 0, &about) == 0, label, ": ", zip_strerror(archive));
  // Deflate expands at most 1032 times; a larger claim is a corrupt size, not data.
  check(about.size / 1032 <= file_.size(), label,
        ": expected at most 1032 times the archive's size; received a claim of ", about.size, " bytes");
  const std::unique_ptr<zip_file_t, CloseMember> member(zip_fopen_index(archive, index, 0));
  check(member != nullptr, label, ": cannot be read (", zip_strerror(archive), ")");
  std::vector<std::byte> bytes(about.size);
  zip_uint64_t filled = 0;
  zip_int64_t count = 0;
  while (filled < bytes.size() && (count = zip_fread(member.get(), bytes.data() + filled, bytes.size() - filled)) > 0)
    filled += static_cast<zip_uint64_t>(count);
  std::byte beyond{};
  if (count >= 0) count = zip_fread(member.get(), &beyond, 1);  // reaching the end is what verifies the checksum
  check(count >= 0, label, ": is damaged (", zip_error_strerror(zip_file_get_error(member.get())), ")");
  check(filled == bytes.size() && count == 0, label, ": expected ", about.size, " bytes; received another number");
  return bytes;
}

}  // namespace coset::io
