// `coset data`: data sets that are simulated rather than downloaded.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <numeric>

#include "cli/verbs.h"
#include "coset/base/error.h"
#include "coset/data/nbody_file.h"
#include "coset/io/npz.h"

namespace coset::cli {
namespace {

struct NBodyRequest {
  std::string out;
  std::string variant = "charged";
  std::string split = "train";
  std::int64_t samples = -1;
  std::int64_t particles = -1;
  std::int64_t frame = -1;
  std::int64_t seed = 43;
  bool compress = false;
};

constexpr std::int64_t kMany = 1'000'000'000;
constexpr double kMostNumbers = 2e9;  // of positions, and as many of velocities: 32 GB in all

constexpr const char* kNBodyHelp = R"(
loc and vel (S, F, n, 3), charges (S, n; masses for gravity), float64. All frames of the published set
are written: every 100 steps of 0.001, charged 49 from step 100 on, gravity 50 from step 0 on.
With --frame K they are (S, n, 3), the input of `coset predict`.

Example:
  coset data nbody --split test --frame 30 --out test.npz)";

/// The requested split alone.
data::NBodyOptions options_of(const NBodyRequest& request) {
  data::NBodyOptions options;
  const bool gravity = request.variant == "gravity";
  options.law = gravity ? data::NBodyLaw::kGravity : data::NBodyLaw::kCharged;
  options.particles = request.particles < 0 ? (gravity ? 100 : 5) : request.particles;
  options.seed = static_cast<std::uint32_t>(request.seed);
  const auto wanted = [&](const char* split, std::int64_t usual) {
    return request.split == split ? (request.samples < 0 ? usual : request.samples) : 0;
  };
  options.train = wanted("train", options.train);
  options.valid = wanted("valid", options.valid);
  options.test = wanted("test", options.test);
  options.stream_train = std::max(options.stream_train, options.train);
  options.frames.assign(1, request.frame);
  if (request.frame < 0) {
    options.frames.resize(static_cast<std::size_t>(data::frame_count(options)));
    std::iota(options.frames.begin(), options.frames.end(), 0);
  }
  const std::int64_t samples = options.train + options.valid + options.test;
  const double numbers = 3.0 * static_cast<double>(samples) * static_cast<double>(options.particles) *
                         static_cast<double>(options.frames.size());
  check(numbers <= kMostNumbers, "[coset data nbody] expected samples x frames x particles x 3 up to ", kMostNumbers,
        "; received ", samples, " x ", options.frames.size(), " x ", options.particles, " x 3");
  return options;
}

void write_nbody(const NBodyRequest& request) {
  const auto begin = std::chrono::steady_clock::now();
  const data::NBodyData all = data::generate_nbody(options_of(request));
  const data::NBodySplit& split = request.split == "train"   ? all.train
                                  : request.split == "valid" ? all.valid
                                                             : all.test;
  io::Arrays arrays = data::nbody_arrays(split);
  if (request.frame >= 0)
    for (const char* name : {"loc", "vel"}) arrays[name].shape = {split.samples, split.particles, 3};
  io::save_npz(request.out, arrays, request.compress);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  for (const auto& [name, array] : arrays)
    std::printf("%-10s %-20s %s\n", name.c_str(), shape_text(array.shape).c_str(), array.dtype.c_str());
  std::printf("%-10s %s (%.1f s)\n", "file", request.out.c_str(), taken.count());
}

}  // namespace

void add_data(CLI::App& app) {
  CLI::App* data = app.add_subcommand("data", "Simulate a data set and write it to a file");
  data->require_subcommand(1);
  data->footer("Example:\n  coset data nbody --split test --frame 30 --out test.npz");
  CLI::App* nbody = data->add_subcommand("nbody", "Charged or gravitating particles in three dimensions");
  const auto request = std::make_shared<NBodyRequest>();
  nbody->add_option("--out", request->out, "File to write (.npz)")->required()->type_name("FILE");
  nbody->add_option("--variant", request->variant, "charged or gravity")
      ->check(CLI::IsMember({"charged", "gravity"}))
      ->capture_default_str();
  nbody->add_option("--split", request->split, "train, valid or test")
      ->check(CLI::IsMember({"train", "valid", "test"}))
      ->capture_default_str();
  nbody->add_option("--samples", request->samples, "Trajectories (default: 3000 train, 2000 valid, 2000 test)")
      ->check(CLI::Range(std::int64_t{0}, kMany));
  nbody->add_option("--particles", request->particles, "Particles per trajectory (default: 5 charged, 100 gravity)")
      ->check(CLI::Range(std::int64_t{1}, kMany));
  nbody->add_option("--frame", request->frame, "Write this frame alone")->check(CLI::Range(std::int64_t{0}, kMany));
  nbody->add_option("--seed", request->seed, "Seed; 43 is the published set's")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{4294967295}))
      ->capture_default_str();
  nbody->add_flag("--compress", request->compress, "Deflate the arrays");
  nbody->footer(kNBodyHelp);
  nbody->callback([request] { write_nbody(*request); });
}

}  // namespace coset::cli
