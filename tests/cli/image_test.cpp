/// `coset train rotmnist|bloodcells` and the verbs on their run folders, on small pictures written here.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "coset/io/atomic_write.h"
#include "coset/io/npz.h"
#include "coset/io/png.h"
#include "tests/cli/program.h"
#include "tests/data/images.h"
#include "tests/io/jpegs.h"
#include "tests/laws/tolerance.h"

namespace coset::cli {
namespace {

namespace fs = std::filesystem;

const std::string kSmall =
    " train_samples=40 valid_samples=20 test_samples=20 batch_size=20 epochs=2 width=2 --threads 1";

class ImageProgram : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    fs::create_directories(root_ / "mnist");
    data::write_mnist(path("mnist"), 60, 20);
  }

  Outcome train(const std::string& name, const std::string& extra = "") const {
    return run_program("train rotmnist --data " + path("mnist") + " --out " + path(name) + kSmall + extra);
  }
  void write_cells() const {
    io::Arrays arrays;
    for (const auto& [split, n] : {std::pair{"train", std::int64_t{64}}, {"val", std::int64_t{16}}}) {
      std::vector<std::uint8_t> labels;
      for (std::int64_t i = 0; i < n; ++i) labels.push_back(static_cast<std::uint8_t>(i % 4));
      arrays[std::string(split) + "_images"] = io::Array::from(data::bars(n, 28, 3, 4), {n, 28, 28, 3});
      arrays[std::string(split) + "_labels"] = io::Array::from(labels, {n, 1});
    }
    fs::create_directories(root_ / "cells");
    io::save_npz(path("cells/set.npz"), arrays);
  }
};

/// One line that holds `expected`, and exit code 2.
void expect_refusal(const std::string& arguments, const std::string& expected, const std::string& before = "") {
  const Outcome outcome = run_program(arguments, before);
  EXPECT_EQ(outcome.exit_code, 2) << arguments;
  EXPECT_NE(outcome.text.find(expected), std::string::npos) << outcome.text;
  EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 1) << outcome.text;
}

TEST_F(ImageProgram, TrainsEvaluatesChecksAndPredicts) {
  const Outcome trained = train("run");
  ASSERT_EQ(trained.exit_code, 0) << trained.text;
  for (const char* file : {"config.yaml", "metrics.jsonl", "model.safetensors", "report.html", "result.json"})
    EXPECT_TRUE(fs::exists(root_ / "run" / file)) << file;
  EXPECT_EQ(last_line(trained.text).rfind("{\"model\":\"p4cnn\",\"parameters\":", 0), 0U) << trained.text;
  EXPECT_NE(last_line(trained.text).find("\"val_accuracy\":"), std::string::npos);

  const Outcome evaluated = run_program("eval " + path("run") + " --json --threads 1");
  EXPECT_EQ(last_line(evaluated.text), last_line(trained.text)) << evaluated.text;
  const Outcome checked = run_program("check " + path("run"));
  EXPECT_EQ(checked.exit_code, 0) << checked.text;
  EXPECT_NE(checked.text.find("\"pass\":true"), std::string::npos) << checked.text;

  io::Arrays in{{"images", io::Array::from(data::bars(5, 28, 1, 10), {5, 28, 28})}};
  io::save_npz(path("in.npz"), in);
  const Outcome predicted =
      run_program("predict " + path("run") + " --in " + path("in.npz") + " --out " + path("out.npz"));
  ASSERT_EQ(predicted.exit_code, 0) << predicted.text;
  const io::Arrays out = io::load_npz(path("out.npz"));
  EXPECT_EQ(out.at("logits").shape, (std::vector<std::int64_t>{5, 10}));
  EXPECT_EQ(out.at("logits").dtype, "f4");
  EXPECT_EQ(out.at("pred").shape, (std::vector<std::int64_t>{5}));
  EXPECT_EQ(out.at("pred").dtype, "i8");
  EXPECT_EQ(run_program("info " + path("run")).exit_code, 0);

  const Outcome shown = run_program("show " + path("run") + " --in " + path("in.npz"));
  EXPECT_EQ(shown.exit_code, 0) << shown.text;
  for (const char* name : {"1-filters.png", "2-features.png", "5-square.png"})
    EXPECT_GT(io::load_png(path(std::string("run/pictures/") + name)).width, 50) << name;
  const std::string captions = io::read_text_file(path("run/pictures/captions.json"));
  const auto error = captions.find("Largest difference ");
  ASSERT_NE(error, std::string::npos) << captions;
  EXPECT_LT(std::stod(captions.substr(error + 19)), laws::kEquivariance32) << captions;
  EXPECT_NE(io::read_text_file(path("run/report.html")).find("The commuting square"), std::string::npos);

  const auto jpeg = io::encoded({28, 28, 3, data::bars(1, 28, 3, 4)}, false);
  io::atomic_write(path("photograph.jpg"), jpeg);
  EXPECT_EQ(run_program("show " + path("run") + " --in " + path("photograph.jpg")).exit_code, 0);
  io::atomic_write(path("half.jpg"), std::span(jpeg).first(jpeg.size() - 20));
  io::save_png(path("large.png"), {30, 28, 1, std::vector<std::uint8_t>(840)});
  io::atomic_write(path("text.png"), "not a picture");
  for (const auto& [file, expected] : {std::pair("half.jpg", "half.jpg: damaged JPEG picture"),
                                       {"large.png", "expected an image of 28 x 28 pixels; received 30 x 28"},
                                       {"text.png", "expected a PNG or JPEG picture"},
                                       {"nowhere.png", "nowhere.png"}})
    expect_refusal("show " + path("run") + " --in " + path(file), expected);
}

