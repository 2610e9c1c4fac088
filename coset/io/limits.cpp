#include "coset/io/limits.h"

#include "coset/base/error.h"

namespace coset::io {

void check_json_depth(std::string_view json, const std::string& source) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      check(++depth <= kDeepest, source, ": expected maps and lists nested at most ", kDeepest, " deep");
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
}

std::string_view shallow_json(std::string_view json, const std::string& source) {
  check_json_depth(json, source);
  return json;
}

}  // namespace coset::io
