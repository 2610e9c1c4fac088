#include "coset/task/image_classification.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>

#include "coset/base/error.h"
#include "coset/base/random.h"
#include "coset/io/atomic_write.h"
#include "coset/model/image_model.h"
#include "coset/ops/array.h"

namespace coset::task {

namespace {

constexpr std::int64_t kMostClasses = 40;
constexpr std::int64_t kChunk = 1024;  // images at a time
constexpr std::int64_t kExamples = 8;  // images in the model file

std::int64_t whole(std::int64_t value) {
  return value;
}

/// Mean and standard deviation of each channel.
void measure(const data::ImageSet& set, std::vector<double>& mean, std::vector<double>& deviation) {
  const auto channels = static_cast<std::size_t>(set.channels);
  std::vector<double> sum(channels), squares(channels);
  for (std::size_t k = 0; k < set.pixels.size(); ++k) {
    const double value = set.pixels[k];
    sum[k % channels] += value;
    squares[k % channels] += value * value;
  }
  const double count = static_cast<double>(set.pixels.size()) / static_cast<double>(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    mean.push_back(sum[c] / count);
    deviation.push_back(std::sqrt(std::max(1.0, squares[c] / count - mean[c] * mean[c])));
  }
}

Tensor labels_of(const data::ImageSet& set) {
  return ops::index_tensor(set.labels);
}

/// (N, H, W, C) bytes, sharing the set's memory: the set must outlive the tensor.
Tensor bytes_of(const data::ImageSet& set) {
  return torch::from_blob(const_cast<std::uint8_t*>(set.pixels.data()),  // read only
                          {set.count, set.height, set.width, set.channels}, at::kByte);
}

/// (N, H, W, C) -> float (N, C, H, W)
Tensor images_of(const Tensor& bytes) {
  return bytes.permute({0, 3, 1, 2}).to(at::kFloat).contiguous();
}

struct Score {
  double accuracy = 0.0;
  double nll = 0.0;  ///< mean negative log-likelihood of the labels
};

/// A few hundred images at a time: as floats all of them would take four times the memory.
Tensor logits_of(model::Model& model, const data::ImageSet& set) {
  const Tensor bytes = bytes_of(set);
  std::vector<Tensor> parts;
  for (std::int64_t begin = 0; begin < set.count; begin += kChunk) {
    const Tensor images = images_of(bytes.narrow(0, begin, std::min(kChunk, set.count - begin)));
    parts.push_back(model::predict(model, {{"images", images}}).at("logits"));
  }
  return at::cat(parts).to(at::kDouble);
}

Score score_of(model::Model& model, const data::ImageSet& set) {
  const Tensor logits = logits_of(model, set);
  const Tensor labels = labels_of(set);
  return {logits.argmax(1).eq(labels).to(at::kDouble).mean().item<double>(),
          at::cross_entropy_loss(logits, labels).item<double>()};
}

data::AugmentationOptions augmentation_of(const Settings& settings, data::Border border) {
  data::AugmentationOptions options;
  options.turning = data::parse_turning(settings.text("turning"));
  options.flip = settings.flag("flip");
  options.crop = settings.real("crop");
  options.brightness = settings.real("brightness");
  options.contrast = settings.real("contrast");
  options.saturation = settings.real("saturation");
  options.border = border;
  options.seed = static_cast<std::uint64_t>(settings.integer("augment_seed"));
  return options;
}

data::ImageSplits load(const Settings& settings, const ImageData& data) {
  const std::string& folder = settings.text("data");
  check(!folder.empty(), "[train] expected --data with the folder of the images; received none");
  data::ImageSplits splits = data.load(folder, settings);
  splits.train = data::class_fraction(splits.train, settings.real("train_fraction"),
                                      static_cast<std::uint64_t>(settings.integer("data_seed")));
  check(splits.train.height == splits.train.width, folder, ": expected square images; received ", splits.train.height,
        " x ", splits.train.width);
  return splits;
}

class ImageTask : public Task {
 public:
  ImageTask(const Settings& settings, const ImageData& data)
      : data_(data),
        splits_(load(settings, data)),
        augmentation_(augmentation_of(settings, data.border)),
        turned_seed_(derive_seed(static_cast<std::uint64_t>(settings.integer("data_seed")), 1)),
        train_labels_(labels_of(splits_.train)) {
    build_model(settings, {{"preset", settings.text("widths")},
                           {"size", std::to_string(splits_.train.height)},
                           {"channels", std::to_string(splits_.train.channels)},
                           {"classes", std::to_string(splits_.train.classes)}});
    std::vector<double> mean, deviation;
    measure(splits_.train, mean, deviation);
    auto* network = dynamic_cast<model::ImageModel*>(&model());
    check(network != nullptr, "[task] expected an image model; received ", settings.text("model"));
    network->set_statistics(mean, deviation);
  }

