/// An image classifier with its preprocessing: bytes in, logits out.
#pragma once

#include "coset/model/image/networks.h"
#include "coset/model/model.h"

namespace coset::model {

/// Architecture "image": options model, group, preset, width, and size, channels, classes, which follow from the data. An
/// empty group and a width of 0 are left open: the model's own.
Architecture image_architecture();
/// The options as a struct, nothing left open. @throws coset::Error on an unknown model or group
ImageModelOptions image_model_options(const Settings& options);
/// The declared options with these values.
Settings image_model_settings(const ImageModelOptions& options);

class ImageModel : public Model {
 public:
  /// Weights are drawn from torch's default generator. @throws coset::Error on options that build_network refuses, or
  /// a size that the network's canvas cannot hold centred
  explicit ImageModel(const ImageModelOptions& options);

  /// images -> logits. Images of any numeric type: bytes give logits of the model's precision.
  Signature signature() const override;
  NamedValues forward(const NamedValues& inputs) override;
  Chunks chunks() const override { return {.examples = 256, .in_turn = true}; }
  std::vector<std::pair<std::string, std::string>> routes() const override { return chain().layers(); }
  std::string types() const override;
  /// coset/model/image/measure.h
  void measure(const NamedValues& example, verify::Certificate& certificate) override;

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

/// predict() of images (N, H, W, C) u8 or (N, C, H, W) float: logits (N, classes) in the model's precision.
Tensor predict_logits(ImageModel& model, const Tensor& images);

}  // namespace coset::model
