/// Rows whose channels lie side by side in whole vectors: the width that multiplicities are padded to.
#pragma once

#include <cstdint>

namespace coset::compute {

inline constexpr std::int64_t kLanePadding = 16;

inline std::int64_t padded(std::int64_t count) {
  return (count + kLanePadding - 1) / kLanePadding * kLanePadding;
}

}  // namespace coset::compute
