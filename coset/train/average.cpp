#include "coset/train/average.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "coset/base/error.h"

namespace coset::train {

double average_decay(double decay, AverageStart start, std::int64_t t) {
  check(decay >= 0.0 && decay < 1.0, "[train::average_decay] expected a decay in [0, 1); received ", decay);
  check(t >= 1, "[train::average_decay] expected t >= 1; received ", t);
  const auto n = static_cast<double>(t);
  switch (start) {
    case AverageStart::plain:
      return decay;
    case AverageStart::corrected:
      return decay * (1.0 - std::pow(decay, n - 1.0)) / (1.0 - std::pow(decay, n));
    case AverageStart::warm_up:
      return std::min(decay, (1.0 + n) / (10.0 + n));
  }
  return decay;
}

WeightAverage::WeightAverage(NamedTensors parameters, double decay, AverageStart start)
    : parameters_(std::move(parameters)), decay_(decay), start_(start) {
  average_decay(decay, start, 1);
  torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : parameters_) average_.push_back({"average." + name, tensor.detach().clone()});
}

void WeightAverage::update(std::int64_t t) {
  torch::NoGradGuard no_grad;
  const double rest = 1.0 - average_decay(decay_, start_, t);
  for (std::size_t i = 0; i < average_.size(); ++i) average_[i].tensor.lerp_(parameters_[i].tensor, rest);
}

void WeightAverage::swap() {
  torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < average_.size(); ++i) {
    const Tensor held = parameters_[i].tensor.detach().clone();
    parameters_[i].tensor.copy_(average_[i].tensor);
    average_[i].tensor.copy_(held);
  }
}

NamedTensors WeightAverage::state() const {
  return average_;
}

}  // namespace coset::train
