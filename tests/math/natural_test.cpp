#include "coset/math/natural.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "coset/math/factorial.h"
#include "tests/laws/tolerance.h"

namespace coset::math {
namespace {

TEST(Natural, BinomialsObeyPascalBeyond64Bits) {
  for (const int n : {1, 7, 31, 64, 130, 300})
    for (int k = 0; k <= n; k += 1 + n / 9) {
      Natural sum = binomial(n - 1, k - 1);
      sum += binomial(n - 1, k);
      EXPECT_TRUE(sum == binomial(n, k)) << n << " over " << k;
      sum -= binomial(n - 1, k);
      EXPECT_TRUE(sum == binomial(n - 1, k - 1)) << n << " over " << k;
    }
}

TEST(Natural, ConvertsToLongDouble) {
  EXPECT_EQ(Natural().to_long_double(), 0.0L);
  EXPECT_EQ(Natural(4000000000U).to_long_double(), 4e9L);
  const long double exact = factorial(200) / (factorial(100) * factorial(100));
  EXPECT_LT(std::abs(static_cast<double>(binomial(200, 100).to_long_double() / exact - 1.0L)), laws::kAlgebra);
}

TEST(Natural, OrdersByValue) {
  EXPECT_TRUE(Natural(3) < Natural(4));
  EXPECT_FALSE(Natural(4) < Natural(4));
  EXPECT_TRUE(binomial(70, 30) < binomial(70, 35));
  EXPECT_TRUE(Natural(4000000000U) < binomial(70, 35));
}

TEST(Factorial, MatchesProductsAndNamesItsRange) {
  EXPECT_EQ(factorial(0), 1.0L);
  EXPECT_EQ(factorial(20), 2432902008176640000.0L);
  EXPECT_EQ(double_factorial(-1), 1.0L);
  EXPECT_EQ(double_factorial(7), 105.0L);
  EXPECT_EQ(double_factorial(8), 384.0L);
  EXPECT_TRUE(std::isfinite(factorial(kMaxFactorial)));
  EXPECT_THROW(factorial(-1), Error);
  EXPECT_THROW(factorial(kMaxFactorial + 1), Error);
}

}  // namespace
}  // namespace coset::math
