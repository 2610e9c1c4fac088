/// Rotated MNIST by its protocol, from the real digits.
///
/// The pool is all 70,000 digits. A permutation drawn with the seed gives, without overlap, the training, validation
/// and test images (10,000, 2,000 and 50,000), and each is turned by an angle of its own, uniform on [0, 2 pi), with
/// bilinear interpolation about the centre of the 28 x 28 picture and black beyond it, and rounded to bytes.
/// Source: Cohen and Welling, ICML 2016; the published files (Larochelle et al. 2007) are drawn in the same
/// way from the same digits, with other draws and angles, so errors compare within the noise of the draw, no closer.
#pragma once

#include "coset/data/image_set.h"

namespace coset::data {

struct RotatedMnistOptions {
  std::int64_t train = 10000;
  std::int64_t valid = 2000;
  std::int64_t test = 50000;
  std::uint64_t seed = 1;
};

/// `folder` holds the four MNIST files, plain or gzip. About 1 s.
/// @throws coset::Error when they are unusable, or when fewer images are there than are asked for
ImageSplits rotated_mnist(const std::string& folder, const RotatedMnistOptions& options = {});

}  // namespace coset::data
