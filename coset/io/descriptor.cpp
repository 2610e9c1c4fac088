#include "coset/io/descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <utility>

#include "coset/base/error.h"

namespace coset::io {
namespace {

/// Blocks SIGXFSZ in this thread, and on leaving removes the one that a write of ours raised. Blocking is per thread,
/// where ignoring it would change the whole process under other threads' feet.
class FileSizeSignalHeld {
 public:
  FileSizeSignalHeld() {
    sigemptyset(&limit_);
    sigaddset(&limit_, SIGXFSZ);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGXFSZ) == 1;
    pthread_sigmask(SIG_BLOCK, &limit_, &before_);
  }
  ~FileSizeSignalHeld() {
    const int kept = errno;
    const timespec no_wait{};
    if (!was_pending_)
      while (sigtimedwait(&limit_, nullptr, &no_wait) == -1 && errno == EINTR) {
      }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = kept;
  }
  FileSizeSignalHeld(const FileSizeSignalHeld&) = delete;
  FileSizeSignalHeld& operator=(const FileSizeSignalHeld&) = delete;

 private:
  sigset_t limit_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

}  // namespace

std::string errno_text() {
  return std::strerror(errno);
}

void write_all(int descriptor, std::span<const std::byte> bytes, const std::string& path) {
  const FileSizeSignalHeld held;
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    check(written > 0, "cannot write ", path, ": ", written == 0 ? "nothing was accepted" : errno_text());
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

int open_regular_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe would wait for a writer
  check(descriptor >= 0, "cannot read ", path, ": ", errno_text());
  struct stat status {};
  if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) return descriptor;
  ::close(descriptor);
  fail("cannot read ", path, ": it is not a regular file");
}

AppendFile::AppendFile(const std::string& path)
    // Without O_NONBLOCK a pipe would wait for its reader here.
    : path_(path), descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666)) {
  check(descriptor_ >= 0, "cannot open ", path, " for appending: ", errno_text());
  struct stat status {};
  if (::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode)) return;
  ::close(descriptor_);
  fail("cannot open ", path, " for appending: it is not a regular file");
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

void AppendFile::append(std::span<const std::byte> record) {
  struct stat before {};
  const bool known = ::fstat(descriptor_, &before) == 0;
  check(known, "cannot inspect ", path_, ": ", errno_text());
  try {
    write_all(descriptor_, record, path_);
  } catch (const Error& error) {
    if (::ftruncate(descriptor_, before.st_size) != 0)
      fail(error.what(), "; the unfinished record could not be removed: ", errno_text());
    throw;
  }
}

}  // namespace coset::io
