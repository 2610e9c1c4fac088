/// Exponential moving average of the weights, evaluated in place of the weights. Running statistics (of batch norm) are
/// averaged with them: those of the last weights do not fit the average.
///
///   a_t = d_t a_{t-1} + (1 - d_t) w_t,   t = 1, 2, ...
///   plain      d_t = d, a_0 = the initial weights
///   corrected  d_t = d (1 - d^(t-1)) / (1 - d^t): the initial weights are forgotten (d_1 = 0); equal to dividing an
///              average started at zero by 1 - d^t
///   warm_up    d_t = min(d, (1 + t) / (10 + t))
#pragma once

#include <cstdint>
#include <string>

#include "coset/train/parameters.h"

namespace coset::train {

enum class AverageStart { plain, corrected, warm_up };

/// d_t. @throws coset::Error unless t >= 1 and `decay` is in [0, 1)
double average_decay(double decay, AverageStart start, std::int64_t t);

class WeightAverage {
 public:
  /// `decay` in [0, 1); the average starts as a copy of the parameters.
  /// @throws coset::Error on another decay
  WeightAverage(NamedTensors parameters, double decay, AverageStart start);

  /// Takes the weights after update number t = 1, 2, ... into the average. O(elements)
  void update(std::int64_t t);
  /// Exchanges weights and average; call twice, or use Scope.
  void swap();
  /// The live average: "average.<name>" with the parameters' shapes.
  NamedTensors state() const;

  /// The average stands in the model while this object lives; a null average does nothing.
  class Scope {
   public:
    explicit Scope(WeightAverage* average) : average_(average) {
      if (average_) average_->swap();
    }
    ~Scope() {
      if (average_) average_->swap();
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    WeightAverage* average_;
  };

 private:
  NamedTensors parameters_;
  NamedTensors average_;
  double decay_;
  AverageStart start_;
};

}  // namespace coset::train
