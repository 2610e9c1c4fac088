/// A network of coset/deploy/network_options.h, planned for execution: every normalisation folded into the weights,
/// every row padded to whole vectors.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "coset/compute/block_linear.h"
#include "coset/compute/radial_conv.h"
#include "coset/compute/rms_norm.h"
#include "coset/compute/silu_gate.h"
#include "coset/deploy/network_options.h"
#include "coset/io/npz.h"

namespace coset::deploy {

/// One layer:  y = down(conv(m)) + self(h);  h' = gate(norm(y));  with m = up(h) made by the layer before.
template <class T>
struct Layer {
  rep::Irreps in;   ///< padded
  rep::Irreps out;  ///< padded
  compute::RadialConv conv;
  std::unique_ptr<compute::RadialWeights<T>> radial;
  compute::BlockLinear<T> down;
  compute::SiluGate gate;
  std::optional<compute::RmsNorm<T>> norm;
  std::optional<compute::BlockLinear<T>> up;   ///< of h; none in the first layer
  std::vector<compute::BlockLinear<T>> self;  ///< none, one, or one for each species; none in the first layer
};

template <class T>
struct Network {
  NetworkOptions options;
  std::vector<double> frequencies;  ///< k_n
  std::vector<Layer<T>> layers;
  /// What the first layer makes of each species: messages (species, in) and self-connections (species, before the gate;
  /// empty when there are none).
  std::vector<T> first_message, first_self;
  std::vector<double> readout;       ///< (scalars of the last layer, padded)
  std::vector<double> scale, shift;  ///< (species): E_i = scale x + shift
};

/// @throws coset::Error naming `source` and the tensor
template <class T>
std::shared_ptr<const Network<T>> make_network(const NetworkOptions& options, const io::Arrays& weights,
                                               const std::string& source);

}  // namespace coset::deploy
