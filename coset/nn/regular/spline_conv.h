/// Group convolutions with continuous kernels: B-splines on the Lie algebra. The grid on H may change after training.
///
/// A layer keeps its splines (centres, widths) when the grid changes; only their samples are new. Haar weights in the
/// plan keep the response. Any group whose logarithm the grid knows: rotations, reflections, scales, their products,
/// SO(3). Source: specification 3.1 to 3.3, 4.1.
#pragma once

#include <optional>

#include "coset/group/log_coordinates.h"
#include "coset/kernel/spline_basis.h"
#include "coset/nn/regular/planned_conv.h"

namespace coset::nn {

struct SplineConvOptions {
  std::int64_t count = 5;  ///< spatial centres per axis
  double spacing = 1.0;    ///< pixels between centres; dense 1, atrous more
  double width = 1.0;      ///< of a spline, pixels
  bool disk = true;        ///< centres in the disk only (rotations)
  std::int64_t size = 0;   ///< cells per axis; 0: as many as the largest copy needs
  ops::ConvGeometry geometry{};
  bool bias = true;
};

class SplineLiftingConv : public PlannedConv {
 public:
  SplineLiftingConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
                    const SplineConvOptions& options = {});
  /// Samples the same kernels on another grid of the same group.
  void change_grid(field::GridPtr group);

 private:
  kernel::SpatialSplines spatial_;
};

class SplineGroupConv : public PlannedConv {
 public:
  SplineGroupConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields, kernel::FibreSplines fibre,
                  const SplineConvOptions& options = {});
  void change_grid(field::GridPtr group);

 private:
  kernel::FibreSplines fibre_;
  kernel::SpatialSplines spatial_;
};

/// Deformable: the centres are parameters too, and start where the fixed layers have theirs: `centres` (n, space) in
/// pixels, and along H `fibre_centres` (n, coordinates), the angle and ln s where the splines depend on them. The
/// kernel stays one function of h_r^-1 h_q, so the layer is as equivariant wherever the centres go.
class DeformableSplineConv : public PlannedConv {
 public:
  /// @param fibre  splines along H, or nothing for a lifting layer. Quadratic. Their centres move where H is
  ///               made of turns, mirror images and scales of the line or the plane; in three dimensions they stay.
  DeformableSplineConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
                       const kernel::FibreSplines* fibre, const SplineConvOptions& options = {});
  Tensor filter_bank() override;
  /// The trained centres and widths on another grid of the same group.
  void change_grid(field::GridPtr group);

  Tensor centres;
  Tensor fibre_centres;  ///< undefined for lifting layers, in three dimensions, and where one spline covers all of H

 private:
  void free_fibre(std::int64_t space);
  void coordinates(const group::LogCoordinates& u, std::vector<double>& to) const;
  void tabulate(const group::GroupGrid& grid);
  void tabulate_fibre(const group::GroupGrid& grid);
  void hold(const std::string& name, Tensor& buffer, const Tensor& values);
  Tensor fibre_factor() const;
  Tensor build() const;

  std::optional<kernel::FibreSplines> splines_;  // along H; none: a lifting layer
  kernel::SpatialSplines spatial_;
  double width_;
  bool turns_ = false;                // the first coordinate along H is an angle
  std::vector<double> fibre_widths_;  // of every coordinate
  Tensor cells_, fibre_;              // (R, P, space) pulled-back cells, (R, Q, B) with 1/|h| inside
  Tensor relative_, weight_on_h_;  // (R, Q, coordinates) log of h_r^-1 h_q, (R, Q, B) components, Haar weights, 1/|h|
};

}  // namespace coset::nn
