#include "cli/image/settings.h"

namespace coset::cli {

namespace {

using train::Key;

std::int64_t whole(std::int64_t value) {
  return value;
}

std::vector<Key> model_keys(const std::string& task) {
  std::vector<std::string> models;
  for (const auto& kind : model::image_models()) models.push_back(kind.name);
  return {
      {.name = "task", .value = task, .doc = "what is trained", .choices = {task}},
      {.name = "data", .value = std::string(), .doc = "folder of the data, as shipped"},
      {.name = "model", .value = std::string("p4cnn"), .doc = "network", .choices = models},
      {.name = "group", .value = std::string(), .doc = "c4, c8, c16, d4, d8, ...; empty: the published one"},
      {.name = "preset",
       .value = std::string("narrow"),
       .doc = "widths of the network",
       .choices = {"narrow", "paper"}},
      {.name = "width",
       .value = whole(0),
       .doc = "fields of the first layer; 0: the preset's",
       .least = 0,
       .most = 4096},
  };
}

std::vector<Key> data_keys(const std::string& task) {
  std::vector<Key> keys;
  if (task == "rotmnist")
    keys = {{.name = "train_samples", .value = whole(10000), .doc = "training images", .least = 1, .most = 70000},
            {.name = "valid_samples", .value = whole(2000), .doc = "validation images", .least = 1, .most = 70000},
            {.name = "test_samples", .value = whole(50000), .doc = "test images", .least = 1, .most = 70000}};
  keys.push_back({.name = "train_fraction",
                  .value = 1.0,
                  .doc = "share of every class that is trained on",
                  .least = 1e-6,
                  .most = 1});
  keys.push_back({.name = "data_seed", .value = whole(1), .doc = "splits, and angles of the images", .least = 0});
  return keys;
}

std::vector<Key> augmentation_keys() {
  return {
      {.name = "turning",
       .value = std::string("none"),
       .doc = "augmentation by rotation",
       .choices = {"none", "quarter", "any"}},
      {.name = "flip", .value = false, .doc = "augmentation by mirror images"},
      {.name = "crop", .value = 0.0, .unit = "pixels", .doc = "largest shift", .least = 0, .most = 1000},
      {.name = "brightness", .value = 0.0, .doc = "largest shift of brightness, of 255", .least = 0, .most = 1},
      {.name = "contrast", .value = 0.0, .doc = "largest relative change of contrast", .least = 0, .most = 1},
      {.name = "saturation", .value = 0.0, .doc = "largest relative change of saturation", .least = 0, .most = 1},
      {.name = "augment_seed", .value = whole(1), .doc = "of the augmentation", .least = 0},
  };
}

std::vector<Key> loop_keys() {
  return {
      {.name = "seed", .value = whole(1), .doc = "initial weights and order of the examples", .least = 0},
      {.name = "epochs", .value = whole(30), .doc = "passes over the training set", .least = 1},
      {.name = "batch_size", .value = whole(64), .doc = "images in a step", .least = 1},
      {.name = "eval_every", .value = whole(1), .unit = "epochs", .doc = "between evaluations", .least = 1},
      {.name = "max_seconds", .value = 0.0, .unit = "s", .doc = "training stops here; 0: no limit", .least = 0},
      {.name = "lr", .value = 5e-3, .doc = "peak learning rate", .least = 0},
      {.name = "schedule",
       .value = std::string("cosine"),
       .doc = "of the learning rate",
       .choices = {"constant", "cosine", "step"}},
      {.name = "warmup_steps",
       .value = whole(100),
       .unit = "steps",
       .doc = "linear rise of the learning rate",
       .least = 0},
      {.name = "lr_floor", .value = 0.0, .doc = "last learning rate as a fraction of the peak", .least = 0, .most = 1},
      {.name = "optimizer",
       .value = std::string("adamw"),
       .doc = "adam: decay in the gradient; adamw: decoupled",
       .choices = {"adam", "adamw"}},
      {.name = "weight_decay", .value = 1e-4, .least = 0},
      {.name = "clip", .value = 0.0, .doc = "largest gradient norm; 0: no clipping", .least = 0},
      {.name = "average",
       .value = 0.0,
       .doc = "decay of the weight average that is evaluated and kept; 0: none",
       .least = 0,
       .most = 0.999999},
      {.name = "checkpoint_seconds", .value = 30.0, .unit = "s", .doc = "between checkpoints", .least = 0},
  };
}

}  // namespace

train::Config image_settings(const std::string& task) {
  std::vector<Key> keys = model_keys(task);
  for (const auto& more : {data_keys(task), augmentation_keys(), loop_keys()})
    keys.insert(keys.end(), more.begin(), more.end());
  return train::Config(std::move(keys));
}

const std::vector<train::Preset>& image_presets() {
  static const std::vector<train::Preset> presets{
      {"narrow", "minutes to half an hour on 2 cores", {{"preset", "narrow"}}},
      {"paper",
       "published widths and schedule",
       {{"preset", "paper"},
        {"epochs", "100"},
        {"batch_size", "128"},
        {"lr", "1e-3"},
        {"schedule", "constant"},
        {"warmup_steps", "0"},
        {"optimizer", "adam"},
        {"weight_decay", "0"}}},
  };
  return presets;
}

model::ImageModelOptions image_model_options(const train::Config& config) {
  model::ImageModelOptions options;
  options.model = config.text("model");
  options.group = config.text("group");
  options.preset = config.text("preset");
  options.width = config.integer("width");
  return options;
}

data::Border image_border(const train::Config& config) {
  return config.text("task") == "rotmnist" ? data::Border::black : data::Border::reflect;
}

data::AugmentationOptions image_augmentation(const train::Config& config) {
  data::AugmentationOptions options;
  options.turning = data::parse_turning(config.text("turning"));
  options.flip = config.flag("flip");
  options.crop = config.real("crop");
  options.brightness = config.real("brightness");
  options.contrast = config.real("contrast");
  options.saturation = config.real("saturation");
  options.border = image_border(config);
  options.seed = static_cast<std::uint64_t>(config.integer("augment_seed"));
  return options;
}

train::LoopOptions image_loop_options(const train::Config& config) {
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
