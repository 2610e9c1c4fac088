#include "coset/io/elements.h"

#include <array>
#include <unordered_map>

#include "coset/base/error.h"

namespace coset::io {

namespace {

const std::array<std::string, kElements> kSymbols = {
    "H",  "He", "Li", "Be", "B",  "C",  "N",  "O",  "F",  "Ne", "Na", "Mg", "Al", "Si", "P",  "S",  "Cl",
    "Ar", "K",  "Ca", "Sc", "Ti", "V",  "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se",
    "Br", "Kr", "Rb", "Sr", "Y",  "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb",
    "Te", "I",  "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er",
    "Tm", "Yb", "Lu", "Hf", "Ta", "W",  "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po", "At",
    "Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U",  "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No",
    "Lr", "Rf", "Db", "Sg", "Bh", "Hs", "Mt", "Ds", "Rg", "Cn", "Nh", "Fl", "Mc", "Lv", "Ts", "Og"};

}  // namespace

const std::string& element_symbol(int number) {
  check(number >= 1 && number <= kElements, "[io::element_symbol] expected an atomic number from 1 to ", kElements,
        "; received ", number);
  return kSymbols[static_cast<std::size_t>(number) - 1];
}

int element_number(const std::string& symbol) {
  static const std::unordered_map<std::string, int> numbers = [] {
    std::unordered_map<std::string, int> map;
    for (int n = 1; n <= kElements; ++n) map[element_symbol(n)] = n;
    return map;
  }();
  const auto found = numbers.find(symbol);
  return found == numbers.end() ? 0 : found->second;
}

}  // namespace coset::io
