/// The hidden layers of a radial network: exact functions of the distance. Private.
#pragma once

#include <vector>

#include "coset/compute/radial_weights.h"

namespace coset::compute {

template <class T>
class RadialNetwork final : public RadialFunctions<T> {
 public:
  /// All matrices but the last. @throws coset::Error unless they fit together
  RadialNetwork(const std::vector<Matrix>& matrices, double activation_factor);

  std::int64_t width() const override { return layers_.back().columns; }
  std::int64_t scratch_size(std::int64_t count) const override;
  void evaluate(const EdgeRun& run, const RadialInputs<T>& in, T* scratch, T* h, T* dh) const override;
  std::int64_t basis_size() const { return layers_.front().rows; }

 private:
  struct Hidden {
    std::int64_t rows, columns;
    std::vector<T> values;
  };
  std::int64_t widest() const;

  std::vector<Hidden> layers_;
  double factor_;
};

}  // namespace coset::compute