TEST_F(ImageProgram, TheControlFailsItsCheck) {
  ASSERT_EQ(train("run", " --model z2cnn").exit_code, 0);
  const Outcome checked = run_program("check " + path("run") + " --json");
  EXPECT_EQ(checked.exit_code, 1) << checked.text;
  EXPECT_NE(checked.text.find("\"pass\":false"), std::string::npos) << checked.text;
}

TEST_F(ImageProgram, NothingExactIsNoCertificate) {  // no turn of C3 but the identity moves pixels onto pixels
  ASSERT_EQ(train("run", " --group c3 epochs=1").exit_code, 0);
  const Outcome checked = run_program("check " + path("run"));
  EXPECT_EQ(checked.exit_code, 1) << checked.text;
  EXPECT_NE(checked.text.find("not checked: 2 of 3 elements of C3: they do not move pixels onto pixels\n"),
            std::string::npos)
      << checked.text;
  for (const char* expected : {"nothing to check", "\"elements\":{\"batch\":10}", "\"pass\":null"})
    EXPECT_NE(checked.text.find(expected), std::string::npos) << expected << checked.text;
}

TEST_F(ImageProgram, ReflectionsAreCertifiedWhateverTheGroupIsCalled) {
  ASSERT_EQ(train("o2", " --group o2:4 epochs=1").exit_code, 0);
  const Outcome both = run_program("check " + path("o2") + " --json");
  for (const char* expected :
       {"\"elements\":{\"rotation\":3,\"reflection\":4,", "\"f64\":{\"rotation\":", "\"reflection\":"})
    EXPECT_NE(both.text.find(expected), std::string::npos) << expected << both.text;
  ASSERT_EQ(train("d3", " --group d3 epochs=1").exit_code, 0);  // the mirror alone
  EXPECT_NE(run_program("check " + path("d3") + " --json").text.find("\"f64\":{\"reflection\":"), std::string::npos);
}

TEST_F(ImageProgram, AScaleNetworkReportsWhatIsExactForIt) {
  ASSERT_EQ(train("run", " --model sesn epochs=1").exit_code, 0);
  const Outcome checked = run_program("check " + path("run") + " --json");
  EXPECT_EQ(checked.exit_code, 0) << checked.text;
  for (const char* expected :
       {"\"translation\":", "image enlarged by 2.000", "\"pass\":true", "\"name\":\"enlargement\"", "[0.5,"})
    EXPECT_NE(checked.text.find(expected), std::string::npos) << expected << checked.text;
}

TEST_F(ImageProgram, SameSeedSameBits) {
  const std::string more = " turning=any flip=true crop=1 contrast=0.1 epochs=3";
  ASSERT_EQ(train("a", more).exit_code, 0);
  ASSERT_EQ(train("b", more).exit_code, 0);
  ASSERT_EQ(train("c", more + " augment_seed=2").exit_code, 0);
  const auto model = [&](const std::string& run) { return io::read_file(path(run + "/model.safetensors")); };
  EXPECT_EQ(model("a"), model("b"));
  EXPECT_NE(model("a"), model("c"));
}