  std::int64_t examples() const override { return splits_.train.count; }
  std::string note() const override { return splits_.note; }
  model::NamedValues example() override {
    const Tensor all = bytes_of(splits_.test);
    return {{"images", images_of(all.narrow(0, 0, std::min(kExamples, all.size(0))))}};
  }

  /// Which test images are taken for which class; more than kMostClasses would be no table.
  void illustrate(const std::string& run_folder) override {
    const std::int64_t classes = splits_.test.classes;
    if (classes > kMostClasses) return;
    const Tensor answers = logits_of(model(), splits_.test).argmax(1);
    std::vector<std::vector<std::int64_t>> counts(classes, std::vector<std::int64_t>(classes, 0));
    for (std::int64_t i = 0; i < splits_.test.count; ++i)
      ++counts[splits_.test.labels[i]][answers.data_ptr<std::int64_t>()[i]];
    std::vector<std::string> names = data_.classes;
    if (std::ssize(names) != classes) {
      names.clear();
      for (std::int64_t c = 0; c < classes; ++c) names.push_back(std::to_string(c));
    }
    io::atomic_write(run_folder + "/confusion.json",
                     nlohmann::json{{"classes", names}, {"counts", counts}}.dump() + "\n");
  }

  std::string labels() const override {
    if (static_cast<std::int64_t>(data_.classes.size()) != splits_.train.classes) return "{}";
    return nlohmann::json{{"classes", data_.classes}}.dump();
  }

  Tensor loss(std::span<const std::int64_t> batch, std::int64_t step) override {
    std::vector<float> pixels = data::augmented(splits_.train, batch, step, augmentation_);
    const auto count = static_cast<std::int64_t>(batch.size());
    const data::ImageSet& set = splits_.train;
    const Tensor images =
        torch::from_blob(pixels.data(), {count, set.height, set.width, set.channels}, at::kFloat).clone();
    const Tensor index = ops::index_tensor(batch);
    const Tensor logits = model().forward({{"images", images_of(images)}}).at("logits");
    return at::cross_entropy_loss(logits, train_labels_.index_select(0, index));
  }

  /// Validation only: the test images are looked at once, after training.
  train::Metrics evaluate(train::Split split) override {
    if (split == train::Split::test) return {};
    const Score score = score_of(model(), splits_.valid);
    return {{"error", 1.0 - score.accuracy}, {"nll", score.nll}};
  }

  train::Metrics score() override {
    const double test = score_of(model(), splits_.test).accuracy;
    train::Metrics metrics{{"val_accuracy", score_of(model(), splits_.valid).accuracy}, {"test_accuracy", test}};
    using data::Interpolation, data::Turning;
    const std::tuple<const char*, Turning, Interpolation> kinds[] = {
        {"quarter", Turning::quarter, Interpolation::bilinear},
        {"any", Turning::any, Interpolation::bilinear},
        {"any_lanczos", Turning::any, Interpolation::lanczos}};
    for (const auto& [name, turning, interpolation] : kinds) {
      if (!data_.upright) break;
      const data::ImageSet turned = data::turned(splits_.test, turning, {data_.border, interpolation}, turned_seed_);
      metrics.emplace_back(std::string("test_accuracy_") + name, score_of(model(), turned).accuracy);
    }
    metrics.emplace_back("test_error", 1.0 - test);
    return metrics;
  }

