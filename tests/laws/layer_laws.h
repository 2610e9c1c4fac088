/// The laws of a layer: a new layer is one line in tests/nn/laws_test.cpp.
///
/// Equivariance with its control, derivatives to second order, one element type in and out, any strides, none and one
/// example, state, and a refusal of other types, all for a map of fields with parameters.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <sstream>
#include <string>

#include "coset/base/error.h"
#include "coset/nn/module.h"
#include "coset/verify/equivariance.h"
#include "coset/verify/gradient_check.h"
#include "tests/laws/regular_laws.h"
#include "tests/laws/tolerance.h"

namespace coset::laws {

using Layer = std::function<field::Field(const field::Field&)>;

/// A layer and what it needs to be called: its module (null for functions), how it runs, its input.
struct Built {
  std::shared_ptr<torch::nn::Module> module;
  Layer run;
  field::FieldType in;
};

/// One line of the table.
struct LayerCase {
  std::string name;
  std::function<Built()> build;  ///< parameters drawn afresh
  std::int64_t size = 5;         ///< pixels per side
  bool smooth = true;            ///< twice differentiable almost everywhere: no maxima, no kinks
  bool any_rows = true;          ///< an example does not see the others: no statistics over them, no graph
  bool any_type = false;         ///< functions that know no type of their own
  double tolerance = kEquivariance64;
  double control = kControlFactor;  ///< by how much the control misses; less than kControlFactor says why in its line
};

inline void PrintTo(const LayerCase& c, std::ostream* out) {
  *out << c.name;
}

inline std::string case_name(const ::testing::TestParamInfo<LayerCase>& c) {
  return c.param.name;
}

inline field::Field random_input(const field::FieldType& type, std::int64_t rows, std::int64_t size,
                                 at::ScalarType dtype = at::kDouble) {
  std::vector<std::int64_t> shape{rows, type.channels()};
  if (type.on_grid()) shape.insert(shape.end(), static_cast<std::size_t>(type.space()), size);
  return {type, at::randn(shape, dtype)};
}

/// Worst error over the lattice's elements, or over random elements of O(3). No scale but 1 moves pixels onto pixels:
/// there the translations, exact where borders are joined.
inline double equivariance_error(const Layer& layer, const field::Field& f) {
  const auto moved = [](const field::Field& x) { return x.with(x.type(), at::roll(x.data(), {1, -2}, {2, 3})); };
  if (f.type().on_grid() && !f.type().group().closed())
    return verify::relative_error(layer(moved(f)).data(), moved(layer(f)).data());
  if (f.type().on_grid()) return lattice_error(layer, f);
  const auto errors = verify::o3_errors(layer, f, 3, 1);
  return worse(errors.rotation, errors.reflection);
}

/// The layer behind a factor of its own for every number of the input: no group commutes with that.
inline Layer broken(const Layer& layer, const field::Field& f) {
  const Tensor factors = at::rand(f.data().sizes().slice(1), f.data().options()) + 0.5;
  return [=](const field::Field& x) { return layer(x.with(x.type(), x.data() * factors)); };
}

inline double difference(const field::Field& a, const field::Field& b) {
  return a.type() == b.type() ? verify::relative_error(a.data(), b.data()) : std::numeric_limits<double>::infinity();
}

class LayerLaws : public ::testing::TestWithParam<LayerCase> {
 protected:
  Built build(at::ScalarType dtype = at::kDouble) const {
    at::manual_seed(21);
    Built built = GetParam().build();
    if (built.module) built.module->to(dtype);
    return built;
  }
  field::Field input(const Built& built, std::int64_t rows = 3, at::ScalarType dtype = at::kDouble) const {
    return random_input(built.in, rows, GetParam().size, dtype);
  }
};

TEST_P(LayerLaws, Equivariance) {
  const Built layer = build();
  const field::Field f = input(layer);
  const double tolerance = GetParam().tolerance;
  EXPECT_LE(equivariance_error(layer.run, f), tolerance);
  EXPECT_GE(equivariance_error(broken(layer.run, f), f), GetParam().control * tolerance) << "the control";
}

TEST_P(LayerLaws, Derivatives) {
  const Built layer = build();
  if (layer.module) layer.module->eval();
  const field::Field f = input(layer, layer.in.on_grid() ? 1 : 3);
  const auto errors = verify::gradient_errors(
      [&](const std::vector<Tensor>& x) {
        const Tensor y = layer.run(f.with(f.type(), x[0])).data();
        return at::cat({y.flatten().narrow(0, 0, std::min<std::int64_t>(y.numel(), 6)), y.square().sum().view({1})});
      },
      {f.data()});
  EXPECT_LE(errors.first, kGradient);
  if (GetParam().smooth) {
    EXPECT_LE(errors.second, kGradient);
  }
}

TEST_P(LayerLaws, KeepsTheElementType) {
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const Built layer = build(dtype);
    EXPECT_EQ(layer.run(input(layer, 2, dtype)).data().scalar_type(), dtype);
  }
}

TEST_P(LayerLaws, StridesDoNotMatter) {
  const Built layer = build();
  if (layer.module) layer.module->eval();
  const field::Field f = input(layer);
  const Tensor turned = f.data().transpose(0, -1).contiguous().transpose(0, -1);
  const Tensor part = at::cat({f.data(), f.data()}, 1).narrow(1, 0, f.data().size(1));
  for (const Tensor& same : {turned, part}) EXPECT_LE(difference(layer.run({f.type(), same}), layer.run(f)), kAlgebra);
}

TEST_P(LayerLaws, NoneAndOne) {
  if (!GetParam().any_rows) GTEST_SKIP() << "its statistics need rows";
  const Built layer = build();
  if (layer.module) layer.module->eval();
  const field::Field f = input(layer);
  const field::Field all = layer.run(f);
  const field::Field one = layer.run({f.type(), f.data().narrow(0, 1, 1)});
  EXPECT_LE(verify::relative_error(one.data(), all.data().narrow(0, 1, 1)), kAlgebra);
  const field::Field none = layer.run({f.type(), f.data().narrow(0, 0, 0)});
  EXPECT_EQ(none.type(), all.type());
  EXPECT_EQ(none.data().size(0), 0);
}

TEST_P(LayerLaws, State) {
  const Built layer = build();
  if (!layer.module) GTEST_SKIP() << "no state";
  const field::Field f = input(layer);
  layer.run(f);  // running statistics move
  layer.module->eval();
  const Tensor y = layer.run(f).data();
  Built other = GetParam().build();  // other parameters
  other.module->to(at::kDouble);
  other.module->eval();
  at::NoGradGuard no_grad;
  const auto copy = [](const auto& from, const auto& to) {
    EXPECT_EQ(from.keys(), to.keys());
    for (const auto& item : from) to[item.key()].copy_(item.value());
  };
  copy(layer.module->named_parameters(), other.module->named_parameters());
  copy(layer.module->named_buffers(), other.module->named_buffers());
  EXPECT_TRUE(at::equal(other.run(f).data(), y));
}

TEST_P(LayerLaws, OtherTypesAreRefused) {
  if (GetParam().any_type) GTEST_SKIP() << "takes every type";
  const Built layer = build();
  const field::FieldType other = layer.in.on_grid()
                                     ? field::FieldType::regular(field::shared_grid("flip", layer.in.space()), 3)
                                     : field::FieldType(rep::Irreps("3x1e+7x4o"));
  EXPECT_THROW(layer.run(random_input(other, 2, GetParam().size)), Error);
}

}  // namespace coset::laws
