#include "cli/image/settings.h"

#include "cli/training.h"

namespace coset::cli {

namespace {

std::int64_t whole(std::int64_t value) {
  return value;
}

std::vector<Setting> model_keys(const std::string& task) {
  std::vector<std::string> models;
  for (const auto& kind : model::image_models()) models.push_back(kind.name);
  return {
      {.name = "task", .value = task, .help = "what is trained", .choices = {task}},
      {.name = "data", .value = std::string(), .help = "folder of the data, as shipped"},
      {.name = "model", .value = std::string("p4cnn"), .help = "network", .choices = models},
      {.name = "group", .value = std::string(), .help = "c4, c8, c16, d4, d8, ...; empty: the published one"},
      {.name = "widths",
       .value = std::string("narrow"),
       .help = "of the network: narrow trains in minutes, paper as published",
       .choices = {"narrow", "paper"}},
      {.name = "width",
       .value = whole(0),
       .help = "fields of the first layer; 0: as the widths say",
       .least = 0,
       .most = 4096},
  };
}

std::vector<Setting> data_keys(const std::string& task) {
  std::vector<Setting> keys;
  if (task == "rotmnist")
    keys = {{.name = "train_samples", .value = whole(10000), .help = "training images", .least = 1, .most = 70000},
            {.name = "valid_samples", .value = whole(2000), .help = "validation images", .least = 1, .most = 70000},
            {.name = "test_samples", .value = whole(50000), .help = "test images", .least = 1, .most = 70000}};
  keys.push_back({.name = "train_fraction",
                  .value = 1.0,
                  .help = "share of every class that is trained on",
                  .least = 1e-6,
                  .most = 1});
  keys.push_back({.name = "data_seed", .value = whole(1), .help = "splits, and angles of the images", .least = 0});
  return keys;
}

std::vector<Setting> augmentation_keys() {
  return {
      {.name = "turning",
       .value = std::string("none"),
       .help = "augmentation by rotation",
       .choices = {"none", "quarter", "any"}},
      {.name = "flip", .value = false, .help = "augmentation by mirror images"},
      {.name = "crop", .value = 0.0, .unit = "pixels", .help = "largest shift", .least = 0, .most = 1000},
      {.name = "brightness", .value = 0.0, .help = "largest shift of brightness, of 255", .least = 0, .most = 1},
      {.name = "contrast", .value = 0.0, .help = "largest relative change of contrast", .least = 0, .most = 1},
      {.name = "saturation", .value = 0.0, .help = "largest relative change of saturation", .least = 0, .most = 1},
      {.name = "augment_seed", .value = whole(1), .help = "of the augmentation", .least = 0},
  };
}

}  // namespace

Settings image_settings(const std::string& task) {
  std::vector<Setting> keys = model_keys(task);
  const train::LoopDefaults loop{.examples = "images",
                                 .epochs = 30,
                                 .batch_size = 64,
                                 .lr = 5e-3,
                                 .schedule = "cosine",
                                 .warmup_steps = 100,
                                 .optimizer = "adamw",
                                 .weight_decay = 1e-4};
  for (const auto& more : {data_keys(task), augmentation_keys(), train::loop_settings(loop)})
    keys.insert(keys.end(), more.begin(), more.end());
  return Settings(std::move(keys));
}

const std::vector<Preset>& image_presets() {
  static const std::vector<Preset> presets{
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

model::ImageModelOptions image_model_options(const Settings& config) {
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

data::AugmentationOptions image_augmentation(const Settings& config) {
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
