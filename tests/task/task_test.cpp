#include "coset/task/task.h"

#include <gtest/gtest.h>

#include <set>

#include "coset/base/error.h"
#include "tests/io/scratch.h"
#include "tests/task/line_task.h"

namespace coset::task {
namespace {

using io::error_of;

TEST(Rows, EveryRowBuildsItsSettingsForEveryModel) {
  std::set<std::string> names;
  for (const Row& each : rows()) {
    EXPECT_TRUE(names.insert(each.name).second) << each.name;
    EXPECT_FALSE(each.about.empty());
    for (const ModelChoice& model : each.models) {
      Settings settings = settings_of(each, model.name);
      EXPECT_EQ(settings.text("task"), each.name);
      EXPECT_EQ(settings.text("model"), model.name);
      for (const char* key : {"seed", "epochs", "lr", "checkpoint_seconds"}) EXPECT_TRUE(settings.knows(key)) << key;
      for (const auto& [key, value] : model.options) EXPECT_TRUE(key == "model" || !settings.knows(key)) << key;
      for (const Preset& preset : each.presets) EXPECT_NO_THROW(settings.apply_preset(each.presets, preset.name));
    }
    for (const report::PublishedRow& published : each.published.rows) EXPECT_GT(published.value, 0.0);
  }
  EXPECT_EQ(names.count("nbody") + names.count("rotmnist") + names.count("bloodcells"), 3U);
}

TEST(Rows, ARowOfTheProgramStandsBesideTheLibrarys) {
  const Row& line = line_row();
  EXPECT_EQ(&row("line"), &line);
  EXPECT_NE(error_of([] { row("lime"); }).find("did you mean 'line'?"), std::string::npos);
  EXPECT_NE(error_of([&] { add_row(line); }).find("there is a task named 'line' already"), std::string::npos);
  EXPECT_NE(error_of([] { add_row(Row()); }).find("expected a name, a model and make"), std::string::npos);
  EXPECT_NE(error_of([&] { choice(line, "tick"); }).find("did you mean 'thick'?"), std::string::npos);
}

TEST(Rows, AChoiceDecidesOptionsAndMovesDefaults) {
  const Row& line = line_row();
  EXPECT_FALSE(settings_of(line, "thin").knows("hidden"));
  EXPECT_EQ(settings_of(line, "thick").integer("hidden"), 3);
  const auto built = [&](const char* model, const char* hidden) {
    Settings settings = settings_of(line, model);
    if (*hidden != 0) settings.set("hidden", hidden, "test");
    return line.make(settings)->model_options().integer("hidden");
  };
  EXPECT_EQ(built("thin", ""), 1);
  EXPECT_EQ(built("thick", ""), 3);
  EXPECT_EQ(built("thick", "7"), 7);
  EXPECT_NE(error_of([&] { built("thick", "10"); }).find("[1, 9]"), std::string::npos) << "the architecture's range";
}

TEST(Rows, WeightsFollowTheSeed) {
  const auto slope = [](const char* seed) {
    Settings settings = settings_of(line_row(), "thick");
    settings.set("seed", seed, "test");
    return line_row().make(settings)->model().named_parameters()["slope"].detach().clone();
  };
  EXPECT_TRUE(slope("4").equal(slope("4")));
  EXPECT_FALSE(slope("4").equal(slope("5")));
}

}  // namespace
}  // namespace coset::task
