#include "coset/base/words.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"

namespace coset {
namespace {

enum class Colour { red, green, blue };
constexpr std::array kColours{Word{Colour::red, "red"}, Word{Colour::green, "green"}, Word{Colour::blue, "blue"}};

std::string error_of(const char* text) {
  try {
    parse_word("test::colour", text, kColours);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Words, ReadAndWriteEveryValue) {
  for (const auto& [value, text] : kColours) {
    EXPECT_EQ(parse_word("test::colour", text, kColours), value);
    EXPECT_STREQ(word_of(value, kColours), text);
  }
  EXPECT_STREQ(word_of(static_cast<Colour>(9), kColours), "?");
}

TEST(Words, NameTheNearest) {
  EXPECT_EQ(error_of("gren"), "[test::colour] expected red, green or blue; received 'gren'; did you mean 'green'?");
  EXPECT_EQ(error_of("ultraviolet"), "[test::colour] expected red, green or blue; received 'ultraviolet'");
}

}  // namespace
}  // namespace coset