TEST_F(ImageProgram, ColourImagesAndTurnedTests) {
  write_cells();
  const Outcome trained =
      run_program("train bloodcells --data " + path("cells") + " --out " + path("run") +
                  " --group d4 width=2 epochs=1 batch_size=16 turning=quarter train_fraction=0.5 --threads 1");
  ASSERT_EQ(trained.exit_code, 0) << trained.text;
  EXPECT_NE(trained.text.find("28 training images"), std::string::npos) << trained.text;
  EXPECT_NE(trained.text.find("has no test split"), std::string::npos) << trained.text;
  for (const char* key : {"test_accuracy_quarter", "test_accuracy_any\"", "test_accuracy_any_lanczos"})
    EXPECT_NE(last_line(trained.text).find(key), std::string::npos) << key;
  EXPECT_EQ(run_program("check " + path("run")).exit_code, 0);
  io::save_npz(path("in.npz"), {{"images", io::Array::from(data::bars(2, 28, 3, 4), {2, 28, 28, 3})}});
  EXPECT_EQ(run_program("predict " + path("run") + " --in " + path("in.npz") + " --out " + path("out.npz")).exit_code,
            0);
}

TEST_F(ImageProgram, CheckTurnsPhotographsWithTheBorderOfTheirTask) {  // mirrored: one colour stays one colour
  io::Arrays arrays;
  for (const auto& [split, n] : {std::pair{"train", std::int64_t{16}}, {"val", std::int64_t{4}}}) {
    const auto count = static_cast<std::size_t>(n);
    arrays[std::string(split) + "_images"] =
        io::Array::from(std::vector<std::uint8_t>(count * 28 * 28 * 3, 180), {n, 28, 28, 3});
    std::vector<std::uint8_t> labels(count);
    for (std::size_t i = 0; i < count; ++i) labels[i] = static_cast<std::uint8_t>(i % 2);
    arrays[std::string(split) + "_labels"] = io::Array::from(labels, {n});
  }
  fs::create_directories(root_ / "grey");
  io::save_npz(path("grey/set.npz"), arrays);
  ASSERT_EQ(run_program("train bloodcells --data " + path("grey") + " --out " + path("run") +
                        " width=2 epochs=1 batch_size=8 --threads 1")
                .exit_code,
            0);
  const std::string text = last_line(run_program("check " + path("run") + " --json").text);
  const std::string key = "[45.0,";
  ASSERT_NE(text.find(key), std::string::npos) << text;
  // 1e-5 of rounding where the pictures' deviation is 0; a black border changes the logits by their own size
  EXPECT_LE(std::stod(text.substr(text.find(key) + key.size())), laws::kControlFactor * laws::kEquivariance32) << text;
}

TEST_F(ImageProgram, BadInputIsOneLineAndExitCodeTwo) {
  const std::string start = "train rotmnist --out " + path("x") + kSmall + " --data ";
  expect_refusal(start + path("nowhere"), "no such folder");
  expect_refusal(start + path("mnist") + " --model p4cn", "p4cnn");
  expect_refusal(start + path("mnist") + " --group c4x", "c4");
  expect_refusal(start + path("mnist") + " --group octahedral", "expected a finite group of the plane");
  expect_refusal(start + path("mnist") + " --model orn --group c4", "expected the group c8 for the model orn");
  expect_refusal(start + path("mnist") + " --preset wide", "wide");
  expect_refusal(start + path("mnist") + " preset=paper", "unknown key 'preset'");  // could mean either
  expect_refusal(start + path("mnist") + " test_samples=50", "are asked for");
  // LibTorch's own message ends in a backtrace of many lines
  expect_refusal(start + path("mnist") + " width=4096 --group c16", "can't allocate memory", "ulimit -v 12000000; ");
  data::write_bytes(path("mnist/t10k-labels-idx1-ubyte"), data::idx_bytes({3}, {1, 2, 3}));
  expect_refusal(start + path("mnist"), "3 labels for 20 images");
  std::vector<std::uint8_t> labels(20, 4);
  labels[7] = 12;
  data::write_bytes(path("mnist/t10k-labels-idx1-ubyte"), data::idx_bytes({20}, labels));
  expect_refusal(start + path("mnist"), "label 12 of image 7 is outside 0 .. 9");
  data::write_bytes(path("mnist/train-labels-idx1-ubyte.gz"), {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3});
  expect_refusal(start + path("mnist"), "gzip");
  EXPECT_FALSE(fs::exists(root_ / "x"));
}

