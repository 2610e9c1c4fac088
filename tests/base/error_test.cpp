#include "coset/base/error.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/laws/comma_locale.h"

namespace coset {
namespace {

TEST(Error, NamesExpectationAndWhatCame) {
  try {
    check(1 == 2, "[test] expected ", 1, "; received ", 2.5);
    FAIL() << "check let a false condition pass";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "[test] expected 1; received 2.5");
  }
  EXPECT_NO_THROW(check(true, "never built"));
}

TEST(Error, DoesNotFollowTheLocaleOfItsHost) {
  const laws::CommaLocale host;
  try {
    fail("[test] received ", 1234567, " and ", 1.5);
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "[test] received 1234567 and 1.5");
  }
}

TEST(Error, ShapeText) {
  const std::array<std::int64_t, 3> shape{2, 3, 5};
  EXPECT_EQ(shape_text(shape), "(2, 3, 5)");
  EXPECT_EQ(shape_text({}), "()");
}

TEST(Error, NearestWordFindsTheTypoAndRefusesStrangers) {
  const std::array<std::string, 3> known{"epochs", "batch_size", "lr"};
  EXPECT_EQ(nearest_word("epoch", known), "epochs");
  EXPECT_EQ(nearest_word("batchsize", known), "batch_size");
  EXPECT_EQ(nearest_word("zzzzzz", known), "");
}

}  // namespace
}  // namespace coset
