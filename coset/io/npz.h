/// numpy's .npz format: a zip archive of .npy files, stored or deflated.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "coset/base/error.h"
#include "coset/io/array.h"

namespace coset::io {

/// Array name (the member's name without ".npy") to array.
using Arrays = std::map<std::string, Array>;

/// An array of an archive, read from its beginning in pieces of whole rows (index of the first axis); a scalar is one
/// row. Valid as long as the NpzFile it came from. Memory is that of a piece, except for an array in Fortran order, in
/// which a row lies everywhere: it is held whole.
class NpzRows {
 public:
  ~NpzRows();
  NpzRows(NpzRows&&) noexcept;
  NpzRows& operator=(NpzRows&&) noexcept;

  std::int64_t left() const;
  std::int64_t row_bytes() const;
  /// The next `count` rows, or those that are left: dtype and shape of the whole but for the first extent.
  /// @throws coset::Error "PATH: array 'NAME' ..." where bytes are missing or their checksum, known at the end, is wrong
  Array next(std::int64_t count);

 private:
  friend class NpzFile;
  struct Content;
  explicit NpzRows(std::unique_ptr<Content> content);
  std::unique_ptr<Content> content_;
};

/// An archive whose arrays are read when they are asked for: what nobody asks for (texts, objects, anything large)
/// costs nothing and spoils nothing. Members of the folder __MACOSX, which macOS adds, are no arrays.
class NpzFile {
 public:
  /// @throws coset::Error "PATH: ..." when the file is absent, not a zip archive, cut short, or names an array twice
  explicit NpzFile(const std::string& path);
  ~NpzFile();
  NpzFile(NpzFile&&) noexcept;
  NpzFile& operator=(NpzFile&&) noexcept;

  const std::string& path() const;
  /// In the order of the archive.
  std::vector<std::string> names() const;
  bool contains(const std::string& name) const;
  /// Memory grows with the bytes that are there, not with what the archive claims; sizes and checksum are verified.
  /// @throws coset::Error on a name that is absent, an array that holds no numbers, a damaged one, and one that
  /// unpacks to more than 256 MiB and 100 times its packed size
  Array read(const std::string& name) const;
  /// What the array is, from its header; `data` stays empty. @throws as read
  Array describe(const std::string& name) const;
  /// The array in pieces. @throws as read
  NpzRows rows(const std::string& name) const;
  /// Why an array cannot be read, from its header and sizes alone; "" where nothing speaks against it.
  std::string obstacle(const std::string& name) const;

 private:
  struct Content;
  std::unique_ptr<Content> content_;
};

/// The arrays named in `only` (absent ones are an error that lists what is there), or every array of numbers; what
/// else the archive holds is left out, and each written to `left_out` as "NAME: reason" where that is given.
Arrays load_npz(const std::string& path, const std::vector<std::string>& only = {},
                std::vector<std::string>* left_out = nullptr);

/// Writes the arrays atomically (coset/io/atomic_write.h); deflated when `compressed`. Two calls with the same arrays
/// write the same bytes.
void save_npz(const std::string& path, const Arrays& arrays, bool compressed = false);

}  // namespace coset::io
