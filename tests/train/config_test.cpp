#include "coset/train/config.h"

#include <gtest/gtest.h>

#include <functional>

#include "coset/base/error.h"

namespace coset::train {
namespace {

Config example() {
  return Config(
      {{.name = "epochs", .value = std::int64_t{10}, .unit = "", .doc = "passes over the data", .least = 1},
       {.name = "lr", .value = 5e-4, .unit = "", .doc = "peak learning rate", .least = 0.0, .most = 1.0},
       {.name = "schedule", .value = std::string("cosine"), .doc = "shape", .choices = {"constant", "cosine"}},
       {.name = "ema.on", .value = false, .doc = "average the weights"},
       {.name = "title", .value = std::string(), .doc = "free text"}});
}

std::string message(const std::function<void(Config&)>& act) {
  Config config = example();
  try {
    act(config);
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    return text;
  }
  return "";
}

TEST(Config, LaterSourcesWin) {
  const std::vector<Preset> presets{{"demo", "short", {{"epochs", "3"}, {"lr", "1e-2"}}}};
  Config config = example();
  config.apply_preset(presets, "demo");
  config.apply_yaml("lr: 2e-2\nema: {on: true}\n", "run.yaml");
  config.apply_override("lr=0.125");
  config.apply_override("title=a = b # c: \"d\"");
  EXPECT_EQ(config.integer("epochs"), 3);
  EXPECT_EQ(config.real("lr"), 0.125);
  EXPECT_TRUE(config.flag("ema.on"));
  EXPECT_EQ(config.text("schedule"), "cosine");
  EXPECT_EQ(config.text("title"), "a = b # c: \"d\"");
}

TEST(Config, YamlRestoresEveryValueExactly) {
  Config config = example();
  config.apply_override("lr=0.30000000000000004");
  config.apply_override("title=yes: \"it's\" #1 \\ é");
  Config again = example();
  again.apply_yaml(config.yaml(), "config.yaml");
  EXPECT_EQ(again.real("lr"), 0.30000000000000004);
  EXPECT_EQ(again.text("title"), config.text("title"));
  EXPECT_EQ(again.yaml(), config.yaml());
  EXPECT_NE(config.yaml(), example().yaml());
}

TEST(Config, WholeNumbersServeAsRealsNotTheReverse) {
  Config config = example();
  config.apply_override("lr=1");
  EXPECT_EQ(config.real("lr"), 1.0);
  EXPECT_THROW(config.apply_override("epochs=1.5"), Error);
}

TEST(Config, UnknownKeyNamesTheNearest) {
  EXPECT_EQ(message([](Config& c) { c.apply_override("epoch=3"); }),
            "command line: unknown key 'epoch'; did you mean 'epochs'?");
  EXPECT_EQ(message([](Config& c) { c.apply_yaml("ema:\n  no: 1\n", "a.yaml"); }),
            "a.yaml: unknown key 'ema.no'; did you mean 'ema.on'?");
  EXPECT_EQ(message([](Config& c) {
              c.apply_preset({{"demo", "", {}}, {"paper", "", {}}}, "papr");
            }),
            "unknown preset 'papr'; did you mean 'paper'? presets: demo, paper");
  EXPECT_NE(message([](Config& c) { c.apply_override("zzzzzzzzzz=3"); }).find("known keys: epochs, lr"),
            std::string::npos);
}

TEST(Config, WrongTypeOrRangeIsOneClearLine) {
  EXPECT_EQ(message([](Config& c) { c.apply_override("epochs=ten"); }),
            "command line: expected a whole number >= 1 for 'epochs'; received 'ten'");
  EXPECT_EQ(message([](Config& c) { c.apply_override("epochs=0"); }),
            "command line: expected a whole number >= 1 for 'epochs'; received '0'");
  EXPECT_EQ(message([](Config& c) { c.apply_override("epochs=99999999999999999999"); }),
            "command line: expected a whole number >= 1 for 'epochs'; received '99999999999999999999'");
  EXPECT_EQ(message([](Config& c) { c.apply_override("lr=2"); }),
            "command line: expected a number in [0, 1] for 'lr'; received '2'");
  for (const char* bad : {"lr=nan", "lr=1e-3x", "lr=", "lr= 1", "ema.on=yes", "schedule=cosin", "title=a\nb"})
    EXPECT_NE(message([&](Config& c) { c.apply_override(bad); }), "") << bad;
  EXPECT_EQ(message([](Config& c) { c.apply_override("lr"); }), "expected key=value; received 'lr'");
}

TEST(Config, BrokenYamlIsOneClearLineAndChangesNothing) {
  for (const char* bad :
       {"a: [", "- 1\n- 2", "lr: [1, 2]", "lr: 0.1\nlr: 0.2", "lr:", "just words", "lr: 0.1\nepochs: x"}) {
    Config config = example();
    EXPECT_THROW(config.apply_yaml(bad, "x.yaml"), Error) << bad;
    EXPECT_EQ(config.yaml(), example().yaml()) << bad;
  }
  EXPECT_EQ(message([](Config& c) { c.apply_yaml("lr: 0.1\nlr: 0.2\n", "x.yaml"); }), "x.yaml: key 'lr' stands twice");
  EXPECT_EQ(message([](Config& c) { c.apply_file("/nonexistent/x.yaml"); }),
            "cannot read the configuration /nonexistent/x.yaml");
}

TEST(Config, DeclarationsAreChecked) {
  EXPECT_THROW(Config({{.name = "a", .value = true}, {.name = "a", .value = true}}), Error);
  EXPECT_THROW(Config({{.name = "a", .value = 2.0, .most = 1.0}}), Error);
  EXPECT_THROW(example().real("epochs"), Error);
  EXPECT_THROW(example().integer("nothing"), Error);
}

}  // namespace
}  // namespace coset::train
