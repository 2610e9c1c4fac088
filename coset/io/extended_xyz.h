/// Extended XYZ: frames of atoms as text, each with a line of key=value pairs and named columns.
///
///   2
///   Lattice="5.43 0 0 0 5.43 0 0 0 5.43" Properties=species:S:1:pos:R:3:forces:R:3 energy=-10.8 pbc="T T T"
///   Si 0.0 0.0 0.0  0.01 0.00 0.00
///   Si 1.3 1.4 1.3 -0.01 0.00 0.00
///
/// Read: everything that ASE writes: quotes of both kinds, arrays in brackets and braces, keys without value (true),
/// columns in any order, any number of frames, and plain XYZ (symbol and three coordinates, any comment). Values keep
/// their text, so that what is not understood is written again as it came. Source: the extxyz specification (libatoms)
/// and ase.io.extxyz.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace coset::io {

/// A named column of `width` words an atom. Type S text, R real, I whole, L logical.
struct XyzColumn {
  std::string name;
  char type = 'R';
  int width = 1;
  std::vector<std::string> texts;  ///< S and L: (atoms, width)
  std::vector<double> numbers;     ///< R and I: (atoms, width)
};

struct XyzFrame {
  std::int64_t atoms = 0;
  std::vector<std::pair<std::string, std::string>> info;  ///< without Properties; unquoted
  std::vector<XyzColumn> columns;
  bool extended = true;  ///< false: the comment line was none of key=value pairs and stands in info as "comment"

  const std::string* find(const std::string& key) const;
  void set(const std::string& key, const std::string& value);
  const XyzColumn* column(const std::string& name) const;
  /// The column of that name, made or overwritten.
  void set_column(XyzColumn column);
};

/// @throws coset::Error "PATH:LINE: ..." on a count that is none, too few lines, a row with another number of words, a
/// word that is no number
std::vector<XyzFrame> read_extended_xyz(const std::string& path);
std::vector<XyzFrame> parse_extended_xyz(const std::string& text, const std::string& name);

/// Numbers in the shortest form that reads back as the same double.
std::string format_extended_xyz(const std::vector<XyzFrame>& frames);
/// Atomic.
void write_extended_xyz(const std::string& path, const std::vector<XyzFrame>& frames);

/// All numbers in a value ("1 2 3", "[[1, 2], [3, 4]]", "{1 2}"); nothing when a word is no number.
std::optional<std::vector<double>> xyz_numbers(const std::string& value);
/// All truth values in a value: T, F, true, false, True, False, 1, 0.
std::optional<std::vector<bool>> xyz_flags(const std::string& value);

}  // namespace coset::io
