#include "coset/io/atomic_write.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "coset/base/error.h"
#include "coset/io/descriptor.h"

namespace coset::io {
namespace {

namespace fs = std::filesystem;

/// Writing through a symbolic link replaces the file it points to, not the link.
fs::path resolved_target(const std::string& path) {
  std::error_code error;
  fs::path target(path);
  if (fs::is_symlink(fs::symlink_status(target, error))) target = fs::weakly_canonical(target, error);
  check(!target.filename().empty(), "cannot write ", path, ": not a file name");
  const fs::file_status status = fs::status(target, error);
  check(!fs::exists(status) || fs::is_regular_file(status), "cannot write ", path, ": it exists and is not a file");
  return target;
}

fs::path folder_of(const fs::path& target) {
  return target.has_parent_path() ? target.parent_path() : fs::path(".");
}

std::string temporary_prefix(const fs::path& target) {
  return "." + target.filename().string() + ".coset-tmp-";
}

/// PREFIX and two numbers: the names AtomicFile gives, and no file of anybody else.
bool is_ours(const std::string& name, const std::string& prefix) {
  if (!name.starts_with(prefix)) return false;
  const std::string_view numbers = std::string_view(name).substr(prefix.size());
  const std::size_t dash = numbers.find('-');
  const auto digits = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return dash != std::string_view::npos && digits(numbers.substr(0, dash)) && digits(numbers.substr(dash + 1));
}

/// A writer holds a lock on its hidden file, so one without a lock belongs to a process that is gone.
void remove_abandoned(const fs::path& target) {
  const std::string prefix = temporary_prefix(target);
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_of(target), error)) {
    if (!is_ours(entry.path().filename().string(), prefix)) continue;
    const int descriptor = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (descriptor < 0) continue;
    struct stat status {};
    const bool own = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == ::geteuid();
    if (own && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0) ::unlink(entry.path().c_str());
    ::close(descriptor);
  }
}

/// Creates `path` with a lock on it. Between the two another writer may have taken the file for an abandoned one and
/// removed it: -1 with errno 0 then.
int create_locked(const std::string& path, mode_t mode) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) return -1;
  while (::flock(descriptor, LOCK_EX) != 0 && errno == EINTR) {
  }
  struct stat held {};
  struct stat named {};
  if (::fstat(descriptor, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino)
    return descriptor;
  ::close(descriptor);
  errno = 0;
  return -1;
}

void force_folder_to_disk(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);  // some file systems refuse this; the content itself is already on the disk
  ::close(descriptor);
}

/// A descriptor of what takes bytes as they come and cannot be replaced: a standard stream, a pipe with a reader. -1
/// for anything else.
int open_stream(const std::string& path) {
  if (path == "/dev/stdout") return ::dup(STDOUT_FILENO);
  if (path == "/dev/stderr") return ::dup(STDERR_FILENO);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISFIFO(status.st_mode)) return -1;
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);  // a pipe nobody reads: an error
  check(descriptor >= 0, "cannot write ", path, ": ", errno_text());
  ::fcntl(descriptor, F_SETFL, 0);
  return descriptor;
}

}  // namespace

AtomicFile::AtomicFile(const std::string& path) {
  descriptor_ = open_stream(path);
  if (descriptor_ >= 0) {
    target_ = path;
    return;
  }
  static std::atomic<unsigned> counter{0};
  const fs::path target = resolved_target(path);
  target_ = target.string();
  std::error_code error;
  check(fs::is_directory(folder_of(target), error), "cannot write ", path, ": there is no folder ",
        folder_of(target).string());
  remove_abandoned(target);
  // What replaces a private file is private from its first byte.
  struct stat old {};
  const bool replaces = ::stat(target_.c_str(), &old) == 0;
  do {
    const std::string unique = std::to_string(::getpid()) + "-" + std::to_string(counter++);
    temporary_ = (folder_of(target) / (temporary_prefix(target) + unique)).string();
    descriptor_ = create_locked(temporary_, replaces ? 0600 : 0666);
  } while (descriptor_ < 0 && (errno == 0 || errno == EEXIST));
  check(descriptor_ >= 0, "cannot write ", path, ": ", errno_text());
  if (replaces) ::fchmod(descriptor_, old.st_mode & 07777U);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  COSET_ASSERT(descriptor_ >= 0);
  write_all(descriptor_, bytes, target_);
}

void AtomicFile::commit() {
  COSET_ASSERT(descriptor_ >= 0);
  if (temporary_.empty()) {
    ::close(descriptor_);
    descriptor_ = -1;
    return;
  }
  // Each call stands alone: arguments are evaluated in any order, and errno is read after it.
  const bool forced = ::fsync(descriptor_) == 0;
  check(forced, "cannot write ", target_, ": ", errno_text());
  const bool renamed = ::rename(temporary_.c_str(), target_.c_str()) == 0;
  check(renamed, "cannot write ", target_, ": ", errno_text());
  ::close(descriptor_);
  descriptor_ = -1;
  force_folder_to_disk(folder_of(target_));
}

void atomic_write(const std::string& path, std::span<const std::byte> bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void atomic_write(const std::string& path, std::string_view text) {
  atomic_write(path, std::as_bytes(std::span(text)));
}

namespace {

template <class Container>
Container read_whole(const std::string& path) {
  const int descriptor = open_regular_file(path);
  struct stat status {};
  Container content(::fstat(descriptor, &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0, {});
  std::size_t filled = 0;
  ssize_t count = 0;
  while (filled < content.size()) {
    count = ::read(descriptor, content.data() + filled, content.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    filled += static_cast<std::size_t>(count);
  }
  const std::string reason = count < 0 ? errno_text() : "it became shorter while being read";
  ::close(descriptor);
  check(filled == content.size(), "cannot read ", path, ": ", reason);
  return content;
}

}  // namespace

std::vector<std::byte> read_file(const std::string& path) {
  return read_whole<std::vector<std::byte>>(path);
}

std::string read_text_file(const std::string& path) {
  return read_whole<std::string>(path);
}

}  // namespace coset::io
