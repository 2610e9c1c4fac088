#include "cli/image/experiment.h"

#include <algorithm>
#include <cmath>

#include "cli/image/settings.h"
#include "coset/base/error.h"
#include "coset/base/random.h"
#include "coset/data/rotated_mnist.h"

namespace coset::cli {

namespace {

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
  mean.clear();
  deviation.clear();
  for (std::size_t c = 0; c < channels; ++c) {
    mean.push_back(sum[c] / count);
    deviation.push_back(std::sqrt(std::max(1.0, squares[c] / count - mean[c] * mean[c])));
  }
}

Tensor labels_of(const data::ImageSet& set) {
  return torch::tensor(at::IntArrayRef(set.labels), at::kLong);
}

}  // namespace

data::ImageSplits image_data(const Settings& config) {
  const auto seed = static_cast<std::uint64_t>(config.integer("data_seed"));
  const std::string& folder = config.text("data");
  check(!folder.empty(), "[train] expected --data with the folder of the images; received none");
  data::ImageSplits splits;
  if (config.text("task") == "rotmnist")
    splits = data::rotated_mnist(folder, {.train = config.integer("train_samples"),
                                          .valid = config.integer("valid_samples"),
                                          .test = config.integer("test_samples"),
                                          .seed = seed});
  else
    splits = data::load_medmnist(folder, seed);
  splits.train = data::class_fraction(splits.train, config.real("train_fraction"), seed);
  check(splits.train.height == splits.train.width, folder, ": expected square images; received ", splits.train.height,
        " x ", splits.train.width);
  return splits;
}

Tensor image_bytes(const data::ImageSet& set) {
  return torch::from_blob(const_cast<std::uint8_t*>(set.pixels.data()),  // read only
                          {set.count, set.height, set.width, set.channels}, at::kByte);
}

ImageScore image_score(model::ImageModel& model, const data::ImageSet& set) {
  const Tensor logits = model::predict_logits(model, image_bytes(set)).to(at::kDouble);
  const Tensor labels = labels_of(set);
  return {logits.argmax(1).eq(labels).to(at::kDouble).mean().item<double>(),
          at::cross_entropy_loss(logits, labels).item<double>()};
}

ImageExperiment::ImageExperiment(const Settings& config, const data::ImageSplits& splits)
    : splits_(splits), augmentation_(image_augmentation(config)), train_labels_(labels_of(splits.train)) {
  at::manual_seed(derive_seed(static_cast<std::uint64_t>(config.integer("seed")), 0));
  model::ImageModelOptions options = image_model_options(config);
  options.size = splits.train.height;
  options.channels = splits.train.channels;
  options.classes = splits.train.classes;
  model_ = std::make_shared<model::ImageModel>(options);
  std::vector<double> mean, deviation;
  measure(splits.train, mean, deviation);
  model_->set_statistics(mean, deviation);
}

Tensor ImageExperiment::loss(std::span<const std::int64_t> batch, std::int64_t step) {
  std::vector<float> pixels = data::augmented(splits_.train, batch, step, augmentation_);
  const auto count = static_cast<std::int64_t>(batch.size());
  const data::ImageSet& set = splits_.train;
  const Tensor images = torch::from_blob(pixels.data(), {count, set.height, set.width, set.channels}, at::kFloat);
  const Tensor index = torch::tensor(at::IntArrayRef(batch.data(), batch.size()), at::kLong);
  const Tensor logits = model_->forward(images.permute({0, 3, 1, 2}).contiguous());
  return at::cross_entropy_loss(logits, train_labels_.index_select(0, index));
}

train::Metrics ImageExperiment::evaluate(train::Split split) {
  if (split == train::Split::test) return {};
  const ImageScore score = image_score(*model_, splits_.valid);
  return {{"error", 1.0 - score.accuracy}, {"nll", score.nll}};
}

void ImageExperiment::on_best(const train::Best& best) {
  if (when_best) when_best(best);
}

Tensor ImageExperiment::sample(std::int64_t images) const {
  const Tensor all = image_bytes(splits_.test);
  return all.narrow(0, 0, std::min(images, all.size(0))).permute({0, 3, 1, 2}).to(at::kFloat).contiguous();
}

}  // namespace coset::cli
