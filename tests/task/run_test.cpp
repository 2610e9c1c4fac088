#include "coset/task/run.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "coset/io/atomic_write.h"
#include "tests/io/scratch.h"
#include "tests/task/line_task.h"

namespace coset::task {
namespace {

using io::error_of;
using nlohmann::json;

class Run : public io::Scratch {
 protected:
  RunResult trained(const std::string& name, bool resume = false) {
    Settings settings = settings_of(line_row(), "thick");
    settings.apply_preset(line_row().presets, "short");
    return run(line_row(), settings, {.folder = path(name), .resume = resume, .display = nullptr});
  }
};

TEST_F(Run, LeavesAFolderThatTellsItAll) {
  const RunResult result = trained("run");
  EXPECT_EQ(result.training.stop, train::Stop::finished);
  const json answer = json::parse(result.answer.json);
  EXPECT_EQ(answer.at("model"), "thick");
  EXPECT_EQ(answer.at("parameters"), 4);
  EXPECT_EQ(answer.at("epoch"), result.training.progress.best.epoch);
  EXPECT_EQ(answer.at("val_mse"), result.training.progress.best.validation.front().second);
  EXPECT_NE(result.answer.table.find("by hand                        0.2500  published"), std::string::npos)
      << result.answer.table;
  EXPECT_EQ(json::parse(io::read_text_file(path("run/result.json"))).at("task"), "line");
  EXPECT_EQ(report::published_of(io::read_text_file(path("run/task.json")), "").rows.at(0).name, "by hand");
  for (const char* file : {"certificate.json", "config.yaml", "metrics.jsonl", "report.html", "model.safetensors"})
    EXPECT_TRUE(std::filesystem::exists(path(std::string("run/") + file))) << file;
  const model::Loaded loaded = model::load(model_file_of(path("run")));
  EXPECT_EQ(row_of(loaded), &line_row());
  EXPECT_EQ(json::parse(loaded.provenance.training).at("epoch"), answer.at("epoch"));
}

TEST_F(Run, IsEvaluatedFromItsFolder) {
  const RunResult result = trained("run");
  const StoredRun stored = read_run(path("run"));
  EXPECT_EQ(stored.row, &line_row());
  EXPECT_EQ(stored.settings.integer("epochs"), 3);
  EXPECT_EQ(evaluate(stored, model_file_of(path("run"))).json, result.answer.json);
  EXPECT_EQ(trained("run", /*resume=*/true).answer.json, result.answer.json);
}

TEST_F(Run, OfAnEarlierVersionIsRead) {
  trained("run");
  std::string yaml = io::read_text_file(path("run/config.yaml"));
  const std::string before = yaml;
  yaml.replace(yaml.find("points:"), 6, "dots");
  io::atomic_write(path("run/config.yaml"), yaml);
  EXPECT_EQ(read_run(path("run")).settings.integer("points"), 40);
  yaml.replace(yaml.find("dots:"), 4, "spots");
  io::atomic_write(path("run/config.yaml"), yaml);
  EXPECT_NE(error_of([&] { read_run(path("run")); }).find("spots"), std::string::npos) << "control";
}

TEST_F(Run, FaultsInItsConfigurationAreNamed) {
  trained("run");
  const std::string good = io::read_text_file(path("run/config.yaml"));
  const auto message = [&](const std::string& from, const std::string& to) {
    std::string bad = good;
    io::atomic_write(path("run/config.yaml"), bad.replace(bad.find(from), from.size(), to));
    return error_of([&] { read_run(path("run")); });
  };
  for (const auto& [from, to, expected] : {std::tuple{"task: \"line\"", "task: \"lime\"", "did you mean 'line'?"},
                                           {"task: \"line\"", "tusk: \"line\"", "expected the key task"},
                                           {"model: \"thick\"", "model: \"tick\"", "did you mean 'thick'?"},
                                           {"points: 40", "points: 4", "for 'points'; received '4'"}}) {
    const std::string found = message(from, to);
    EXPECT_NE(found.find("config.yaml"), std::string::npos) << found;
    EXPECT_NE(found.find(expected), std::string::npos) << found;
  }
  EXPECT_NE(error_of([&] { read_run(path("nowhere")); }).find("expected the folder of a run"), std::string::npos);
}

TEST_F(Run, NamesCannotMoveTheCursor) {
  std::FILE* screen = std::tmpfile();
  run(line_row(), settings_of(line_row()), {.folder = path("run"), .display = screen});
  std::rewind(screen);
  std::string text(10000, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), screen));
  std::fclose(screen);
  EXPECT_NE(text.find("note: made of\\x1b[2J nothing"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace coset::task
