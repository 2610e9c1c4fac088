#include "cli/image/settings.h"

#include "cli/training.h"

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
      {.name = "widths",
       .value = std::string("narrow"),
       .doc = "of the network: narrow trains in minutes, paper as published",
       .choices = {"narrow", "paper"}},
      {.name = "width",
       .value = whole(0),
       .doc = "fields of the first layer; 0: as the widths say",
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

}  // namespace

train::Config image_settings(const std::string& task) {
  std::vector<Key> keys = model_keys(task);
  const LoopDefaults loop{.examples = "images",
                          .epochs = 30,
                          .batch_size = 64,
                          .lr = 5e-3,
                          .schedule = "cosine",
                          .warmup_steps = 100,
                          .optimizer = "adamw",
                          .weight_decay = 1e-4};
  for (const auto& more : {data_keys(task), augmentation_keys(), loop_keys(loop)})
    keys.insert(keys.end(), more.begin(), more.end());
  return train::Config(std::move(keys));
}

const std::vector<train::Preset>& image_presets() {
  static const std::vector<train::Preset> presets{
      {"narrow", "minutes to half an hour on 2 cores", {{"widths", "narrow"}}},
      {"paper",
       "published widths; the schedule of the published P4CNN, whatever the model",
       {{"widths", "paper"},
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
  options.preset = config.text("widths");
  options.width = config.integer("width");
  return options;
}

data::Border image_border(const std::string& task) {
  return task == "rotmnist" ? data::Border::black : data::Border::reflect;
}

data::AugmentationOptions image_augmentation(const train::Config& config) {
  data::AugmentationOptions options;
  options.turning = data::parse_turning(config.text("turning"));
  options.flip = config.flag("flip");
  options.crop = config.real("crop");
  options.brightness = config.real("brightness");
  options.contrast = config.real("contrast");
  options.saturation = config.real("saturation");
  options.border = image_border(config.text("task"));
  options.seed = static_cast<std::uint64_t>(config.integer("augment_seed"));
  return options;
}

}  // namespace coset::cli
