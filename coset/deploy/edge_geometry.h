/// What a network sees of an edge, and the way back: radial basis, harmonics, and the force along the edge.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "coset/compute/radial_weights.h"
#include "coset/deploy/network_options.h"

namespace coset::deploy {

/// The radial basis at distance d and its slope: b_n = prefactor sin(k_n d) / d * envelope(d).
void radial_basis(const NetworkOptions& options, std::span<const double> frequencies, double d, double* basis,
                  double* slope);

template <class T>
class EdgeGeometry {
 public:
  /// @param with_basis  false where no radial function reads it
  EdgeGeometry(const NetworkOptions& options, std::vector<double> frequencies, bool with_basis);

  /// Prepares edges (edges, 3) and clears their gradients. @throws coset::Error naming an unusable edge
  void set(std::span<const double> vectors);

  std::int64_t harmonics() const { return (options_.degree + 1) * (options_.degree + 1); }
  const T* y() const { return y_.data(); }
  compute::RadialInputs<T> radial() const { return {distance_.data(), basis_.data(), slope_.data()}; }
  T* y_gradient() { return gy_.data(); }
  T* distance_gradient() { return gr_.data(); }

  /// dE/dvector of every edge (edges, 3), from the two gradients.
  void pull(std::vector<double>& out);

 private:
  /// The harmonics take sign times the vector.
  double sign() const { return options_.flip_vectors ? -1.0 : 1.0; }

  NetworkOptions options_;
  std::vector<double> frequencies_;
  bool with_basis_;
  std::int64_t edges_ = 0;
  std::vector<double> distance_;
  std::vector<T> vector_, basis_, slope_, y_, gy_, gr_, gv_;
};

}  // namespace coset::deploy
