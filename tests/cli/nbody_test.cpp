/// `coset train nbody` and the verbs on its run folder, as a person uses them; small settings, seconds each.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "coset/io/atomic_write.h"
#include "coset/io/npz.h"
#include "tests/cli/program.h"

namespace coset::cli {
namespace {

namespace fs = std::filesystem;

const std::string kSmall =
    " width=8 layers=1 train_samples=40 valid_samples=10 test_samples=10 batch_size=10 eval_every=1 epochs=3 --threads "
    "1";

/// The data cache lies in the test's folder.
class NBodyProgram : public FolderTest {
 protected:
  Outcome coset(const std::string& arguments, const std::string& before = "") const {
    return run_program(arguments, before + "XDG_CACHE_HOME=" + path("cache") + " ");
  }
  Outcome train(const std::string& name, const std::string& extra = "") const {
    return coset("train nbody --out " + path(name) + kSmall + extra);
  }
};

TEST_F(NBodyProgram, TrainsEvaluatesChecksAndPredicts) {
  const Outcome trained = train("run");
  ASSERT_EQ(trained.exit_code, 0) << trained.text;
  for (const char* file : {"config.yaml", "metrics.jsonl", "model.safetensors", "report.html", "result.json"})
    EXPECT_TRUE(fs::exists(root_ / "run" / file)) << file;
  EXPECT_EQ(last_line(trained.text).rfind("{\"model\":\"segnn\",\"parameters\":", 0), 0U) << trained.text;

  const Outcome evaluated = coset("eval " + path("run") + " --json");
  EXPECT_EQ(last_line(evaluated.text), last_line(trained.text)) << evaluated.text;

  const Outcome by_file = coset("eval " + path("run/model.safetensors") + " --json");
  EXPECT_EQ(by_file.text, evaluated.text);
  fs::copy_file(path("run/model.safetensors"), path("lonely"));
  const Outcome lonely = coset("eval " + path("lonely"));
  EXPECT_EQ(lonely.exit_code, 2);
  EXPECT_NE(lonely.text.find("expected a run folder, or a model file in one"), std::string::npos) << lonely.text;

  const Outcome checked = coset("check " + path("run"));
  EXPECT_EQ(checked.exit_code, 0) << checked.text;
  EXPECT_NE(checked.text.find("\"pass\":true"), std::string::npos) << checked.text;

  ASSERT_EQ(coset("data nbody --out " + path("in.npz") + " --split test --samples 3 --frame 30").exit_code, 0);
  const Outcome predicted = coset("predict " + path("run") + " --in " + path("in.npz") + " --out " + path("out.npz"));
  ASSERT_EQ(predicted.exit_code, 0) << predicted.text;
  const io::Arrays out = io::load_npz(path("out.npz"));
  EXPECT_EQ(out.at("pred").shape, (std::vector<std::int64_t>{3, 5, 3}));
  EXPECT_EQ(out.at("loc"), io::load_npz(path("in.npz")).at("loc"));
  const Outcome info = coset("info " + path("run"));
  EXPECT_EQ(info.exit_code, 0);
  EXPECT_NE(info.text.find("message fused; update fused"), std::string::npos) << info.text;
}

TEST_F(NBodyProgram, SameSeedSameBits) {
  ASSERT_EQ(train("a").exit_code, 0);
  ASSERT_EQ(train("b").exit_code, 0);
  ASSERT_EQ(train("c", " --seed 2").exit_code, 0);
  const auto model = [&](const char* run) { return io::read_file(path(std::string(run) + "/model.safetensors")); };
  EXPECT_EQ(model("a"), model("b"));
  EXPECT_NE(model("a"), model("c"));
}

TEST_F(NBodyProgram, KilledAndResumedEndsWithTheSameBits) {
  ASSERT_EQ(train("whole", " epochs=12").exit_code, 0);
  // Killed at moments that differ from machine to machine: wherever it happens, the bits must agree.
  int compared = 0;
  for (const char* seconds : {"0.9", "1.3", "1.8", "30"}) {
    const std::string run = path(std::string("killed") + seconds);
    coset("train nbody --out " + run + kSmall + " epochs=12 checkpoint_seconds=0.01",
          std::string("timeout -s KILL ") + seconds + " env ");
    if (!fs::exists(run + "/config.yaml")) continue;  // killed before the run began
    if (!fs::exists(run + "/report.html")) {
      const Outcome resumed = coset("train nbody --resume " + run + " --threads 1");
      ASSERT_EQ(resumed.exit_code, 0) << resumed.text;
    }
    EXPECT_EQ(io::read_file(run + "/model.safetensors"), io::read_file(path("whole/model.safetensors"))) << seconds;
    ++compared;
  }
  EXPECT_GE(compared, 1);
}

TEST_F(NBodyProgram, BadInputIsOneLineAndExitCodeTwo) {
  const auto refused = [&](const std::string& arguments, const std::string& expected) {
    const Outcome outcome = coset(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments << "\n" << outcome.text;
    EXPECT_NE(outcome.text.find(expected), std::string::npos) << arguments << "\n" << outcome.text;
    EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 1) << outcome.text;
  };
  refused("train nbody --out " + path("x") + " epoch=3", "did you mean 'epochs'");
  refused("train nbody --out " + path("x") + " --preset dmeo", "did you mean 'demo'");
  refused("train nbody --out " + path("x") + " --model segn", "segnn");
  refused("train nbody --out " + path("x") + " lr=fast", "lr");
  refused("check " + path("nothing"), "no such run folder");
  refused("chek run", "unknown verb 'chek'; did you mean 'check'? verbs: train, eval");
  refused("train nbdy", "unknown verb 'nbdy' after train; did you mean 'nbody'?");
  refused("", "expected a verb: train, eval");
  refused("--frob", "unknown option --frob");
  refused("train nbody --threads 0", "--threads: Value 0 not in range 1 to 1024");
  refused("train nbody --seed -1", "--seed: Value -1 not in range 0 to 4294967295");
  refused("data nbody --out " + path("x") + " --seed 4294967296", "--seed: Value 4294967296 not in range");
  refused("data nbody --out " + path("x") + " --samples 1000000000 --particles 1000000000",
          "up to 2000000000; received");
  refused("bench --seconds -1", "--seconds: Value -1 not in range");
  refused("train nbody --resume " + path(""), "no run to go on with");
  refused("train nbody --preset quick --resume " + path(""), "expected no model, preset, seed or key=value beside it");
  std::ofstream(path("file")) << "text";
  refused("train nbody --out " + path("file/x"), "/file is not a folder");
  EXPECT_FALSE(fs::exists(path("x")));
}

TEST_F(NBodyProgram, DamagedModelsAndDataAreRefused) {
  ASSERT_EQ(train("run").exit_code, 0);
  const std::string model = path("run/model.safetensors");
  std::vector<std::byte> bytes = io::read_file(model);
  bytes[bytes.size() / 2] ^= std::byte{4};
  std::ofstream(path("flipped"), std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  EXPECT_EQ(coset("check " + path("flipped")).exit_code, 2);

  const auto predict = [&](io::Arrays arrays) {
    io::save_npz(path("in.npz"), arrays);
    fs::remove(path("out.npz"));
    const Outcome outcome = coset("predict " + model + " --in " + path("in.npz") + " --out " + path("out.npz"));
    EXPECT_EQ(fs::exists(path("out.npz")), outcome.exit_code == 0);
    return outcome.exit_code;
  };
  const auto state = [](std::vector<double> loc, std::int64_t s, std::int64_t n) {
    const std::vector<double> vel(loc.size(), 0.5);
    const std::vector<double> charges(static_cast<std::size_t>(s * n), 1.0);
    return io::Arrays{{"loc", io::Array::from(loc, {s, n, 3})},
                      {"vel", io::Array::from(vel, {s, n, 3})},
                      {"charges", io::Array::from(charges, {s, n})}};
  };
  EXPECT_EQ(predict(state({0, 0, 0, 1, 0, 0}, 1, 2)), 0);
  EXPECT_EQ(predict(state({0, 0, 0, 0, 0, 0}, 1, 2)), 2);  // coincident
  EXPECT_EQ(predict(state({0, NAN, 0, 1, 0, 0}, 1, 2)), 2);
  EXPECT_EQ(predict(state({0, 1e300, 0, 1, 0, 0}, 1, 2)), 2);  // no float32
  EXPECT_EQ(predict(state({0, 1e30, 0, 1, 0, 0}, 1, 2)), 2);   // its square is none
  EXPECT_EQ(predict(state({}, 0, 5)), 0);                      // an empty batch
  EXPECT_EQ(predict(state({1, 2, 3}, 1, 1)), 0);               // one particle: no edges
  io::Arrays missing = state({0, 0, 0, 1, 0, 0}, 1, 2);
  missing.erase("charges");
  EXPECT_EQ(predict(missing), 2);

  io::save_npz(path("same.npz"), state({0, 0, 0, 1, 0, 0}, 1, 2));
  EXPECT_EQ(coset("predict " + model + " --in " + path("same.npz") + " --out " + path("same.npz")).exit_code, 0);
  EXPECT_EQ(io::load_npz(path("same.npz")).count("pred"), 1U);
}

// RLIMIT_FSIZE stands for a full disk: wherever it strikes, what exists is whole.
TEST_F(NBodyProgram, NoSpaceLeftLeavesNoPartialFile) {
  ASSERT_EQ(train("run").exit_code, 0);
  ASSERT_EQ(coset("data nbody --out " + path("in.npz") + " --split test --samples 40 --frame 30").exit_code, 0);
  const auto limited = [&](const std::string& arguments, const std::string& bytes) {
    return coset(arguments, "prlimit --fsize=" + bytes + " env ");
  };
  const Outcome predicted =
      limited("predict " + path("run") + " --in " + path("in.npz") + " --out " + path("out.npz"), "4096");
  EXPECT_EQ(predicted.exit_code, 2) << predicted.text;
  EXPECT_NE(predicted.text.find("File too large"), std::string::npos) << predicted.text;
  EXPECT_FALSE(fs::exists(path("out.npz")));

  // The checkpoint does not fit, then nothing but the page.
  for (const char* bytes : {"8192", "40000"}) {
    const std::string folder = path(std::string("limited") + bytes);
    const Outcome outcome = limited("train nbody --out " + folder + kSmall, bytes);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.text;
    EXPECT_NE(outcome.text.find("File too large"), std::string::npos) << outcome.text;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      EXPECT_EQ(entry.path().string().find(".tmp"), std::string::npos) << entry.path();
    ASSERT_EQ(coset("train nbody --resume " + folder + " --threads 1").exit_code, 0);
    EXPECT_EQ(io::read_file(folder + "/model.safetensors"), io::read_file(path("run/model.safetensors")));
  }
}

}  // namespace
}  // namespace coset::cli
