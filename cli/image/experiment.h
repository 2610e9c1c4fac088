/// Image classification as the training loop sees it.
#pragma once

#include <functional>
#include <memory>

#include "coset/base/settings.h"
#include "coset/data/augmentation.h"
#include "coset/model/image_model.h"
#include "coset/train/loop.h"

namespace coset::cli {

/// The splits that a run's configuration names. @throws coset::Error when the files are unusable
data::ImageSplits image_data(const Settings& config);

/// (N, H, W, C) bytes, sharing the set's memory: the set must outlive the tensor.
Tensor image_bytes(const data::ImageSet& set);

struct ImageScore {
  double accuracy = 0.0;
  double nll = 0.0;  ///< mean negative log-likelihood of the labels
};
ImageScore image_score(model::ImageModel& model, const data::ImageSet& set);

class ImageExperiment : public train::Task {
 public:
  /// Weights are drawn from the configuration's seed; `splits` must outlive the experiment.
  ImageExperiment(const Settings& config, const data::ImageSplits& splits);

  torch::nn::Module& module() override { return *model_; }
  std::int64_t examples() const override { return splits_.train.count; }
  Tensor loss(std::span<const std::int64_t> batch, std::int64_t step) override;
  /// Validation only: the test images are looked at once, after training.
  train::Metrics evaluate(train::Split split) override;
  void on_best(const train::Best& best) override;

  model::ImageModel& model() { return *model_; }
  /// The first test images, float (B, C, H, W), for the model file's example.
  Tensor sample(std::int64_t images) const;

  /// Called in on_best; the program writes the model file there.
  std::function<void(const train::Best&)> when_best;

 private:
  const data::ImageSplits& splits_;
  data::AugmentationOptions augmentation_;
  std::shared_ptr<model::ImageModel> model_;
  Tensor train_labels_;
};

}  // namespace coset::cli
