/// Text from outside (names of files, of arrays, of keys) as it may stand on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace coset {

/// `text` with every control character written out ("\x1b", "\n"): a name cannot clear the screen or forge a line.
/// Other bytes, UTF-8 among them, stay as they are.
inline std::string printable(std::string_view text) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f)
      out += c;
    else if (c == '\n')
      out += "\\n";
    else
      out += std::string("\\x") + kDigits[byte / 16] + kDigits[byte % 16];
  }
  return out;
}

}  // namespace coset
