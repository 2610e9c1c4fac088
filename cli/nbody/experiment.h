/// The charged N-body task as the training loop sees it.
#pragma once

#include <functional>
#include <memory>

#include "coset/base/settings.h"
#include "coset/data/nbody.h"
#include "coset/model/nbody_model.h"
#include "coset/train/loop.h"

namespace coset::cli {

/// One split as float32 tensors: the state at the input frame and the positions at the target frame.
struct NBodyTensors {
  model::NBodyBatch input;
  Tensor target;  // (S, n, 3)
};
NBodyTensors nbody_tensors(const data::NBodySplit& split);

/// The data set that a run's configuration names, from the cache or generated; `note` says why it was not cached.
data::NBodyData nbody_data(const Settings& config, std::string* note = nullptr);

/// Mean squared error over systems, particles and coordinates.
double nbody_mse(model::Model& model, const NBodyTensors& split);

class NBodyExperiment : public train::Task {
 public:
  /// Weights are drawn from the configuration's seed.
  NBodyExperiment(const Settings& config, const data::NBodyData& data);

  torch::nn::Module& module() override { return *model_; }
  std::int64_t examples() const override { return train_.target.size(0); }
  Tensor loss(std::span<const std::int64_t> batch, std::int64_t step) override;
  train::Metrics evaluate(train::Split split) override;
  void on_best(const train::Best& best) override;

  model::NBodyModel& model() { return *model_; }
  /// The first systems of the test set, for the model file's example and the report.
  model::NBodyBatch sample(std::int64_t systems) const;
  const NBodyTensors& split(train::Split which) const { return which == train::Split::test ? test_ : valid_; }

  /// Called in on_best; the program writes the model file there.
  std::function<void(const train::Best&)> when_best;

 private:
  std::shared_ptr<model::NBodyModel> model_;
  NBodyTensors train_, valid_, test_;
};

}  // namespace coset::cli
