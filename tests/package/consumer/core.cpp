// A program that needs representation theory and no LibTorch.
#include <cstdio>

#include "coset/rep/irreps.h"

int main() {
  const coset::rep::Irreps irreps("8x0e + 4x1o");
  std::printf("%s has dimension %lld\n", irreps.to_string().c_str(), static_cast<long long>(irreps.dim()));
  return irreps.dim() == 20 ? 0 : 1;
}
