#include "coset/io/array.h"

#include <cmath>
#include <limits>

#include "tests/io/scratch.h"

namespace coset::io {
namespace {

TEST(Array, KeepsValuesThroughItsOwnType) {
  const std::vector<std::int64_t> values{-1, 0, std::numeric_limits<std::int64_t>::max()};
  const Array array = Array::from(values, {3});
  EXPECT_EQ(array.dtype, "i8");
  EXPECT_EQ(array.as<std::int64_t>(), values);
}

TEST(Array, ReadsHalfAndBrainFloats) {
  const auto raw = [](std::string dtype, std::vector<std::uint16_t> bits) {
    Array array = Array::from(bits, {std::ssize(bits)});
    array.dtype = std::move(dtype);
    return array.as_doubles();
  };
  // one, smallest normal, smallest subnormal, largest, infinity, negative zero
  const auto half = raw("f2", {0x3c00, 0x0400, 0x0001, 0x7bff, 0x7c00, 0x8000});
  EXPECT_EQ(half, (std::vector<double>{1.0, std::ldexp(1.0, -14), std::ldexp(1.0, -24), 65504.0, INFINITY, 0.0}));
  EXPECT_TRUE(std::signbit(half[5]));
  EXPECT_TRUE(std::isnan(raw("f2", {0x7e00})[0]));
  EXPECT_EQ(raw("bf16", {0x3f80, 0xc040}), (std::vector<double>{1.0, -3.0}));
}

TEST(Array, RefusesInexactIntegers) {
  const auto to_int = [](double value) {
    return error_of([&] { Array::from(std::vector<double>{value}, {1}).as<std::int32_t>(); });
  };
  EXPECT_EQ(to_int(-7.0), "");
  EXPECT_EQ(to_int(0.5), "[io::Array::as] expected whole numbers that fit i4; received 0.5 at index 0");
  EXPECT_NE(to_int(NAN), "");
  EXPECT_NE(to_int(2147483648.0), "");
  EXPECT_EQ(to_int(-2147483648.0), "");
  EXPECT_NE(error_of([] { Array::from(std::vector<std::int32_t>{-1}, {1}).as<std::uint8_t>(); }), "");
  EXPECT_NE(error_of([] { Array::from(std::vector<double>{9223372036854775808.0}, {1}).as<std::int64_t>(); }), "");
}

TEST(Array, RefusesShapesThatDoNotFit) {
  EXPECT_NE(error_of([] { Array::from(std::vector<float>{1, 2}, {3}); }), "");
  EXPECT_NE(error_of([] { Array::from(std::vector<float>{}, {-1}); }), "");
  EXPECT_NE(error_of([] { checked_bytes("f8", std::vector<std::int64_t>{1LL << 40, 1LL << 40}, "here"); }), "");
  EXPECT_EQ(checked_bytes("f8", std::vector<std::int64_t>{1LL << 40, 0, 8}, "here"), 0);
}

}  // namespace
}  // namespace coset::io
