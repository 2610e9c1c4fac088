/// The smallest task there is: y = a x + b from points on a line, and the model that learns it.
#pragma once

#include "coset/ops/array.h"
#include "coset/task/run.h"

namespace coset::task {

struct LineModel : model::Model {
  explicit LineModel(std::int64_t hidden) {
    slope = register_parameter("slope", torch::randn({hidden}));
    offset = register_parameter("offset", torch::zeros({1}));
  }
  field::Signature signature() const override {
    return {.inputs = {{.name = "x", .shape = {"B"}}}, .outputs = {{.name = "y", .shape = {"B"}}}};
  }
  model::NamedValues forward(const model::NamedValues& in) override {
    field::expect_inputs("LineModel", signature(), in);
    return {{"y", in.at("x") * slope.sum() + offset}};
  }
  Tensor slope, offset;
};

struct LineTask : Task {
  explicit LineTask(const Settings& settings) {
    build_model(settings);
    x = at::linspace(-1.0, 1.0, settings.integer("points"), at::kFloat);
    y = 3.0 * x - 1.0;
  }
  std::int64_t examples() const override { return x.size(0); }
  model::NamedValues example() override { return {{"x", x.narrow(0, 0, 4)}}; }
  Tensor loss(std::span<const std::int64_t> batch, std::int64_t) override {
    const Tensor index = ops::index_tensor(batch);
    return at::mse_loss(model().forward({{"x", x.index_select(0, index)}}).at("y"), y.index_select(0, index));
  }
  train::Metrics evaluate(train::Split) override {
    return {{"mse", at::mse_loss(model().forward({{"x", x}}).at("y"), y).item<double>()}};
  }
  std::string note() const override { return "made of\x1b[2J nothing"; }
  Tensor x, y;
};

/// Adds the architecture and the row "line" once.
inline const Row& line_row() {
  static const bool added = [] {
    const auto options = [] { return Settings({{.name = "hidden", .value = std::int64_t{2}, .least = 1, .most = 9}}); };
    const auto build = [](const Settings& o) -> std::shared_ptr<model::Model> {
      return std::make_shared<LineModel>(o.integer("hidden"));
    };
    model::add_architecture({"line", "a line", options, build});
    add_row({.name = "line",
             .about = "a line through points",
             .models = {{"thin", "one number", "line", {{"hidden", "1"}}},
                        {"thick", "some", "line", {}, {{"hidden", "3"}}}},
             .settings = [] { return std::vector<Setting>{{.name = "points", .value = std::int64_t{40}, .least = 8}}; },
             .loop = {.examples = "points", .epochs = 20, .batch_size = 8, .parts = 2, .lr = 0.1},
             .presets = {{"short", "no time", {{"epochs", "3"}}}},
             .make = [](const Settings& s) -> std::unique_ptr<Task> { return std::make_unique<LineTask>(s); },
             .published = {.metric = "val_mse", .caption = "c", .source = "s", .rows = {{"by hand", 0.25, {}, {}, {}}}},
             .upgrade =
                 [](Assignments& stored) {
                   for (auto& [key, value] : stored)
                     if (key == "dots") key = "points";
                 }});
    return true;
  }();
  static_cast<void>(added);
  return row("line");
}

}  // namespace coset::task
