/* Debian's headers of LAMMPS include fmt/format.h without shipping the version they mean. The declarations below are all
 * that they need; pair_style coset calls none of the functions that use them. */
#pragma once

#include <string>

namespace fmt {

struct format_args {};
using string_view = const std::string&;

template <typename... Args>
format_args make_args_checked(const std::string&, const Args&...) {
  return {};
}

}  // namespace fmt
