#include "coset/task/nbody.h"

#include <algorithm>
#include <numeric>

#include "coset/base/error.h"
#include "coset/data/nbody.h"
#include "coset/data/nbody_file.h"
#include "coset/ops/array.h"
#include "coset/report/trajectories.h"

namespace coset::task {

namespace {

constexpr std::int64_t kMany = 1'000'000'000;
constexpr double kMostNumbers = 2e9;  // of positions, and as many of velocities: 32 GB in all

std::int64_t whole(std::int64_t value) {
  return value;
}

Tensor float_tensor(const std::vector<double>& values, at::IntArrayRef shape) {
  return ops::real_tensor(values).to(at::kFloat).view(shape);
}

std::vector<double> flat(const Tensor& tensor) {
  const Tensor t = tensor.to(at::kDouble).contiguous();
  return {t.data_ptr<double>(), t.data_ptr<double>() + t.numel()};
}

model::NamedValues inputs_of(const data::NBodyState& state) {
  const std::int64_t s = state.samples;
  const std::int64_t n = state.particles;
  return {{"positions", float_tensor(state.loc, {s, n, 3})},
          {"velocities", float_tensor(state.vel, {s, n, 3})},
          {"charges", float_tensor(state.charges, {s, n})}};
}

model::NamedValues take(const model::NamedValues& values, const Tensor& index) {
  model::NamedValues taken;
  for (const auto& [name, value] : values) taken.emplace(name, value.index_select(0, index));
  return taken;
}

/// One split as float32 tensors: the state at the input frame and the positions at the target frame.
struct Examples {
  explicit Examples(const data::NBodySplit& split)
      : input(inputs_of(split.at(data::kInputFrame))),
        target(inputs_of(split.at(data::kTargetFrame)).at("positions")) {}
  model::NamedValues input;
  Tensor target;  // (S, n, 3)
};

class NBodyTask : public Task {
 public:
  explicit NBodyTask(const Settings& settings)
      : data_(load(settings, note_)), train_(data_.train), valid_(data_.valid), test_(data_.test) {
    build_model(settings);
  }

  std::int64_t examples() const override { return train_.target.size(0); }
  std::string note() const override { return note_; }
  model::NamedValues example() override { return first_tests(8); }

  Tensor loss(std::span<const std::int64_t> batch, std::int64_t) override {
    const Tensor index = ops::index_tensor(batch);
    return at::mse_loss(model().forward(take(train_.input, index)).at("positions"),
                        train_.target.index_select(0, index));
  }
  train::Metrics evaluate(train::Split split) override {
    return {{"mse", mse(split == train::Split::test ? test_ : valid_)}};
  }

  /// The true motion of a few test systems and where the model sees them end.
  void illustrate(const std::string& run_folder) override {
    const model::NamedValues input = first_tests(6);
    const Tensor predicted = model::predict(model(), input).at("positions");
    const data::NBodySplit& test = data_.test;
    const auto frames = static_cast<std::int64_t>(test.frames.size());
    const std::int64_t stride = frames * test.particles * 3;
    std::vector<report::Trajectory> shown;
    for (std::int64_t s = 0; s < predicted.size(0); ++s)
      shown.push_back({.label = "test trajectory " + std::to_string(s),
                       .charges = flat(input.at("charges")[s]),
                       .frames = frames,
                       .path = {test.loc.begin() + s * stride, test.loc.begin() + (s + 1) * stride},
                       .prediction = flat(predicted[s]),
                       .end = static_cast<double>((frames - 1) * data::NBodyOptions().sample_every),
                       .time_unit = "steps"});
    report::write_trajectories(run_folder, shown);
  }

 private:
  static data::NBodyData load(const Settings& settings, std::string& note) {
    data::NBodyOptions options;
    options.frames.clear();  // the whole way from input to target: the report draws it
    for (std::int64_t frame = data::kInputFrame; frame <= data::kTargetFrame; ++frame) options.frames.push_back(frame);
    options.train = settings.integer("train_samples");
    options.valid = settings.integer("valid_samples");
    options.test = settings.integer("test_samples");
    return data::cached_nbody(options, data::default_cache_folder(), &note);
  }
  model::NamedValues first_tests(std::int64_t systems) const {
    return take(test_.input, at::arange(std::min(systems, test_.target.size(0)), at::kLong));
  }
  double mse(const Examples& split) {
    const Tensor difference = model::predict(model(), split.input).at("positions") - split.target;
    return difference.to(at::kDouble).pow(2).mean().item<double>();
  }

