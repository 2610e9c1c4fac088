/// What a network on scales keeps: translations exactly, enlarged images approximately.
///
/// No scale but 1 moves pixels onto pixels, so the logits of such a network have no exact symmetry of its group. Its
/// maps F(x, s) before the projection do: F moves with the image by every multiple of the maps' stride, exactly where
/// the border is out of sight; and an image enlarged by rho = base^t moves them along the scale axis,
///
///   F[f(./rho)](rho x, rho s) ~ F[f](x, s),
///
/// up to the sampling of kernels and pooling. Both are measured on Gaussian blobs that are sampled analytically, on a
/// canvas of our own: the layers take any size. Source: Bekkers 2020.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "coset/model/image/networks.h"

namespace coset::model {

/// Largest relative change of the maps when the image moves by `pixels` along both axes and the maps by pixels / stride
/// cells (rounded down), away from the border; 0 means the stride of the deepest maps. Exact up to rounding for
/// multiples of that stride, and for no other.
/// @throws coset::Error unless the network's symmetry is a grid of scales
double translation_error(const ImageNetwork& network, at::ScalarType dtype, std::int64_t pixels = 0);

struct Enlargement {
  double ratio = 1.0;  ///< rho: the grid's ratio that is nearest to an octave
  /// (name, |a - b| / |b|) of every convolution's maps; b is the response to the smaller image less that to none.
  std::vector<std::pair<std::string, double>> layers;
};
/// @param unit  pixels, standard deviation of the narrowest blob. What max pooling misses falls as 1/unit.
/// @param wrong places along the scale axis by which the comparison is off: the negative control
/// @throws coset::Error unless the network's symmetry is a grid of scales.  @cost two images of 20 unit + 112 pixels
/// per side
Enlargement enlargement_errors(const ImageNetwork& network, at::ScalarType dtype, double unit = 8.0,
                               std::int64_t wrong = 0);

}  // namespace coset::model
