#include "cli/nbody/experiment.h"

#include "cli/nbody/settings.h"
#include "coset/base/random.h"
#include "coset/data/nbody_file.h"
#include "coset/model/nbody_model.h"

namespace coset::cli {

namespace {

Tensor float_tensor(const std::vector<double>& values, at::IntArrayRef shape) {
  return torch::tensor(at::ArrayRef<double>(values), at::kDouble).to(at::kFloat).view(shape);
}

model::NBodyBatch rows(const model::NBodyBatch& batch, const Tensor& index) {
  return {batch.positions.index_select(0, index), batch.velocities.index_select(0, index),
          batch.charges.index_select(0, index)};
}

}  // namespace

NBodyTensors nbody_tensors(const data::NBodySplit& split) {
  const data::NBodyState now = split.at(data::kInputFrame);
  const data::NBodyState later = split.at(data::kTargetFrame);
  const std::int64_t s = split.samples;
  const std::int64_t n = split.particles;
  return {{float_tensor(now.loc, {s, n, 3}), float_tensor(now.vel, {s, n, 3}), float_tensor(now.charges, {s, n})},
          float_tensor(later.loc, {s, n, 3})};
}

data::NBodyData nbody_data(const Settings& config, std::string* note) {
  data::NBodyOptions options;
  options.frames.clear();  // the whole way from input to target: the report draws it
  for (std::int64_t frame = data::kInputFrame; frame <= data::kTargetFrame; ++frame) options.frames.push_back(frame);
  options.train = config.integer("train_samples");
  options.valid = config.integer("valid_samples");
  options.test = config.integer("test_samples");
  return data::cached_nbody(options, data::default_cache_folder(), note);
}

double nbody_mse(model::Model& model, const NBodyTensors& split) {
  const Tensor difference = model::predict(model, split.input.values()).at("positions") - split.target;
  return difference.to(at::kDouble).pow(2).mean().item<double>();
}

NBodyExperiment::NBodyExperiment(const Settings& config, const data::NBodyData& data)
    : train_(nbody_tensors(data.train)), valid_(nbody_tensors(data.valid)), test_(nbody_tensors(data.test)) {
  at::manual_seed(derive_seed(static_cast<std::uint64_t>(config.integer("seed")), 0));
  model_ = std::make_shared<model::NBodyModel>(nbody_model_options(config));
}

Tensor NBodyExperiment::loss(std::span<const std::int64_t> batch, std::int64_t) {
  const Tensor index = torch::tensor(at::IntArrayRef(batch.data(), batch.size()), at::kLong);
  return at::mse_loss(model_->forward(rows(train_.input, index)), train_.target.index_select(0, index));
}

train::Metrics NBodyExperiment::evaluate(train::Split which) {
  return {{"mse", nbody_mse(*model_, split(which))}};
}

void NBodyExperiment::on_best(const train::Best& best) {
  if (when_best) when_best(best);
}

model::NBodyBatch NBodyExperiment::sample(std::int64_t systems) const {
  const Tensor index = at::arange(std::min(systems, test_.target.size(0)), at::kLong);
  return rows(test_.input, index);
}

}  // namespace coset::cli
