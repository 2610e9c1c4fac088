#include "coset/report/markup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>

namespace coset::report {

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string figure(double value) {
  if (std::isnan(value)) return "not a number";
  if (value == std::trunc(value) && std::abs(value) < 1e15) {
    std::string digits = fmt::format("{:.0f}", std::abs(value));
    for (auto at = std::ssize(digits) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
    return (value < 0 ? "−" : "") + digits;
  }
  const double size = std::abs(value);
  return size < 1e-3 || size >= 1e6 ? fmt::format("{:.2e}", value) : fmt::format("{:.4g}", value);
}

std::string words(const std::string& key) {
  std::string text;
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find('_', begin), key.size());
    std::string part = key.substr(begin, end - begin);
    if (part == "mse" || part == "mae")
      std::transform(part.begin(), part.end(), part.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (part == "val") part = "validation";
    text += (text.empty() ? "" : " ") + part;
    begin = end + 1;
  }
  return escaped(text);
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      group = (group << 8U) | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= count ? kDigits[(group >> (18U - 6U * k)) & 63U] : '=';
  }
  return text;
}

}  // namespace coset::report
