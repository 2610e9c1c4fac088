/// Reading zip archives: members by name, sizes and checksums verified. Private to this room.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace coset::io {

class ZipReader {
 public:
  /// @param what  "an npz archive", for the message when the file is none
  /// @throws coset::Error "PATH: ..." when the file is absent, not a zip archive, or cut short
  ZipReader(const std::string& path, const std::string& what);
  ~ZipReader();

  std::size_t size() const { return names_.size(); }
  const std::string& name(std::size_t index) const { return names_[index]; }
  /// size() when there is no such member.
  std::size_t find(const std::string& name) const;
  /// @param label  begins messages. @throws coset::Error on a damaged member
  std::vector<std::byte> read(std::size_t index, const std::string& label) const;
  std::size_t file_bytes() const { return file_.size(); }

 private:
  struct Archive;
  std::vector<std::byte> file_;
  std::unique_ptr<Archive> archive_;
  std::vector<std::string> names_;
};

}  // namespace coset::io
