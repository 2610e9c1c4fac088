/// Which sizes a strided layer may be given: the sampled positions must lie symmetrically about the image centre, or
/// the layer looks at other pixels after a quarter turn or a mirror image and equivariance is lost.
///
/// A window of k cells with dilation d moves over n + 2p cells in steps of s; nothing is cut off on one side only when
///   (n + 2p - d (k - 1) - 1) mod s = 0.
/// Source: "[GrouPy #26] spatial pooling of an odd size drops one border only".
#pragma once

#include <cstdint>
#include <span>

namespace coset::kernel {

struct Window {
  std::int64_t size = 1;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
};

/// Cells of the output: floor((n + 2p - d (k - 1) - 1) / s) + 1, or 0 where the window does not fit.
std::int64_t output_size(std::int64_t input, const Window& window);

bool keeps_symmetry(std::int64_t input, const Window& window);

/// Throws coset::Error unless the window fits every axis and keeps its symmetry; the text names the axis and the
/// nearest smaller and larger sizes that would work. `where` is the public name in the message.
void check_grid_symmetry(const char* where, std::span<const std::int64_t> sizes, const Window& window);

}  // namespace coset::kernel
