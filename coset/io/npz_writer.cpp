#include "coset/io/npz_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>

#include "coset/base/error.h"
#include "coset/io/array.h"
#include "coset/io/atomic_write.h"
#include "coset/io/descriptor.h"
#include "coset/io/npy.h"

namespace coset::io {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = std::size_t{1} << 20;

/// A file that has no name: it is gone when its descriptor is closed.
class NamelessFile {
 public:
  NamelessFile(const fs::path& folder, const std::string& target) : target_(target) {
    std::string pattern = (folder / ".coset-spool-XXXXXX").string();
    descriptor_ = ::mkostemp(pattern.data(), O_CLOEXEC);
    check(descriptor_ >= 0, "cannot write ", target, ": ", errno_text());
    ::unlink(pattern.c_str());
    ::fchmod(descriptor_, 0666);  // nobody can open it any more; libzip copies the mode, and save_npz's has this one
  }
  ~NamelessFile() { ::close(descriptor_); }
  NamelessFile(const NamelessFile&) = delete;
  NamelessFile& operator=(const NamelessFile&) = delete;

  int descriptor() const { return descriptor_; }
  /// By this name it can be opened again while it exists.
  std::string name() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

  std::int64_t size() const {
    struct stat status {};
    return ::fstat(descriptor_, &status) == 0 ? static_cast<std::int64_t>(status.st_size) : 0;
  }
  std::int64_t tell() const { return ::lseek(descriptor_, 0, SEEK_CUR); }
  void seek(std::int64_t offset) { check(::lseek(descriptor_, offset, SEEK_SET) == offset, "cannot write ", target_); }
  void write(std::span<const std::byte> bytes) { write_all(descriptor_, bytes, target_); }

  void copy_to(AtomicFile& file) {
    std::vector<std::byte> piece(kPiece);
    const std::int64_t end = size();
    for (std::int64_t at = 0; at < end;) {
      const ssize_t got = ::pread(descriptor_, piece.data(), piece.size(), at);
      if (got < 0 && errno == EINTR) continue;
      check(got > 0, "cannot write ", target_, ": ", got == 0 ? "its bytes became fewer" : errno_text());
      file.write(std::span(piece).first(static_cast<std::size_t>(got)));
      at += got;
    }
  }

 private:
  std::string target_;
  int descriptor_ = -1;
};

/// What libzip writes its archive to. The reason of a failure is kept for the message.
struct Target {
  NamelessFile file;
  std::string reason = {};
  zip_error_t error = {};
};

zip_int64_t seek_target(Target& target, void* data, zip_uint64_t length) {
  const auto at = static_cast<zip_uint64_t>(target.file.tell()), end = static_cast<zip_uint64_t>(target.file.size());
  const zip_int64_t offset = zip_source_seek_compute_offset(at, end, data, length, &target.error);
  if (offset >= 0) target.file.seek(offset);
  return offset < 0 ? -1 : 0;
}

zip_int64_t answer(Target& target, void* data, zip_uint64_t length, zip_source_cmd_t command) {
  switch (command) {
    case ZIP_SOURCE_SUPPORTS:
      return zip_source_make_command_bitmap(ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, ZIP_SOURCE_OPEN,
                                            ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL,
                                            ZIP_SOURCE_BEGIN_WRITE, ZIP_SOURCE_WRITE, ZIP_SOURCE_SEEK_WRITE,
                                            ZIP_SOURCE_TELL_WRITE, ZIP_SOURCE_COMMIT_WRITE, ZIP_SOURCE_ROLLBACK_WRITE,
                                            ZIP_SOURCE_REMOVE, ZIP_SOURCE_SUPPORTS, -1);
    case ZIP_SOURCE_STAT: {
      auto* about = static_cast<zip_stat_t*>(data);
      zip_stat_init(about);
      about->size = static_cast<zip_uint64_t>(target.file.size());
      about->valid |= ZIP_STAT_SIZE;
      return sizeof(zip_stat_t);
    }
    case ZIP_SOURCE_ERROR:
      return zip_error_to_data(&target.error, data, length);
    case ZIP_SOURCE_SEEK_WRITE:
      return seek_target(target, data, length);
    case ZIP_SOURCE_TELL_WRITE:
      return target.file.tell();
    case ZIP_SOURCE_WRITE:
      target.file.write({static_cast<const std::byte*>(data), length});
      return static_cast<zip_int64_t>(length);
    case ZIP_SOURCE_READ:
    case ZIP_SOURCE_SEEK:
    case ZIP_SOURCE_TELL:
      zip_error_set(&target.error, ZIP_ER_OPNOTSUPP, 0);
      return -1;
    default:
      return 0;
  }
}

zip_int64_t answer_without_throwing(void* target, void* data, zip_uint64_t length, zip_source_cmd_t command) {
  auto& self = *static_cast<Target*>(target);
  try {
    return answer(self, data, length, command);
  } catch (const std::exception& error) {
    self.reason = error.what();
    zip_error_set(&self.error, ZIP_ER_WRITE, 0);
    return -1;
  }
}

fs::path folder_for(const std::string& path) {
  std::error_code error;
  fs::path target(path);
  if (fs::exists(target, error) && !fs::is_regular_file(target, error)) return fs::temp_directory_path();
  target = fs::weakly_canonical(target, error);
  check(fs::is_directory(target.parent_path(), error), "cannot write ", path, ": there is no folder ",
        fs::path(path).parent_path().string());
  return target.parent_path();
}

struct Region {
  std::int64_t begin = 0, filled = 0, size = 0;  ///< header included
};

}  // namespace

