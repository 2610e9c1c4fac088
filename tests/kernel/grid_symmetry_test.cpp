#include "coset/kernel/grid_symmetry.h"

#include <gtest/gtest.h>

#include <array>

#include "coset/base/error.h"

namespace coset::kernel {
namespace {

TEST(GridSymmetry,
     AcceptsExactlyTheMirroredSamplings) {  // brute force: the set of window centres equals its mirror image
  for (std::int64_t n = 1; n < 20; ++n)
    for (std::int64_t k = 1; k < 5; ++k)
      for (std::int64_t s = 1; s < 4; ++s)
        for (std::int64_t p = 0; p < 3; ++p)
          for (std::int64_t d = 1; d < 4; ++d) {
            const Window window{k, s, p, d};
            const std::int64_t count = output_size(n, window);
            if (count < 1) continue;
            const std::int64_t first = 2 * (-p) + d * (k - 1), last = first + 2 * s * (count - 1);  // twice the centres
            EXPECT_EQ(keeps_symmetry(n, window), first + last == 2 * (n - 1))
                << n << " " << k << " " << s << " " << p << " " << d;
          }
}

std::string message(std::int64_t size, const Window& window) {
  try {
    check_grid_symmetry("nn::spatial_pool", std::array{size, size}, window);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(GridSymmetry, NamesTheSizesThatWork) {
  EXPECT_EQ(message(28, {2, 2, 0, 1}), "");
  EXPECT_NE(message(47, {2, 2, 0, 1}).find("received 47 cells; 46 or 48 would work"), std::string::npos)
      << message(47, {2, 2, 0, 1});
  EXPECT_NE(message(32, {3, 2, 1, 1}).find("31 or 33"), std::string::npos);  // odd kernel, stride 2: odd sizes
  EXPECT_NE(message(2, {5, 1, 0, 1}).find("at least 5"), std::string::npos);
}

}  // namespace
}  // namespace coset::kernel
