/// Chemical symbols and atomic numbers.
#pragma once

#include <string>

namespace coset::io {

inline constexpr int kElements = 118;

/// "H" of 1. @throws coset::Error unless 1 <= number <= kElements
const std::string& element_symbol(int number);
/// 1 of "H"; 0 for a word that is no element. Case matters, as in formulas.
int element_number(const std::string& symbol);

}  // namespace coset::io
