/// Adam and AdamW as one fused pass over all parameters.
///
/// Per element, with gradient g (times `gradient_scale`), learning rate a, step t of this parameter = 1, 2, ...:
///   Adam   g += weight_decay * w                  AdamW  w *= 1 - a * weight_decay
///   m = b1 m + (1 - b1) g      v = b2 v + (1 - b2) g^2
///   w -= a / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)
/// which is torch::optim::Adam / AdamW without amsgrad. Every element is computed alone, so the bits do not depend on
/// the thread count. A parameter without gradient is left as it is, moments and step count included, as torch does.
/// @source Kingma and Ba, arXiv:1412.6980, algorithm 1; Loshchilov and Hutter, arXiv:1711.05101, algorithm 2.
#pragma once

#include <cstdint>
#include <vector>

#include "coset/train/parameters.h"

namespace coset::train {

struct AdamOptions {
  bool decoupled = true;  ///< true: AdamW, false: Adam
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.0;
};

class Adam {
 public:
  /// Parameters: contiguous float32 or float64 CPU leaves, one element type in all; they are updated in place.
  /// @throws coset::Error on other parameters or none, betas outside [0, 1), a negative eps or weight decay
  Adam(NamedTensors parameters, const AdamOptions& options);

  /// One update with learning rate `lr` >= 0; every gradient is multiplied by `gradient_scale` first. O(elements)
  /// @throws coset::Error on a rate that is negative or not finite, or a gradient of another shape or type
  void step(double lr, double gradient_scale = 1.0);

  /// The live state: "adam.m.<name>", "adam.v.<name>" with the parameters' shapes, "adam.steps" (parameters) int64.
  /// Copying values into these tensors restores an earlier state exactly.
  NamedTensors state() const;

 private:
  struct Segment;
  template <class T>
  void update(const std::vector<Segment>& segments, double lr, double gradient_scale);

  NamedTensors parameters_;
  AdamOptions options_;
  Tensor first_;   // (elements) flat first moments, parameter after parameter
  Tensor second_;  // (elements)
  Tensor steps_;   // (parameters) int64
  std::int64_t elements_ = 0;
};

/// Euclidean norm of all gradients as one vector; missing gradients count as zero. Summed in float64 in a fixed order:
/// the same bits at any thread count. NaN or infinity in a gradient shows in the result. O(elements)
double gradient_norm(const NamedTensors& parameters);

/// Factor that brings a gradient of norm `norm` to at most `max_norm`: min(1, max_norm / (norm + 1e-6)), as torch's
/// clip_grad_norm_; 1 when max_norm is 0 (no clipping).
double clip_factor(double norm, double max_norm);

/// Drops every gradient, so that the next backward pass starts afresh.
void clear_gradients(const NamedTensors& parameters);

}  // namespace coset::train