struct NpzWriter::Content {
  explicit Content(const std::string& target) : path(target), folder(folder_for(target)), values(folder, target) {}

  std::string path;
  fs::path folder;
  NamelessFile values;
  std::map<std::string, Region> arrays;
  std::int64_t end = 0;

  void write(Region& region, std::span<const std::byte> bytes) {
    values.seek(region.begin + region.filled);
    values.write(bytes);
    region.filled += std::ssize(bytes);
  }

  void add(zip_t* archive, const std::string& name, const Region& region) const {
    zip_source_t* source = zip_source_file(archive, values.name().c_str(), static_cast<zip_uint64_t>(region.begin),
                                           static_cast<zip_int64_t>(region.size));
    const zip_int64_t index =
        source == nullptr ? -1 : zip_file_add(archive, (name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) zip_source_free(source);
    constexpr zip_uint16_t kDate1980 = (1U << 5U) | 1U;  // as save_npz
    const auto member = static_cast<zip_uint64_t>(index);
    const bool added = index >= 0 && zip_set_file_compression(archive, member, ZIP_CM_STORE, 0) == 0 &&
                       zip_file_set_dostime(archive, member, 0, kDate1980, 0) == 0;
    check(added, path, ": cannot add array '", name, "' (", zip_strerror(archive), ")");
  }

  void build(Target& target) const {
    zip_error_init(&target.error);
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_function_create(answer_without_throwing, &target, &error);
    check(source != nullptr, path, ": cannot build the archive (", zip_error_strerror(&error), ")");
    std::unique_ptr<zip_t, void (*)(zip_t*)> archive(zip_open_from_source(source, ZIP_TRUNCATE, &error), zip_discard);
    if (!archive) zip_source_free(source);
    check(archive != nullptr, path, ": cannot build the archive (", zip_error_strerror(&error), ")");
    for (const auto& [name, region] : arrays) add(archive.get(), name, region);
    const bool closed = zip_close(archive.get()) == 0;
    check(closed, target.reason.empty() ? path + ": cannot build the archive (" + zip_strerror(archive.get()) + ")"
                                        : target.reason);
    static_cast<void>(archive.release());
  }
};

NpzWriter::NpzWriter(const std::string& path) : content_(std::make_unique<Content>(path)) {}

NpzWriter::~NpzWriter() = default;

bool NpzWriter::has(const std::string& name) const {
  return content_->arrays.count(name) == 1;
}

void NpzWriter::declare(const std::string& name, const std::string& dtype, const std::vector<std::int64_t>& shape) {
  check(!has(name), "[io::NpzWriter] expected each array once; received '", name, "' twice");
  const std::vector<std::byte> header = encode_npy_header(dtype, shape);
  const std::int64_t size = std::ssize(header) + checked_bytes(dtype, shape, content_->path + ": '" + name + "'");
  Region& region = content_->arrays[name];
  region = {content_->end, 0, size};
  content_->end += size;
  content_->write(region, header);
}

void NpzWriter::append(const std::string& name, std::span<const std::byte> values) {
  check(has(name), "[io::NpzWriter] expected a declared array; received '", name, "'");
  Region& region = content_->arrays.at(name);
  check(std::ssize(values) <= region.size - region.filled, "[io::NpzWriter] expected at most ",
        region.size - region.filled, " more bytes of '", name, "'; received ", values.size());
  content_->write(region, values);
}

void NpzWriter::commit() {
  for (const auto& [name, region] : content_->arrays)
    check(region.filled == region.size, "[io::NpzWriter] expected ", region.size - region.filled, " more bytes of '",
          name, "'; received none");
  Target target{.file = NamelessFile(content_->folder, content_->path)};
  content_->build(target);
  AtomicFile file(content_->path);
  target.file.copy_to(file);
  file.commit();
}

}  // namespace coset::io
