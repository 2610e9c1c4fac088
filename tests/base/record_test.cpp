#include "coset/base/record.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "coset/base/error.h"

namespace coset {
namespace {

TEST(Record, RoundTripsNumbersExactly) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const auto bits = random();
    double value = 0.0;
    static_assert(sizeof bits == sizeof value);
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    RecordReader reader("x=" + exact_text(value), "test");
    const double back = reader.number("x");
    EXPECT_EQ(std::memcmp(&back, &value, sizeof value), 0) << exact_text(value);
  }
  EXPECT_THROW(exact_text(std::numeric_limits<double>::infinity()), Error);
}

TEST(Record, RoundTripsAnyBytesOfAWord) {
  std::string bytes;
  for (int c = 0; c < 256; ++c) bytes += static_cast<char>(c);
  const std::string text = RecordWriter().word("name", bytes).integer("n", -3).flag("on", true).text();
  EXPECT_EQ(text.find('\n'), std::string::npos);
  RecordReader reader(text, "test");
  EXPECT_EQ(reader.word("name"), bytes);
  EXPECT_EQ(reader.integer("n", -5), -3);
  EXPECT_TRUE(reader.flag("on"));
  EXPECT_NO_THROW(reader.end());
}

std::string refusal(const std::string& text) {
  try {
    RecordReader reader(text, "test::parse");
    reader.integer("a", 0, 9);
    reader.numbers("b", 2);
    reader.plain("c");
    reader.end();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Record, SaysInOneLineWhatIsWrong) {
  EXPECT_EQ(refusal("a=1 b=1,2 c=x"), "");
  for (const std::string bad :
       {"", " ", "a", "a=", "a=10 b=1,2 c=x", "a=1  b=1,2 c=x", "a=1 b=1 c=x", "a=1 b=1,2,3 c=x", "a=1 b=1,2, c=x",
        "a=1 b=1,,2 c=x", "a=1 b=nan,1 c=x", "a=1 b=1e999,1 c=x", "a=1 b=1,2 c=x d=1", "a=1 b=1,2 c=x ",
        "b=1,2 a=1 c=x", "a=1 b=1,2 c=\n", "a=1 b=1,2 c=%0a", "a=0x1 b=1,2 c=x", "a=1 b=1,2\tc=x"}) {
    const std::string message = refusal(bad);
    EXPECT_TRUE(message.starts_with("[test::parse] expected ")) << bad;
    EXPECT_NE(message.find("; received "), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_LT(message.size(), 200U);
  }
  EXPECT_NE(refusal(std::string(kLongestRecord + 1, 'a')).find("characters"), std::string::npos);
  EXPECT_LT(refusal("a=1 b=1,2 c=x" + std::string(100000, '\n')).size(), 200U);
}

}  // namespace
}  // namespace coset