 private:
  ImageData data_;
  data::ImageSplits splits_;
  data::AugmentationOptions augmentation_;
  std::uint64_t turned_seed_;
  Tensor train_labels_;
};

std::vector<ModelChoice> models() {
  std::vector<ModelChoice> choices;
  for (const auto& kind : model::image_models())
    choices.push_back({kind.name, kind.about, "image", {{"model", kind.name}, {"preset", "narrow"}}});
  // The first is the default.
  const auto standard = std::find_if(choices.begin(), choices.end(), [](const auto& c) { return c.name == "p4cnn"; });
  std::rotate(choices.begin(), standard, standard + 1);
  return choices;
}

/// Files of earlier versions call the widths "preset".
void upgrade(Assignments& stored) {
  for (auto& [key, value] : stored)
    if (key == "preset") key = "widths";
}

model::NamedValues convert(const io::Arrays& arrays, const model::Loaded& loaded, const std::string& file) {
  const io::Array& images = arrays.at("images");
  const std::int64_t size = loaded.options.integer("size"), channels = loaded.options.integer("channels");
  std::vector<std::int64_t> shape = images.shape;
  if (shape.size() == 3) shape.push_back(1);
  check(images.dtype == "u1" && shape.size() == 4 && shape[1] == size && shape[2] == size && shape[3] == channels, file,
        ": expected images (N, ", size, ", ", size, channels == 3 ? ", 3" : "", ") of type u1; received ",
        shape_text(images.shape), " of type ", images.dtype);
  return {{"images", images_of(ops::to_tensor(images).view(shape))}};
}

io::Arrays derive(const model::NamedValues& outputs) {
  return {{"pred", ops::to_array(outputs.at("logits").argmax(1))}};
}

}  // namespace

std::vector<Setting> image_settings(std::vector<Setting> own) {
  const std::vector<Setting> shared{
      {.name = "widths",
       .value = std::string("narrow"),
       .help = "of the network: narrow trains in minutes, paper as published",
       .choices = {"narrow", "paper"}},
      {.name = "train_fraction",
       .value = 1.0,
       .help = "share of every class that is trained on",
       .least = 1e-6,
       .most = 1},
      {.name = "data_seed", .value = whole(1), .help = "splits, and angles of the images", .least = 0},
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
  own.insert(own.end(), shared.begin(), shared.end());
  return own;
}

std::unique_ptr<Task> image_task(const Settings& settings, const ImageData& data) {
  return std::make_unique<ImageTask>(settings, data);
}

Row image_classification() {
  return {.name = {},
          .about = {},
          .needs_data = true,
          .models = models(),
          .loop = {.examples = "images",
                   .epochs = 30,
                   .batch_size = 64,
                   .lr = 5e-3,
                   .schedule = "cosine",
                   .warmup_steps = 100,
                   .optimizer = "adamw",
                   .weight_decay = 1e-4},
          .presets = {{"narrow", "minutes to half an hour on 2 cores", {{"widths", "narrow"}}},
                      {"paper",
                       "published widths; the schedule of the published P4CNN, whatever the model",
                       {{"widths", "paper"},
                        {"epochs", "100"},
                        {"batch_size", "128"},
                        {"lr", "1e-3"},
                        {"schedule", "constant"},
                        {"warmup_steps", "0"},
                        {"optimizer", "adam"},
                        {"weight_decay", "0"}}}},
          .upgrade = upgrade,
          .files = {.inputs = {{"images", "images"}},
                    .outputs = {{"logits", "logits"}},
                    .convert = convert,
                    .derive = derive},
          .show = show_image};
}

}  // namespace coset::task
