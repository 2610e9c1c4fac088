/// The laws of a model: a new architecture is one line in tests/model/laws_test.cpp.
///
/// The certificate with its control, derivatives by inputs and by weights, one element type in and out, any strides,
/// none and one example, save and load, and a refusal of wrong shapes and names, from the signature alone.
#pragma once

#include <unistd.h>

#include <filesystem>

#include "coset/verify/gradient_check.h"
#include "tests/io/scratch.h"
#include "tests/laws/model_case.h"
#include "tests/laws/tolerance.h"

namespace coset::laws {

TEST_P(ModelLaws, Certificate) {
  const auto model = build();
  const NamedValues values = example();
  const auto certificate = model::certify(*model, values, {.trials = 2});
  const auto expected = GetParam().keeps_promise ? verify::Verdict::equivariant : verify::Verdict::broken;
  EXPECT_EQ(certificate.verdict(), expected) << certificate.to_string();
  ASSERT_FALSE(certificate.rows.empty());
}

/// The model behind a factor of its own for every number of the input: nothing that a row asks for survives.
TEST_P(ModelLaws, TheControlBreaksEveryRow) {
  const auto model = build();
  const NamedValues values = example();
  const NamedValues factors = changed(values, [](const Tensor& x) { return at::rand_like(x) + 0.5; });
  const auto certificate = verify::certify(
      [&](const NamedValues& in) {
        NamedValues scaled = in;
        for (auto& [name, value] : scaled) {
          model->to(value.scalar_type());
          value = value * factors.at(name).to(value.scalar_type());
        }
        return model->forward(scaled);
      },
      model->signature(), values, {.trials = 2});
  for (const auto& row : certificate.rows)
    EXPECT_GE(row.f64, kControlFactor * certificate.tolerance_f64) << row.symmetry;
}

TEST_P(ModelLaws, DerivativesByInputs) {
  const auto model = build();
  const NamedValues values = example();
  std::vector<NamedValues> directions;
  for (int i = 0; i < 2; ++i) directions.push_back(changed(values, [](const Tensor& x) { return at::randn_like(x); }));
  const auto errors = verify::gradient_errors(
      [&](const std::vector<Tensor>& s) {
        NamedValues moved = values;
        for (auto& [name, value] : moved)
          value = value + s[0][0] * directions[0].at(name) + s[0][1] * directions[1].at(name);
        return flat(*model, moved);
      },
      {at::zeros({2}, at::kDouble)});
  EXPECT_LE(errors.first, kGradient);
  if (GetParam().smooth) {
    EXPECT_LE(errors.second, kGradient);
  }
}

TEST_P(ModelLaws, DerivativesByWeights) {
  const double width = GetParam().smooth ? 1e-6 : 1e-8;  // no unit of some 10^5 passes its kink on the way
  const auto model = build();
  const NamedValues values = example();
  const Tensor cotangent = at::randn_like(flat(*model, values));
  const auto value = [&] { return (flat(*model, values) * cotangent).sum(); };
  value().backward();
  const torch::NoGradGuard no_grad;
  std::vector<Tensor> weights = model->parameters(), directions;
  double analytic = 0.0;
  for (const Tensor& weight : weights) {
    ASSERT_TRUE(weight.grad().defined()) << "a weight that no output depends on";
    directions.push_back(at::randn_like(weight));
    analytic += (weight.grad() * directions.back()).sum().item<double>();
  }
  const auto shifted = [&](double step) {
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i].add_(directions[i], step);
    return value().item<double>();
  };
  const double above = shifted(width), below = shifted(-2.0 * width);
  const double numeric = (above - below) / (2.0 * width);
  EXPECT_LE(std::abs(analytic - numeric), kGradient * std::max({1.0, std::abs(numeric), std::abs(above)}));
}

TEST_P(ModelLaws, KeepsTheElementType) {
  for (const auto weights : {at::kFloat, at::kDouble})
    for (const auto type : {at::kFloat, at::kDouble}) {
      const NamedValues values = changed(example(), [&](const Tensor& x) { return x.to(type); });
      for (const auto& [name, value] : build(weights)->forward(values)) EXPECT_EQ(value.scalar_type(), type) << name;
    }
}

TEST_P(ModelLaws, StridesDoNotMatter) {
  const auto model = build();
  const NamedValues values = example(), expected = model->forward(values);
  const auto turned = changed(values, [](const Tensor& x) { return x.transpose(0, -1).contiguous().transpose(0, -1); });
  const auto part = changed(values, [](const Tensor& x) { return at::cat({x, x}, -1).narrow(-1, 0, x.size(-1)); });
  for (const NamedValues& same : {turned, part}) EXPECT_LE(difference(model->forward(same), expected), kAlgebra);
}

TEST_P(ModelLaws, NoneAndOne) {
  const auto model = build();
  const NamedValues values = example(), all = model->forward(values);
  const auto rows = [](const NamedValues& of, std::int64_t first, std::int64_t count) {
    return changed(of, [&](const Tensor& x) { return x.narrow(0, first, count); });
  };
  EXPECT_LE(difference(model->forward(rows(values, 1, 1)), rows(all, 1, 1)), kAlgebra);
  for (const auto& [name, value] : model->forward(rows(values, 0, 0)))
    EXPECT_EQ(value.sizes(), all.at(name).narrow(0, 0, 0).sizes()) << name;
}

/// The file holds all of it: the same bits from a model whose class the caller does not know.
TEST_P(ModelLaws, State) {
  const auto model = build();
  const NamedValues values = example();
  {
    const torch::NoGradGuard no_grad;
    model->train();
    model->forward(values);  // running statistics move
    model->eval();
  }
  const std::string file = ::testing::TempDir() + "coset-laws-" + GetParam().name + "-" + std::to_string(::getpid());
  model::save(file, *model, GetParam().architecture, options(), values);
  const model::Loaded loaded = model::load(file);
  std::filesystem::remove(file);
  EXPECT_EQ(loaded.architecture, GetParam().architecture);
  const NamedValues before = model->forward(values), after = loaded.model->forward(values);
  for (const auto& [name, value] : before) EXPECT_TRUE(at::equal(after.at(name), value)) << name;
}

TEST_P(ModelLaws, WrongShapesAndNamesAreRefused) {
  const auto model = build();
  const NamedValues values = example();
  for (const auto& [name, value] : values) {
    NamedValues wrong = values;
    wrong[name] = value.unsqueeze(-1);
    EXPECT_NE(io::error_of([&] { model->forward(wrong); }).find("'" + name + "'"), std::string::npos)
        << "one axis more";
    if (value.dim() > 1) {
      wrong[name] = at::cat({value, value}, -1);
      EXPECT_NE(io::error_of([&] { model->forward(wrong); }).find("expected"), std::string::npos) << name << " doubled";
    }
    wrong.erase(name);
    EXPECT_NE(io::error_of([&] { model->forward(wrong); }).find("'" + name + "'"), std::string::npos) << "missing";
  }
  NamedValues more = values;
  more["no_such_input"] = at::zeros({1}, at::kDouble);
  EXPECT_NE(io::error_of([&] { model->forward(more); }).find("no_such_input"), std::string::npos);
}

}  // namespace coset::laws
