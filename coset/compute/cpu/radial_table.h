/// Smooth functions of the distance between equidistant knots: cubic Hermite interpolation. Private.
#pragma once

#include <vector>

#include "coset/compute/radial_weights.h"

namespace coset::compute {

template <class T>
class RadialTable final : public RadialFunctions<T> {
 public:
  /// @param knots  values and slopes at 0, step, 2 step, ...: (knots, 2, width)
  RadialTable(std::int64_t width, double step, const std::vector<double>& knots);

  std::int64_t width() const override { return width_; }
  std::int64_t scratch_size(std::int64_t) const override { return 0; }
  void evaluate(const EdgeRun& run, const RadialInputs<T>& in, T* scratch, T* h, T* dh) const override;

 private:
  std::int64_t width_;
  std::int64_t intervals_;
  double inverse_step_;
  /// (intervals, 4, width): of 1, t, t^2, t^3; no differences of near numbers are left for the slope.
  std::vector<T> coefficients_;
};

}  // namespace coset::compute