TEST_F(ImageProgram, BadPhotographsAreOneLineAndExitCodeTwo) {
  write_cells();
  const io::Arrays good = io::load_npz(path("cells/set.npz"));
  const std::string start = "train bloodcells --out " + path("x") + " width=2 epochs=1 --data " + path("cells");
  const auto refused = [&](const char* name, const io::Array& array, const std::string& expected) {
    io::Arrays bad = good;
    bad[name] = array;
    io::save_npz(path("cells/set.npz"), bad);
    expect_refusal(start, expected);
  };
  expect_refusal(start + " --model resnet", "resnet");
  expect_refusal(start + " --group c0", "c0");
  refused("train_images", io::Array::from(data::bars(64, 27, 3, 4), {64, 27, 27, 3}), "27");
  refused("train_images", io::Array::from(std::vector<std::uint8_t>(64 * 28 * 20 * 3), {64, 28, 20, 3}), "28 x 20");
  refused("train_labels", io::Array::from(std::vector<std::uint8_t>(63), {63, 1}), "63");
  refused("val_labels", io::Array::from(std::vector<std::uint8_t>(16, 200), {16, 1}), "200");
  refused("val_labels", io::Array::from(std::vector<std::int64_t>(16, -1), {16, 1}), "-1");
  auto bytes = io::read_file(path("cells/set.npz"));
  bytes.resize(bytes.size() / 2);
  io::atomic_write(path("cells/set.npz"), bytes);
  expect_refusal(start, "set.npz");
  EXPECT_FALSE(fs::exists(root_ / "x"));
}

TEST_F(ImageProgram, AFaultInARunsConfigurationIsNamed) {
  ASSERT_EQ(train("run", " epochs=1").exit_code, 0);
  const std::string good = io::read_text_file(path("run/config.yaml"));
  const auto refused = [&](const std::string& from, const std::string& to, const std::string& expected) {
    std::string bad = good;
    ASSERT_NE(bad.find(from), std::string::npos) << bad;
    io::atomic_write(path("run/config.yaml"), bad.replace(bad.find(from), from.size(), to));
    expect_refusal("eval " + path("run"), expected);
  };
  refused("batch_size: 20", "batch_size: many", "for 'batch_size'; received 'many'");
  EXPECT_NE(good.find("widths: \"narrow\""), std::string::npos) << good;
  std::string older = good;  // as runs before the key was renamed have it
  io::atomic_write(path("run/config.yaml"), older.replace(older.find("widths:"), 7, "preset:"));
  EXPECT_EQ(run_program("eval " + path("run")).exit_code, 0);
  refused("task: \"rotmnist\"", "task: \"digits\"", "unknown task 'digits'");
}

TEST_F(ImageProgram, DataThatMovedIsNamedAndFoundAgain) {
  ASSERT_EQ(train("run", " epochs=1").exit_code, 0);
  const Outcome before = run_program("eval " + path("run") + " --json --threads 1");
  fs::rename(path("mnist"), path("elsewhere"));
  for (const std::string verb : {"eval ", "train rotmnist --resume "}) {
    expect_refusal(verb + path("run"), "config.yaml: say with --data FOLDER where the data lies now");
    const Outcome after = run_program(verb + path("run") + " --threads 1 --data " + path("elsewhere"));
    EXPECT_EQ(after.exit_code, 0) << after.text;
    EXPECT_EQ(last_line(after.text), last_line(before.text));
  }
}

TEST_F(ImageProgram, PredictRefusesWhatTheModelDoesNotTake) {
  ASSERT_EQ(train("run", " epochs=1").exit_code, 0);
  const std::string predict = "predict " + path("run") + " --in " + path("in.npz") + " --out " + path("out.npz");
  const auto refused = [&](const io::Arrays& arrays, const std::string& expected) {
    io::save_npz(path("in.npz"), arrays);
    expect_refusal(predict, expected);
  };
  refused({{"images", io::Array::from(data::bars(2, 20, 1, 4), {2, 20, 20})}}, "expected images (N, 28, 28)");
  refused({{"images", io::Array::from(data::bars(2, 28, 3, 4), {2, 28, 28, 3})}}, "expected images (N, 28, 28)");
  refused({{"images", io::Array::from(std::vector<float>(2 * 784), {2, 28, 28})}}, "of type u1");
  refused({{"pictures", io::Array::from(data::bars(2, 28, 1, 4), {2, 28, 28})}}, "expected an array 'images'");
  io::atomic_write(path("in.npz"), "not an archive");
  expect_refusal(predict, "in.npz");
  EXPECT_FALSE(fs::exists(root_ / "out.npz"));
}

}  // namespace
}  // namespace coset::cli
