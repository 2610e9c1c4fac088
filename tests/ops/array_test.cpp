#include "coset/ops/array.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"

namespace coset::ops {
namespace {

TEST(Array, EveryElementTypeComesBackBitForBit) {
  at::manual_seed(3);
  for (const auto type : {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kShort, at::kChar,
                          at::kByte, at::kBool}) {
    for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{}, {0}, {7}, {2, 0, 3}, {2, 3, 4}}) {
      const Tensor before = at::randint(0, 2, shape, at::kFloat).to(type);
      const io::Array array = to_array(before);
      EXPECT_EQ(array.shape, shape);
      const Tensor after = to_tensor(array);
      EXPECT_EQ(after.scalar_type(), type);
      EXPECT_TRUE(at::equal(after, before)) << array.dtype;
    }
  }
  const Tensor turned = at::arange(6, at::kDouble).view({2, 3}).t();
  EXPECT_TRUE(at::equal(to_tensor(to_array(turned)), turned));
}

TEST(Array, CopiesPlainNumbers) {
  std::vector<double> reals{0.1, -2.0};
  std::vector<std::int64_t> places{1'000'000'007, 0, -1};
  const Tensor real = real_tensor(reals), index = index_tensor(places);
  EXPECT_EQ(real.scalar_type(), at::kDouble);
  EXPECT_EQ(index.scalar_type(), at::kLong);
  const double first = reals[0];
  reals[0] = 5.0, places[0] = 5;
  EXPECT_EQ(real[0].item<double>(), first);
  EXPECT_EQ(index[0].item<std::int64_t>(), 1'000'000'007);
  EXPECT_EQ(index.size(0), 3);
  EXPECT_EQ(real_tensor({}).size(0), 0);
  EXPECT_EQ(index_tensor({}).size(0), 0);
}

TEST(Array, RefusesWhatHasNoCounterpart) {
  EXPECT_THROW(to_array(at::zeros({2}, at::kComplexFloat)), Error);
  io::Array array = to_array(at::zeros({2}, at::kLong));
  array.dtype = "u8";
  try {
    to_tensor(array, "x.safetensors: 'w'");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("x.safetensors: 'w': expected dtype f2"), 0U) << error.what();
  }
}

}  // namespace
}  // namespace coset::ops
