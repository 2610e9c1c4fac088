/// The limits every reader of text keeps to: files are handed over by strangers, and a short one can claim to be
/// endless.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace coset::io {

inline constexpr std::size_t kLargestText = std::size_t{1} << 20;  ///< bytes of settings, as YAML or JSON
inline constexpr int kDeepest = 32;                                ///< objects and lists inside each other

/// Throws coset::Error, beginning with `source`, unless objects and lists of the JSON text nest at most kDeepest deep.
/// Looks at brackets outside of texts only, so the text may be handed to a recursive parser afterwards. Cost: one pass.
void check_json_depth(std::string_view json, const std::string& source);

/// The text itself, once check_json_depth holds: Json::parse(io::shallow_json(text, source)).
std::string_view shallow_json(std::string_view json, const std::string& source);

}  // namespace coset::io
