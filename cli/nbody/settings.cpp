#include "cli/nbody/settings.h"

#include "cli/training.h"

namespace coset::cli {

namespace {

std::int64_t whole(std::int64_t value) {
  return value;
}

}  // namespace

Settings nbody_settings() {
  std::vector<Setting> keys{
      {.name = "task", .value = std::string("nbody"), .help = "what is trained", .choices = {"nbody"}},
      {.name = "model",
       .value = std::string("segnn"),
       .help = "network",
       .choices = {"segnn", "segnn_g", "se_linear", "se_nonlinear"}},
      {.name = "width",
       .value = whole(0),
       .help = "hidden width, weight-balanced into irreps; 0: the published one",
       .least = 0,
       .most = 4096},
      {.name = "layers", .value = whole(4), .help = "message-passing layers", .least = 1, .most = 64},
      {.name = "lmax_hidden",
       .value = whole(-1),
       .help = "largest degree of hidden features; -1: the published one",
       .least = -1,
       .most = 6},
      {.name = "lmax_attribute",
       .value = whole(-1),
       .help = "largest degree of the attributes; -1: the published one",
       .least = -1,
       .most = 6},
      {.name = "train_samples", .value = whole(3000), .help = "training trajectories", .least = 1, .most = 10000},
      {.name = "valid_samples", .value = whole(2000), .help = "validation trajectories", .least = 1, .most = 2000},
      {.name = "test_samples", .value = whole(2000), .help = "test trajectories", .least = 1, .most = 2000},
  };
  const auto loop = train::loop_settings({.examples = "systems",
                                          .epochs = 1000,
                                          .batch_size = 100,
                                          .eval_every = 5,
                                          .parts = 4,
                                          .lr = 5e-4,
                                          .weight_decay = 1e-12});
  keys.insert(keys.end(), loop.begin(), loop.end());
  return Settings(std::move(keys));
}

const std::vector<Preset>& nbody_presets() {
  static const std::vector<Preset> presets{
      {"demo",
       "20 seconds on 2 cores",
       {{"epochs", "40"},
        {"lr", "5e-3"},
        {"schedule", "cosine"},
        {"warmup_steps", "100"},
        {"average", "0.99"},
        {"eval_every", "2"},
        {"max_seconds", "175"}}},
      {"quick",
       "half a minute on 2 cores",
       {{"epochs", "60"},
        {"lr", "5e-3"},
        {"schedule", "cosine"},
        {"warmup_steps", "100"},
        {"average", "0.99"},
        {"eval_every", "2"},
        {"max_seconds", "700"}}},
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
  return presets;
}

model::NBodyModelOptions nbody_model_options(const Settings& config) {
  model::NBodyModelOptions options = model::published_nbody_options(model::parse_segnn_variant(config.text("model")));
  options.layers = config.integer("layers");
  if (config.integer("width") > 0) options.width = config.integer("width");
  if (config.integer("lmax_hidden") >= 0) options.lmax_hidden = static_cast<int>(config.integer("lmax_hidden"));
  if (config.integer("lmax_attribute") >= 0)
    options.lmax_attribute = static_cast<int>(config.integer("lmax_attribute"));
  return options;
}

}  // namespace coset::cli
