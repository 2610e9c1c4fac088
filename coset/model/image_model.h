/// An image classifier with its preprocessing: bytes in, logits out.
#pragma once

#include "coset/model/image/networks.h"

namespace coset::model {

class ImageModel : public torch::nn::Module {
 public:
  /// Weights are drawn from torch's default generator. @throws coset::Error on options that build_network refuses, or
  /// a size that the network's canvas cannot hold centred
  explicit ImageModel(const ImageModelOptions& options);

  /// images (B, channels, size, size), values 0 .. 255 of the model's element type -> logits (B, classes).
  /// @throws coset::Error on another shape
  Tensor forward(const Tensor& images);

  /// Standardised, and padded by black to the network's canvas: the input of chain().
  field::Field prepared(const Tensor& images) const;

  /// Mean and standard deviation per channel of the training images, values 0 .. 255.
  void set_statistics(const std::vector<double>& mean, const std::vector<double>& deviation);

  const ImageModelOptions& options() const { return options_; }  ///< resolved
  const ImageNetwork& network() const { return network_; }
  const Sequential& chain() const { return *network_.chain; }
  /// Grid whose elements on the lattice must leave the logits unchanged.
  const field::GridPtr& symmetry() const { return network_.symmetry; }

  Tensor mean, deviation;  ///< (channels), buffers

 private:
  ImageModelOptions options_;
  ImageNetwork network_;
};

std::int64_t count_weights(const ImageModel& model);

/// Logits (N, classes) without gradients, a few hundred images at a time. images (N, H, W, C) u8 or (N, C, H, W) float.
Tensor predict_logits(ImageModel& model, const Tensor& images);

/// Largest change of the logits, |f(h x) - f(x)| / max(1, max |f(x)|), over the elements of the model's symmetry that
/// the lattice carries exactly.
struct LatticeErrors {
  double rotation = 0.0;
  double reflection = 0.0;
  std::int64_t rotations = 0;  ///< how many were applied, the identity not counted
  std::int64_t reflections = 0;

  std::int64_t elements() const { return rotations + reflections; }
};
/// images (B, channels, size, size), converted to the model's element type.
LatticeErrors lattice_errors(ImageModel& model, const Tensor& images);

}  // namespace coset::model
