/// What all layers of a plan share: their name in messages, the filter bank that is kept.
#include "coset/nn/regular/planned_conv.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "tests/laws/regular_laws.h"

namespace elsewhere {

/// A layer of someone else's: its class is in no namespace nn.
struct Layer : coset::nn::PlannedConv {
  explicit Layer(const coset::field::GridPtr& grid)
      : PlannedConv(coset::field::FieldType::trivial(grid, 1), coset::field::FieldType::regular(grid, 1),
                    coset::kernel::interpolated_lifting(*grid, {.size = 3}), {}, false) {}
};

}  // namespace elsewhere

namespace coset::nn {
namespace {

using field::shared_grid;
using laws::random_field;

TEST(PlannedConv, ClassesOfOtherNamespacesHaveTheirOwnName) {
  elsewhere::Layer layer(shared_grid("c4"));
  EXPECT_NO_THROW(layer.forward(random_field(layer.in(), 5, at::kFloat)));
  try {
    layer.forward(random_field(layer.out(), 5, at::kFloat));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("[elsewhere::Layer] expected", 0), 0U) << error.what();
  }
}

}  // namespace
}  // namespace coset::nn
