/// The convolutional layers of the five layer types; kernels by interpolation, or exactly permuted on the lattice.
///
///   lifting     G/H -> G     trivial -> regular    a bank of transformed kernels
///   group       G -> G       regular -> regular    kernels on the group, transformed and shifted along H
///   isotropic   G/H -> G/H   trivial -> trivial    the stabiliser constraint leaves radial kernels
///
/// (projection and pooling: coset/nn/pooling.h). Source: Cohen and Welling, arXiv 1602.07576;
/// Bekkers et al., arXiv 1804.03393.
#pragma once

#include "coset/nn/grid/grid_conv.h"

namespace coset::nn {

struct GroupConvOptions {
  std::int64_t size = 3;  ///< kernel cells per axis
  ops::ConvGeometry geometry{};
  bool disk = true;   ///< mask kernels to the disk; groups that preserve the lattice keep the whole square
  bool ring = false;  ///< oriented response networks: turn the ring of a 3x3 kernel
  bool bias = true;
};

/// f(x) -> y(x, h) = sum_p k(h^-1 p) f(x + p), on rotations and reflections: here, as in the layers below, |det h| = 1.
/// @throws coset::Error on a group with scales, for which there are ScaleLiftingConv and SplineLiftingConv
class LiftingConv : public GridConv {
 public:
  LiftingConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
              const GroupConvOptions& options = {});
};

/// f(x, q) -> y(x, h) = sum_{p, q} k(h^-1 p, h^-1 q) f(x + p, q), on a finite group.
class GroupConv : public GridConv {
 public:
  GroupConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
            const GroupConvOptions& options = {});
};

/// f(x) -> y(x) = sum_p k(|p|) f(x + p).
class IsotropicConv : public GridConv {
 public:
  IsotropicConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
                const GroupConvOptions& options = {});
};

}  // namespace coset::nn
