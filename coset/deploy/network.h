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
#include "coset/compute/symmetric_product.h"
#include "coset/deploy/network_options.h"
#include "coset/io/npz.h"

namespace coset::deploy {

/// From the scalars of a row to a part of its energy: hidden activation silu times a factor, or none.
struct Readout {
  std::vector<compute::Matrix> hidden;  ///< none, or one (scalars, width)
  double factor = 1.0;
  std::vector<double> weights;  ///< (scalars or width)

  bool empty() const { return weights.empty(); }
  /// The value, and its gradient by the scalars into `gradient` (scalars).
  template <class T>
  double evaluate(const T* scalars, double* gradient) const;
};

/// One layer; m = up(h) is made by the layer before. With gates: y = down(conv(m)) + self(h), h' = gate(norm(y)).
/// With polynomials: y = mix(down(conv(m))), h' = linear(product(y)) + self(h).
template <class T>
struct Layer {
  rep::Irreps in;    ///< padded
  rep::Irreps out;   ///< padded
  rep::Irreps kept;  ///< of y, padded
  compute::RadialConv conv;
  compute::RadialWeights<T> radial;
  compute::BlockLinear<T> down;
  std::optional<compute::BlockLinear<T>> up = {};  ///< of h; none in the first layer
  std::vector<compute::BlockLinear<T>> self = {};  ///< none, one, or one for each species; none in the first layer
  std::optional<compute::SiluGate> gate = {};
  std::optional<compute::RmsNorm<T>> norm = {};
  std::vector<compute::BlockLinear<T>> mix = {};  ///< none, or one for each species
  std::optional<compute::SymmetricProduct<T>> product = {};
  std::optional<compute::BlockLinear<T>> linear = {};
  Readout readout = {};

  /// What self-connections are added to: y with gates, h' with polynomials.
  const rep::Irreps& self_target() const { return product ? out : kept; }
};

template <class T>
struct Network {
  NetworkOptions options;
  std::vector<double> frequencies;  ///< k_n
  double radial_error = 0.0;        ///< the largest measured of reduced radial networks; 0 where none was tried
  bool needs_basis = true;          ///< by some exact radial network
  std::vector<Layer<T>> layers;
  /// What the first layer makes of each species: messages (species, in) and self-connections (species, self_target;
  /// empty when there are none).
  std::vector<T> first_message, first_self;
  std::vector<double> scale, shift;  ///< (species): E_i = scale x + shift
};

/// How radial networks are run.
struct RadialPlan {
  /// Reduced to tables (coset/compute/radial_weights.h) where their measured error is at most this; 0: exact.
  double tolerance = 0.0;
};

/// @throws coset::Error naming `source` and the tensor
template <class T>
std::shared_ptr<const Network<T>> make_network(const NetworkOptions& options, const io::Arrays& weights,
                                               const std::string& source, const RadialPlan& plan = {});

}  // namespace coset::deploy
