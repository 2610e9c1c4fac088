/// Whole files, written so that a reader sees the old content or the new content and never anything between.
///
/// The bytes go to a hidden file in the same folder, are forced to the disk, and take the target's place by rename.
/// When anything fails (no space, a file-size limit, no permission) the hidden file is removed, the target stays as it
/// was and coset::Error says what happened. SIGXFSZ is held back while writing, so a file-size limit is an error like
/// any other. A hidden file left by a killed process is removed by the next write to the same target. Standard output
/// and error (/dev/stdout, /dev/stderr) and pipes are streams: they are written to, not replaced.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coset::io {

/// Creates or replaces `path`. @throws coset::Error when the folder is missing, the target is not a regular file, or
/// the write fails.
void atomic_write(const std::string& path, std::span<const std::byte> bytes);
void atomic_write(const std::string& path, std::string_view text);

/// The same for content that is produced piece by piece.
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& path);
  ~AtomicFile();
  AtomicFile& operator=(AtomicFile&&) = delete;  // and so no copies

  void write(std::span<const std::byte> bytes);
  /// Puts the content in place; without this call the destructor discards it.
  void commit();

 private:
  std::string target_;
  std::string temporary_;
  int descriptor_ = -1;
};

/// The whole of a regular file. @throws coset::Error when it is absent or unreadable.
std::vector<std::byte> read_file(const std::string& path);
std::string read_text_file(const std::string& path);

}  // namespace coset::io
