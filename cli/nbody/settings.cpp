#include "cli/nbody/settings.h"

namespace coset::cli {

namespace {

std::int64_t whole(std::int64_t value) {
  return value;
}

}  // namespace

train::Config nbody_settings() {
  using train::Key;
  return train::Config({
      {.name = "task", .value = std::string("nbody"), .doc = "what is trained", .choices = {"nbody"}},
      {.name = "model",
       .value = std::string("segnn"),
       .doc = "network",
       .choices = {"segnn", "segnn_g", "se_linear", "se_nonlinear"}},
      {.name = "width",
       .value = whole(0),
       .doc = "hidden width, weight-balanced into irreps; 0: the published one",
       .least = 0,
       .most = 4096},
      {.name = "layers", .value = whole(4), .doc = "message-passing layers", .least = 1, .most = 64},
      {.name = "lmax_hidden",
       .value = whole(-1),
       .doc = "largest degree of hidden features; -1: the published one",
       .least = -1,
       .most = 6},
      {.name = "lmax_attribute",
       .value = whole(-1),
       .doc = "largest degree of the attributes; -1: the published one",
       .least = -1,
       .most = 6},
      {.name = "train_samples", .value = whole(3000), .doc = "training trajectories", .least = 1, .most = 10000},
      {.name = "valid_samples", .value = whole(2000), .doc = "validation trajectories", .least = 1, .most = 2000},
      {.name = "test_samples", .value = whole(2000), .doc = "test trajectories", .least = 1, .most = 2000},
      {.name = "seed", .value = whole(1), .doc = "initial weights and order of the examples", .least = 0},
      {.name = "epochs", .value = whole(1000), .doc = "passes over the training set", .least = 1},
      {.name = "batch_size", .value = whole(100), .doc = "systems in a step", .least = 1},
      {.name = "eval_every", .value = whole(5), .unit = "epochs", .doc = "between evaluations", .least = 1},
      {.name = "max_seconds", .value = 0.0, .unit = "s", .doc = "training stops here; 0: no limit", .least = 0},
      {.name = "lr", .value = 5e-4, .doc = "peak learning rate", .least = 0},
      {.name = "schedule",
       .value = std::string("constant"),
       .doc = "of the learning rate",
       .choices = {"constant", "cosine", "step"}},
      {.name = "warmup_steps",
       .value = whole(0),
       .unit = "steps",
       .doc = "linear rise of the learning rate",
       .least = 0},
      {.name = "lr_floor", .value = 0.0, .doc = "last learning rate as a fraction of the peak", .least = 0, .most = 1},
      {.name = "optimizer",
       .value = std::string("adam"),
       .doc = "adam: decay in the gradient; adamw: decoupled",
       .choices = {"adam", "adamw"}},
      {.name = "weight_decay", .value = 1e-12, .least = 0},
      {.name = "clip", .value = 0.0, .doc = "largest gradient norm; 0: no clipping", .least = 0},
      {.name = "average",
       .value = 0.0,
       .doc = "decay of the weight average that is evaluated and kept; 0: none",
       .least = 0,
       .most = 0.999999},
      {.name = "checkpoint_seconds", .value = 30.0, .unit = "s", .doc = "between checkpoints", .least = 0},
  });
}

const std::vector<train::Preset>& nbody_presets() {
  static const std::vector<train::Preset> presets{
      {"demo",
       "at most 3 minutes on 2 cores",
       {{"epochs", "40"},
        {"lr", "5e-3"},
        {"schedule", "cosine"},
        {"warmup_steps", "100"},
        {"average", "0.99"},
        {"eval_every", "2"},
        {"max_seconds", "175"}}},
      {"quick",
       "at most 12 minutes on 2 cores",
       {{"epochs", "60"},
        {"lr", "5e-3"},
        {"schedule", "cosine"},
        {"warmup_steps", "100"},
        {"average", "0.99"},
        {"eval_every", "2"},
        {"max_seconds", "700"}}},
      {"paper", "the reference repository's setting", {{"epochs", "1000"}}},
      {"long", "the protocol of the published baselines", {{"epochs", "10000"}}},
  };
  return presets;
}

model::NBodyModelOptions nbody_model_options(const train::Config& config) {
  model::NBodyModelOptions options = model::published_nbody_options(model::parse_segnn_variant(config.text("model")));
  options.layers = config.integer("layers");
  if (config.integer("width") > 0) options.width = config.integer("width");
  if (config.integer("lmax_hidden") >= 0) options.lmax_hidden = static_cast<int>(config.integer("lmax_hidden"));
  if (config.integer("lmax_attribute") >= 0)
    options.lmax_attribute = static_cast<int>(config.integer("lmax_attribute"));
  return options;
}

train::LoopOptions nbody_loop_options(const train::Config& config) {
  train::LoopOptions options;
  options.config = config.yaml();
  options.seed = static_cast<std::uint64_t>(config.integer("seed"));
  options.epochs = config.integer("epochs");
  options.batch_size = config.integer("batch_size");
  options.eval_every = config.integer("eval_every");
  options.max_seconds = config.real("max_seconds");
  options.schedule.shape = train::parse_shape(config.text("schedule"));
  options.schedule.peak = config.real("lr");
  options.schedule.warmup_steps = config.integer("warmup_steps");
  options.schedule.floor = config.real("lr_floor");
  options.adam.decoupled = config.text("optimizer") == "adamw";
  options.adam.weight_decay = config.real("weight_decay");
  options.clip = config.real("clip");
  options.average_decay = config.real("average");
  options.checkpoint_seconds = config.real("checkpoint_seconds");
  return options;
}

}  // namespace coset::cli
