#include "coset/math/factorial.h"

#include <array>

#include "coset/base/error.h"

namespace coset::math {
namespace {

using Table = std::array<long double, kMaxFactorial + 1>;

Table make_table(int step) {
  Table table{};
  for (int n = 0; n <= kMaxFactorial; ++n) table[n] = n < step ? 1.0L : static_cast<long double>(n) * table[n - step];
  return table;
}

}  // namespace

long double factorial(int n) {
  check(n >= 0 && n <= kMaxFactorial, "[math::factorial] expected 0 <= n <= ", kMaxFactorial, "; received n = ", n);
  static const Table table = make_table(1);
  return table[n];
}

long double double_factorial(int n) {
  check(n >= -1 && n <= kMaxFactorial, "[math::double_factorial] expected -1 <= n <= ", kMaxFactorial,
        "; received n = ", n);
  static const Table table = make_table(2);
  return n < 0 ? 1.0L : table[n];
}

}  // namespace coset::math
