#include "coset/base/settings.h"

#include <gtest/gtest.h>

#include <functional>

#include "coset/base/error.h"

namespace coset {
namespace {

Settings example() {
  return Settings(
      {{.name = "epochs", .value = std::int64_t{10}, .help = "passes over the data", .least = 1},
       {.name = "lr", .value = 5e-4, .help = "peak learning rate", .least = 0.0, .most = 1.0},
       {.name = "schedule", .value = std::string("cosine"), .help = "shape", .choices = {"constant", "cosine"}},
       {.name = "ema.on", .value = false, .help = "average the weights"},
       {.name = "title", .value = std::string(), .help = "free text"}});
}

std::string message(const std::function<void(Settings&)>& act) {
  Settings settings = example();
  try {
    act(settings);
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    return text;
  }
  return "";
}

TEST(Settings, LaterSourcesWin) {
  const std::vector<Preset> presets{{"demo", "short", {{"epochs", "3"}, {"lr", "1e-2"}}}};
  Settings settings = example();
  settings.apply_preset(presets, "demo");
  settings.apply({{"lr", "2e-2"}, {"ema.on", "true"}}, "run.yaml");
  settings.apply_assignment("lr=0.125");
  settings.apply_assignment("title=a = b # c: \"d\"");
  EXPECT_EQ(settings.integer("epochs"), 3);
  EXPECT_EQ(settings.real("lr"), 0.125);
  EXPECT_TRUE(settings.flag("ema.on"));
  EXPECT_EQ(settings.text("schedule"), "cosine");
  EXPECT_EQ(settings.text("title"), "a = b # c: \"d\"");
}

TEST(Settings, WholeNumbersServeAsRealsNotTheReverse) {
  Settings settings = example();
  settings.apply_assignment("lr=1");
  EXPECT_EQ(settings.real("lr"), 1.0);
  EXPECT_THROW(settings.apply_assignment("epochs=1.5"), Error);
}

TEST(Settings, UnknownKeyNamesTheNearest) {
  EXPECT_EQ(message([](Settings& c) { c.apply_assignment("epoch=3"); }),
            "command line: unknown key 'epoch'; did you mean 'epochs'?");
  EXPECT_EQ(message([](Settings& c) { c.set("ema.no", "1", "a.yaml"); }),
            "a.yaml: unknown key 'ema.no'; did you mean 'ema.on'?");
  EXPECT_EQ(message([](Settings& c) {
              c.apply_preset({{"demo", "", {}}, {"paper", "", {}}}, "papr");
            }),
            "unknown preset 'papr'; did you mean 'paper'? presets: demo, paper");
  EXPECT_NE(message([](Settings& c) { c.apply_assignment("zzzzzzzzzz=3"); }).find("known keys: epochs, lr"),
            std::string::npos);
}

TEST(Settings, WrongTypeOrRangeIsOneClearLine) {
  EXPECT_EQ(message([](Settings& c) { c.apply_assignment("epochs=ten"); }),
            "command line: expected a whole number >= 1 for 'epochs'; received 'ten'");
  EXPECT_EQ(message([](Settings& c) { c.apply_assignment("epochs=0"); }),
            "command line: expected a whole number >= 1 for 'epochs'; received '0'");
  EXPECT_EQ(message([](Settings& c) { c.apply_assignment("epochs=99999999999999999999"); }),
            "command line: expected a whole number >= 1 for 'epochs'; received '99999999999999999999'");
  EXPECT_EQ(message([](Settings& c) { c.apply_assignment("lr=2"); }),
            "command line: expected a number in [0, 1] for 'lr'; received '2'");
  for (const char* bad : {"lr=nan", "lr=1e-3x", "lr=", "lr= 1", "ema.on=yes", "schedule=cosin", "title=a\nb"})
    EXPECT_NE(message([&](Settings& c) { c.apply_assignment(bad); }), "") << bad;
  EXPECT_EQ(message([](Settings& c) { c.apply_assignment("lr"); }), "expected key=value; received 'lr'");
}

TEST(Settings, AnAssignmentWithAFaultChangesNothing) {
  for (const Assignments& bad : {Assignments{{"lr", "0.1"}, {"lr", "0.2"}}, Assignments{{"lr", "0.1"}, {"epochs", "x"}},
                                 Assignments{{"lr", "0.1"}, {"epoch", "3"}}}) {
    Settings settings = example();
    EXPECT_THROW(settings.apply(bad, "x.yaml"), Error);
    EXPECT_EQ(settings.to_string(), example().to_string());
  }
  EXPECT_EQ(message([](Settings& c) {
              c.apply({{"lr", "0.1"}, {"lr", "0.2"}}, "x.yaml");
            }),
            "x.yaml: key 'lr' stands twice");
}

TEST(Settings, PrintsOneLineAKeyWithHelpAndUnit) {
  Settings settings(std::vector<Setting>{{.name = "cutoff", .value = 5.0, .unit = "angstrom", .help = "of the graph"},
                                         {.name = "note", .value = std::string("a \"b\" \\ \x01")}});
  EXPECT_EQ(settings.to_string(), "cutoff: 5  # of the graph [angstrom]\nnote: \"a \\\"b\\\" \\\\ \\x01\"\n");
  EXPECT_EQ(settings.word("cutoff"), "5");
}

TEST(Settings, TakesWhatBothDeclare) {
  Settings settings = example(),
           other(std::vector<Setting>{{.name = "lr", .value = 0.25}, {.name = "else", .value = 1.0}});
  settings.take(other);
  EXPECT_EQ(settings.real("lr"), 0.25);
  EXPECT_FALSE(settings.knows("else"));
  Settings wild(std::vector<Setting>{{.name = "epochs", .value = std::int64_t{5}}, {.name = "lr", .value = 2.0}});
  EXPECT_THROW(settings.take(wild), Error);
  EXPECT_EQ(settings.integer("epochs"), 10);
}

TEST(Settings, DerivedOnesAreNotForTheCommandLine) {
  Settings settings(std::vector<Setting>{{.name = "classes", .value = std::int64_t{10}, .derived = true}});
  EXPECT_THROW(settings.apply_assignment("classes=3"), Error);
  settings.set("classes", "3", "file");
  EXPECT_EQ(settings.integer("classes"), 3);
}

TEST(Settings, DeclarationsAreChecked) {
  EXPECT_THROW(Settings({{.name = "a", .value = true}, {.name = "a", .value = true}}), Error);
  EXPECT_THROW(Settings(std::vector<Setting>{{.name = "a", .value = 2.0, .most = 1.0}}), Error);
  EXPECT_THROW(example().real("epochs"), Error);
  EXPECT_THROW(example().integer("nothing"), Error);
}

}  // namespace
}  // namespace coset
