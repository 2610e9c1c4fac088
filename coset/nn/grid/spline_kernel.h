/// Continuous kernels: B-splines on the Lie algebra, with fixed or trainable centres. The grid on H may change after
/// training.
///
/// A kernel keeps its splines (centres, widths) when the grid changes; only their samples are new. Haar weights in the
/// plan keep the response. Any group whose logarithm the grid knows: rotations, reflections, scales, their products,
/// SO(3). Source: Bekkers, ICLR 2020, section 3.
#pragma once

#include <optional>

#include "coset/group/log_coordinates.h"
#include "coset/kernel/spline_basis.h"
#include "coset/nn/grid/plan_kernel.h"

namespace coset::nn {

struct SplineKernelOptions {
  std::int64_t count = 5;  ///< spatial centres per axis
  double spacing = 1.0;    ///< pixels between centres; dense 1, atrous more
  double width = 1.0;      ///< of a spline, pixels
  bool disk = true;        ///< centres in the disk only (rotations)
  std::int64_t size = 0;   ///< cells per axis; 0: as many as the largest copy needs
};

class SplineKernel : public PlanKernel {
 public:
  /// @param fibre  splines along H for regular -> regular, or nothing for a lifting layer
  SplineKernel(const group::GroupGrid& grid, std::optional<kernel::FibreSplines> fibre,
               const SplineKernelOptions& options);
  void change_grid(const field::FieldType& in, const field::FieldType& out) override;

 protected:
  std::optional<kernel::FibreSplines> fibre_splines_;
  kernel::SpatialSplines spatial_;
};

/// Deformable: the centres are parameters too, and start where the fixed kernels have theirs: `centres` (n, space) in
/// pixels, and along H `fibre_centres` (n, coordinates), the angle and ln s where the splines depend on them. The
/// kernel stays one function of h_r^-1 h_q, so the layer is as equivariant wherever the centres go.
class DeformableKernel : public SplineKernel {
 public:
  /// Quadratic splines along H. Their centres move where H is made of turns, mirror images and scales of the line or
  /// the plane; in three dimensions they stay. @throws coset::Error on splines of another order
  DeformableKernel(const field::GridPtr& grid, std::optional<kernel::FibreSplines> fibre,
                   const SplineKernelOptions& options);
  void attach(torch::nn::Module& owner, const field::FieldType& in, const field::FieldType& out) override;
  Tensor bank() const override;
  std::vector<Tensor> sources() const override;
  void change_grid(const field::FieldType& in, const field::FieldType& out) override;

  Tensor centres;
  Tensor fibre_centres;  ///< undefined for lifting layers, in three dimensions, and where one spline covers all of H

 private:
  Tensor first_fibre_centres();
  void coordinates(const group::LogCoordinates& u, std::vector<double>& to) const;
  void tabulate(const group::GroupGrid& grid, torch::nn::Module* owner);
  void tabulate_fibre(const group::GroupGrid& grid, torch::nn::Module* owner);
  Tensor fibre_factor() const;

  field::GridPtr grid_;
  double width_;
  bool turns_ = false;                // the first coordinate along H is an angle
  std::vector<double> fibre_widths_;  // of every coordinate
  Tensor cells_, fibre_;              // (R, P, space) pulled-back cells, (R, Q, B) with 1/|h| inside
  Tensor relative_, weight_on_h_;  // (R, Q, coordinates) log of h_r^-1 h_q, (R, Q, B) components, Haar weights, 1/|h|
};

}  // namespace coset::nn
