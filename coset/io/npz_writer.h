/// Writing an npz archive whose arrays arrive in pieces, several at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace coset::io {

/// Arrays are declared with their shape and then appended to, in any order; commit() writes the bytes that save_npz
/// writes for the same arrays, stored and not deflated.
///
/// Memory does not grow with the arrays: values and archive wait in files without a name in the target's folder (in the
/// folder for temporary files where the target is a stream). They vanish with the process, however it ends.
/// Cost: each value is written to the disk three times.
class NpzWriter {
 public:
  /// Nothing is at `path` before commit(). @throws coset::Error "cannot write PATH: ..."
  explicit NpzWriter(const std::string& path);
  ~NpzWriter();
  NpzWriter(const NpzWriter&) = delete;
  NpzWriter& operator=(const NpzWriter&) = delete;

  bool has(const std::string& name) const;
  /// @throws coset::Error for a dtype that numpy lacks, and a name declared twice
  void declare(const std::string& name, const std::string& dtype, const std::vector<std::int64_t>& shape);
  /// The next values of a declared array, C order, little endian.
  /// @throws coset::Error on more than its shape holds, and where the disk takes no more
  void append(const std::string& name, std::span<const std::byte> values);
  /// Puts the archive in place, atomically (coset/io/atomic_write.h). @throws coset::Error where values are missing
  void commit();

 private:
  struct Content;
  std::unique_ptr<Content> content_;
};

}  // namespace coset::io
