#include "coset/task/predict.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coset/io/npz.h"
#include "tests/io/scratch.h"
#include "tests/laws/tolerance.h"
#include "tests/task/line_task.h"

namespace coset::task {
namespace {

using io::error_of;

class Predict : public io::Scratch {
 protected:
  void SetUp() override {
    io::Scratch::SetUp();
    Settings options = model::architecture((line_row(), "line")).options();
    at::manual_seed(3);
    loaded_.model = model::architecture("line").build(options);
    loaded_.model->eval();
    loaded_.architecture = "line";
    loaded_.options = options;
  }
  void write(std::int64_t rows) const {
    std::vector<double> x(static_cast<std::size_t>(rows));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<double>(i));
    io::save_npz(path("in.npz"),
                 {{"x", io::Array::from(x, {rows})}, {"other", io::Array::from(std::vector<std::int64_t>{7}, {1})}});
  }
  io::Arrays answered(const PredictFiles* files = nullptr) {
    predict(loaded_, files, path("in.npz"), path("out.npz"));
    return io::load_npz(path("out.npz"));
  }
  std::string refused(const PredictFiles* files = nullptr) {
    return error_of([&] { predict(loaded_, files, path("in.npz"), path("out.npz")); });
  }

  model::Loaded loaded_;
};

TEST_F(Predict, RowsAtATimeAreTheWhole) {  // more rows than one reading holds
  for (const std::int64_t rows : {0, 1, 1'000'000}) {
    write(rows);
    const io::Arrays out = answered();
    EXPECT_EQ(out.at("x"), io::load_npz(path("in.npz")).at("x"));
    EXPECT_EQ(out.at("other").as<std::int64_t>(), (std::vector<std::int64_t>{7}));
    ASSERT_EQ(out.at("y").shape, (std::vector<std::int64_t>{rows}));
    EXPECT_EQ(out.at("y").dtype, "f4");
    const auto x = out.at("x").as<double>(), y = out.at("y").as<double>();
    const auto slope = loaded_.model->named_parameters()["slope"].sum().item<double>();
    for (std::size_t i = 0; i < x.size(); i += 9973) EXPECT_NEAR(y[i], slope * x[i], laws::kEquivariance32);
  }
}

TEST_F(Predict, ATaskMayNameAndShapeItsArrays) {
  io::save_npz(path("in.npz"), {{"abscissa", io::Array::from(std::vector<float>{1, 2}, {2})}});
  const PredictFiles own{
      .inputs = {{"x", "abscissa"}},
      .outputs = {{"y", "ordinate"}},
      .convert = [](const io::Arrays& arrays, const model::Loaded&, const std::string&) -> model::NamedValues {
        return {{"x", torch::tensor(arrays.at("abscissa").as<float>())}};
      },
      .derive = [](const model::NamedValues& outputs) -> io::Arrays {
        return {{"sign", io::Array::from(std::vector<std::int64_t>(2, outputs.at("y").numel()), {2})}};
      }};
  const io::Arrays out = answered(&own);
  EXPECT_EQ(out.at("ordinate").shape, (std::vector<std::int64_t>{2}));
  EXPECT_EQ(out.at("sign").as<std::int64_t>(), (std::vector<std::int64_t>{2, 2}));
}

TEST_F(Predict, WhatItCannotAnswerIsOneLineAndNoFile) {
  io::save_npz(path("in.npz"), {{"z", io::Array::from(std::vector<float>{1}, {1})}});
  EXPECT_NE(refused().find("in.npz: expected an array 'x'"), std::string::npos);
  io::save_npz(path("in.npz"), {{"x", io::Array::from(std::vector<float>{1, INFINITY, 2, NAN}, {4})}});
  EXPECT_NE(refused().find("not finite for 2 of 4 samples, the first of them 1"), std::string::npos) << refused();
  io::save_npz(path("in.npz"), {{"x", io::Array::from(std::vector<float>{1, 2}, {2, 1})}});
  EXPECT_NE(refused(), "");
  EXPECT_EQ(files().count("out.npz"), 0U);
}

}  // namespace
}  // namespace coset::task
