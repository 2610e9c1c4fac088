#include "coset/io/settings_text.h"

#include <gtest/gtest.h>

#include <limits>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"
#include "scratch.h"

namespace coset::io {
namespace {

Settings example() {
  return Settings({{.name = "epochs", .value = std::int64_t{10}, .help = "passes over the data", .least = 1},
                   {.name = "lr", .value = 5e-4, .help = "peak learning rate"},
                   {.name = "ema.on", .value = false, .help = "average the weights"},
                   {.name = "title", .value = std::string(), .help = "free text"}});
}

template <class Act>
std::string message(const Act& act) {
  try {
    act();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    return text;
  }
  return "";
}

std::string yaml_message(const std::string& text) {
  Settings settings = example();
  const std::string said = message([&] { apply_yaml(settings, text, "x.yaml"); });
  EXPECT_TRUE(said.empty() || settings.to_string() == example().to_string()) << text;
  return said;
}

std::string json_message(const std::string& text) {
  Settings settings = example();
  return message([&] { apply_json(settings, text, "m.safetensors"); });
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(SettingsText, YamlAndJsonRestoreEveryValueExactly) {
  Settings settings = example();
  settings.apply_assignment("lr=0.30000000000000004");
  settings.apply_assignment("title=yes: \"it's\" #1 \\ é \t \x01 \x7f ~");
  Settings from_yaml = example(), from_json = example();
  apply_yaml(from_yaml, settings.to_string(), "config.yaml");
  apply_json(from_json, to_json(settings), "model");
  for (const Settings* again : {&from_yaml, &from_json}) {
    EXPECT_EQ(again->real("lr"), 0.30000000000000004);
    EXPECT_EQ(again->text("title"), settings.text("title"));
    EXPECT_EQ(again->to_string(), settings.to_string());
  }
  EXPECT_NE(settings.to_string(), example().to_string());
  settings.apply_assignment("lr=inf");
  apply_json(from_json, to_json(settings), "model");
  EXPECT_EQ(from_json.real("lr"), std::numeric_limits<double>::infinity());
}

TEST(SettingsText, NestedMapsSpellDottedKeys) {
  Settings settings = example();
  apply_yaml(settings, "lr: 2e-2\nema: {on: true}\n", "run.yaml");
  EXPECT_EQ(settings.real("lr"), 2e-2);
  EXPECT_TRUE(settings.flag("ema.on"));
  settings = example();
  apply_json(settings, R"({"ema": {"on": true}, "epochs": 3})", "model");
  EXPECT_TRUE(settings.flag("ema.on"));
  EXPECT_EQ(settings.integer("epochs"), 3);
  EXPECT_EQ(yaml_message("ema:\n  no: 1\n"), "x.yaml: unknown key 'ema.no'; did you mean 'ema.on'?");
}

TEST(SettingsText, BrokenYamlIsOneClearLineAndChangesNothing) {
  for (const char* bad : {"a: [", "- 1\n- 2", "lr: [1, 2]", "lr: 0.1\nlr: 0.2", "lr:", "lr: ~", "just words",
                          "lr: 0.1\nepochs: x", "? [a]\n: 1", "? {a: b}\n: 1", "\tlr: 1", "lr: 0.1\n}"})
    EXPECT_NE(yaml_message(bad), "") << bad;
  EXPECT_EQ(yaml_message("lr: 0.1\nlr: 0.2\n"), "x.yaml: key 'lr' stands twice");
  EXPECT_EQ(yaml_message("epochs: 1\nlr: [1]\n"), "x.yaml: expected one value for 'lr' at line 2; received a list");
  EXPECT_EQ(yaml_message("lr:\n"), "x.yaml: expected one value for 'lr' at line 1; received nothing");
}

TEST(SettingsText, NothingAndASecondDocumentAreSaid) {
  EXPECT_EQ(yaml_message(""), "x.yaml is empty: expected lines 'key: value'");
  EXPECT_EQ(yaml_message(" \n\t\n"), "x.yaml is empty: expected lines 'key: value'");
  for (const char* nothing : {"# words\n", "---\n", "{}", "~", "---\n---\nlr: 0.1\n"})
    EXPECT_EQ(yaml_message(nothing), "x.yaml: expected lines 'key: value'; received none") << nothing;
  EXPECT_EQ(yaml_message("---\nepochs: 3\n---\nepochs: 5\n"),
            "x.yaml: expected one YAML document; received a second one");
  EXPECT_EQ(yaml_message("---\nepochs: 3\n...\n"), "");
}

TEST(SettingsText, AliasesAreRefused) {
  EXPECT_EQ(yaml_message("a: &a\n  b: *a\n"),
            "x.yaml: expected plain values; received an anchor or alias (& or *) at line 1");
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 40; ++i)
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + ", *a" +
            std::to_string(i - 1) + "]\n";
  EXPECT_NE(yaml_message(bomb), "");
  EXPECT_NE(yaml_message("lr: &x 0.1\n"), "");
  EXPECT_NE(yaml_message("lr: *x\n"), "");
  EXPECT_NE(yaml_message("&x lr: 0.1\n"), "");
}

TEST(SettingsText, DepthAndSizeHaveOneLimit) {
  EXPECT_NE(yaml_message(repeated("{a: ", 40) + "1" + repeated("}", 40)).find("nested at most 32 deep"),
            std::string::npos);
  EXPECT_NE(yaml_message(repeated("{a: ", 100000)), "");
  EXPECT_NE(yaml_message(repeated("[", 100000)), "");
  EXPECT_NE(yaml_message(repeated("? ", 100000)), "");
  EXPECT_NE(json_message(repeated("{\"a\":", 200000)), "");
  EXPECT_NE(json_message(repeated("{\"a\":", 100)).find("nested at most 32 deep"), std::string::npos);
  EXPECT_NE(json_message(repeated("[", 33) + repeated("]", 33)).find("nested at most 32 deep"), std::string::npos);
  EXPECT_EQ(json_message("{\"title\": \"" + repeated("[{", 100) + "\\\"\"}"), "");
  EXPECT_NE(yaml_message("lr: " + std::string(kLargestText, '1')).find("expected at most"), std::string::npos);
  EXPECT_NE(json_message(std::string(kLargestText + 1, ' ')).find("expected at most"), std::string::npos);
}

TEST(SettingsText, BrokenJsonIsOneClearLine) {
  for (const char* bad : {"", "[]", "{", "{\"lr\": [1]}", "{\"lr\": null}", "{\"epochs\": 1.5}", "{\"lr\": true}"})
    EXPECT_NE(json_message(bad), "") << bad;
  EXPECT_EQ(json_message("{\"epoch\": 1}"), "m.safetensors: unknown key 'epoch'; did you mean 'epochs'?");
}

TEST(SettingsText, FilesAreReadByName) {
  Settings settings = example();
  EXPECT_NE(message([&] { apply_yaml_file(settings, "/nonexistent/x.yaml"); }).find("/nonexistent/x.yaml"),
            std::string::npos);
}

}  // namespace
}  // namespace coset::io
