#include "coset/field/signature.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "tests/io/scratch.h"

namespace coset::field {
namespace {

Signature clouds() {
  Signature signature;
  signature.inputs = {{.name = "positions", .shape = {"B", "n", "3"}, .action = Action::position},
                      {.name = "charges", .shape = {"B", "n"}}};
  signature.outputs = {{.name = "energy", .shape = {"B"}, .unit = "eV"}};
  return signature;
}

std::string complaint(const NamedValues& values) {
  return io::error_of([&] { expect_inputs("model::Toy", clouds(), values); });
}

TEST(Signature, AcceptsWhatItSays) {
  EXPECT_EQ(complaint({{"positions", at::zeros({2, 5, 3})}, {"charges", at::zeros({2, 5})}}), "");
  EXPECT_EQ(complaint({{"positions", at::zeros({0, 0, 3})}, {"charges", at::zeros({0, 0})}}), "");
  EXPECT_EQ(complaint({{"positions", at::zeros({2, 5, 3})}, {"charges", at::zeros({2, 5}, at::kLong)}}), "")
      << "whole numbers stand beside any floating type";
  EXPECT_EQ(clouds().output("energy").unit, "eV");
}

TEST(Signature, EveryMismatchIsOneLineThatNamesTheValue) {
  const Tensor x = at::zeros({2, 5, 3});
  EXPECT_EQ(complaint({{"positions", x}}), "[model::Toy] expected the input 'charges' (B, n); received none");
  EXPECT_EQ(complaint({{"positions", x}, {"charges", at::zeros({2, 4})}}),
            "[model::Toy] expected 'charges' (B, n) with B = 2, n = 5; received (2, 4)");
  EXPECT_EQ(complaint({{"positions", at::zeros({2, 5, 2})}, {"charges", at::zeros({2, 5})}}),
            "[model::Toy] expected 'positions' (B, n, 3); received (2, 5, 2)");
  EXPECT_EQ(complaint({{"positions", at::zeros({5, 3})}, {"charges", at::zeros({2, 5})}}),
            "[model::Toy] expected 'positions' (B, n, 3); received (5, 3)");
  EXPECT_EQ(complaint({{"positions", x}, {"charges", at::zeros({2, 5}, at::kDouble)}}),
            "[model::Toy] expected one element type for all inputs; 'charges' is Double, others Float");
  EXPECT_EQ(complaint({{"positions", x}, {"charges", at::zeros({2, 5})}, {"charge", x}}),
            "[field::Signature] unknown input 'charge'; did you mean 'charges'?");
  EXPECT_EQ(complaint({{"positions", x.to(at::kMeta)}, {"charges", at::zeros({2, 5})}}),
            "[model::Toy] expected 'positions' on the CPU; received meta");
  EXPECT_EQ(io::error_of([] { clouds().output("energies"); }),
            "[field::Signature] unknown output 'energies'; did you mean 'energy'?");
}

}  // namespace
}  // namespace coset::field