  std::string note_;
  data::NBodyData data_;
  Examples train_, valid_, test_;
};

std::vector<Setting> settings() {
  return {
      {.name = "train_samples", .value = whole(3000), .help = "training trajectories", .least = 1, .most = 10000},
      {.name = "valid_samples", .value = whole(2000), .help = "validation trajectories", .least = 1, .most = 2000},
      {.name = "test_samples", .value = whole(2000), .help = "test trajectories", .least = 1, .most = 2000},
  };
}

std::vector<Preset> presets() {
  const auto annealed = [](const char* epochs, const char* seconds) -> Assignments {
    return {{"epochs", epochs},  {"lr", "5e-3"},      {"schedule", "cosine"},  {"warmup_steps", "100"},
            {"average", "0.99"}, {"eval_every", "2"}, {"max_seconds", seconds}};
  };
  return {
      {"demo", "20 seconds on 2 cores", annealed("40", "175")},
      {"quick", "half a minute on 2 cores", annealed("60", "700")},
      {"tuned",
       "the best validation error found, half a minute on 2 cores",
       {{"epochs", "60"},
        {"batch_size", "50"},
        {"lr", "1e-2"},
        {"clip", "0.2"},
        {"schedule", "cosine"},
        {"warmup_steps", "100"},
        {"average", "0.997"},
        {"eval_every", "1"}}},
      {"paper", "the reference repository's setting, 6 minutes on 2 cores", {{"epochs", "1000"}}},
      {"long", "the protocol of the published baselines, an hour on 2 cores", {{"epochs", "10000"}}},
  };
}

model::NamedValues convert(const io::Arrays& arrays, const model::Loaded&, const std::string& file) {
  return inputs_of(data::nbody_state(arrays, file));
}

std::vector<Setting> data_settings() {
  return {
      {.name = "variant", .value = std::string("charged"), .help = "the law", .choices = {"charged", "gravity"}},
      {.name = "split", .value = std::string("train"), .help = "which", .choices = {"train", "valid", "test"}},
      {.name = "samples",
       .value = whole(-1),
       .help = "trajectories; -1: 3000 train, 2000 valid, 2000 test",
       .least = -1,
       .most = static_cast<double>(kMany)},
      {.name = "particles",
       .value = whole(-1),
       .help = "of a trajectory; -1: 5 charged, 100 gravity",
       .least = -1,
       .most = static_cast<double>(kMany)},
      {.name = "frame",
       .value = whole(-1),
       .help = "this one alone; -1: all",
       .least = -1,
       .most = static_cast<double>(kMany)},
      {.name = "seed", .value = whole(43), .help = "43 is the published set's", .least = 0, .most = 4294967295.0},
      {.name = "compress", .value = false, .help = "deflate the arrays"},
  };
}

/// The requested split alone.
data::NBodyOptions simulation(const Settings& settings) {
  data::NBodyOptions options;
  const bool gravity = settings.text("variant") == "gravity";
  const auto or_usual = [&](const char* key, std::int64_t usual) {
    return settings.integer(key) < 0 ? usual : settings.integer(key);
  };
  options.law = gravity ? data::NBodyLaw::kGravity : data::NBodyLaw::kCharged;
  options.particles = or_usual("particles", gravity ? 100 : 5);
  check(options.particles >= 1, "[coset data nbody] expected at least one particle; received ", options.particles);
  options.seed = static_cast<std::uint32_t>(settings.integer("seed"));
  const auto wanted = [&](const char* split, std::int64_t usual) {
    return settings.text("split") == split ? or_usual("samples", usual) : 0;
  };
  options.train = wanted("train", options.train);
  options.valid = wanted("valid", options.valid);
  options.test = wanted("test", options.test);
  options.stream_train = std::max(options.stream_train, options.train);
  options.frames.assign(1, settings.integer("frame"));
  if (settings.integer("frame") < 0) {
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

std::vector<std::pair<std::string, std::string>> write_data(const Settings& settings, const std::string& out) {
  const data::NBodyData all = data::generate_nbody(simulation(settings));
  const std::string& split = settings.text("split");
  const data::NBodySplit& wanted = split == "train" ? all.train : split == "valid" ? all.valid : all.test;
  io::Arrays arrays = data::nbody_arrays(wanted);
  if (settings.integer("frame") >= 0)
    for (const char* name : {"loc", "vel"}) arrays[name].shape = {wanted.samples, wanted.particles, 3};
  io::save_npz(out, arrays, settings.flag("compress"));
  std::vector<std::pair<std::string, std::string>> written;
  for (const auto& [name, array] : arrays) written.emplace_back(name, shape_text(array.shape) + " " + array.dtype);
  return written;
}

constexpr const char* kDataHelp =
    "loc and vel (S, F, n, 3), charges (S, n; masses for gravity), float64. All frames of the published set\n"
    "are written: every 100 steps of 0.001, charged 49 from step 100 on, gravity 50 from step 0 on.\n"
    "With --frame K they are (S, n, 3), the input of `coset predict`.\n\n"
    "Example:\n  coset data nbody --split test --frame 30 --out test.npz";

report::PublishedTable published() {
  return {
      .metric = "test_mse",
      .caption =
          "Mean squared error of the positions 1,000 steps ahead, over samples, particles and coordinates. Published "
          "rows: 3,000 training trajectories, 10,000 epochs, test at the best validation; seconds for a batch of "
          "100 on the paper's GPU. This run's data is simulated again from the published recipe.",
      .source =
          "Brandstetter et al., Geometric and Physical Quantities Improve E(3) Equivariant Message Passing, "
          "ICLR 2022 (arXiv 2110.02905); rows from Linear to EGNN after Satorras et al., ICML 2021 (arXiv "
          "2102.09844)",
      .rows = {{.name = "Linear", .value = .0819, .spread = {}, .seconds = .0001, .parameters = 1},
               {.name = "SE(3)-Transformer", .value = .0244, .spread = {}, .seconds = .0742, .parameters = 1763134},
               {.name = "Tensor field network", .value = .0155, .spread = {}, .seconds = .0182, .parameters = 127024},
               {.name = "SE_linear", .value = .0116, .spread = .00021, .seconds = .064, .parameters = {}},
               {.name = "Graph network", .value = .0107, .spread = {}, .seconds = .0017, .parameters = 104387},
               {.name = "Radial field", .value = .0104, .spread = {}, .seconds = .0019, .parameters = 2052},
               {.name = "EGNN", .value = .0070, .spread = .00022, .seconds = .0029, .parameters = 134020},
               {.name = "SE_non-linear", .value = .0060, .spread = .00019, .seconds = .031, .parameters = 81888},
               {.name = "SEGNN_G", .value = .0056, .spread = .00025, .seconds = .025, .parameters = 147424},
               {.name = "SEGNN_G+P", .value = .0043, .spread = .00015, .seconds = .026, .parameters = 147424}},
      .setting = {{"train_samples", "3000"}, {"test_samples", "2000"}}};
}

std::vector<ModelChoice> models() {
  return {{"segnn", "non-linear messages, geometric and physical attributes", "nbody", {{"variant", "segnn"}}},
          {"segnn_g", "the same without the velocity in the node attribute", "nbody", {{"variant", "segnn_g"}}},
          {"se_linear", "linear steerable convolution", "nbody", {{"variant", "se_linear"}}},
          {"se_nonlinear", "steerable convolution, non-linear message", "nbody", {{"variant", "se_nonlinear"}}}};
}

}  // namespace

Row nbody_row() {
  return {.name = "nbody",
          .about = "five charged particles: predict positions 1,000 steps ahead",
          .models = models(),
          .settings = settings,
          .loop = {.examples = "systems",
                   .epochs = 1000,
                   .batch_size = 100,
                   .eval_every = 5,
                   .parts = 4,
                   .lr = 5e-4,
                   .weight_decay = 1e-12},
          .presets = presets(),
          .make = [](const Settings& all) -> std::unique_ptr<Task> { return std::make_unique<NBodyTask>(all); },
          .published = published(),
          .files = {.inputs = {{"positions", "loc"}, {"velocities", "vel"}, {"charges", "charges"}},
                    .outputs = {{"positions", "pred"}},
                    .convert = convert},
          .data_settings = data_settings,
          .data_help = kDataHelp,
          .write_data = write_data};
}

}  // namespace coset::task
