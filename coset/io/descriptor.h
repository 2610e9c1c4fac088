/// Writing to file descriptors with errors instead of signals; shared by the writers of this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace coset::io {

/// Writes all of `bytes`; throws coset::Error "cannot write PATH: reason". A file-size limit (RLIMIT_FSIZE) arrives as
/// that error too: the signal the kernel raises with it is held back and taken off this thread's queue.
void write_all(int descriptor, std::span<const std::byte> bytes, const std::string& path);

/// "No space left on device" for the present errno.
std::string errno_text();

/// A descriptor of a regular file, for reading; the caller closes it.
/// @throws coset::Error "cannot read PATH: reason", also for a pipe or a device, at once
int open_regular_file(const std::string& path);

/// A file that grows record by record. Each append is whole or not there: a failed write is cut off again.
class AppendFile {
 public:
  /// Opens or creates `path` and continues at its end.
  explicit AppendFile(const std::string& path);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;

  void append(std::span<const std::byte> record);
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int descriptor_ = -1;
};

}  // namespace coset::io
