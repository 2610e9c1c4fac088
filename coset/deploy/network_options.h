/// What a model file says about a message-passing potential: its architecture as plain options.
///
/// One set of options describes the networks that send messages through channel-wise (uvu) tensor products of sender
/// features and edge harmonics: NequIP (Batzner et al., arXiv 2101.03164), SevenNet (Park et al., arXiv 2402.03789),
/// Nequix (Koker and Smidt, arXiv 2508.16067), whose nodes are updated through a gate, and MACE (Batatia et al., arXiv
/// 2206.07697), whose nodes are updated by a polynomial of the messages. docs/deploy.md has the equations and the names
/// of the weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coset/rep/irreps.h"

namespace coset::deploy {

enum class Envelope { polynomial, xplor };
/// How the matrices of the radial network are scaled: not at all, by 1/sqrt(rows), or by 1/sqrt(rows) in the first and
/// sqrt(2/rows) in all others.
enum class RadialScaling { none, fan_in, fan_in_relu };
/// The self-connection: absent, one linear map, or a linear map for each species.
enum class SelfConnection { none, linear, species };

struct NetworkOptions {
  std::vector<std::string> species;  ///< chemical symbols; the place in the list is the species' index
  double cutoff = 0.0;               ///< angstrom; an edge is shorter
  int degree = 0;                    ///< of the edge harmonics
  bool parity = true;                ///< harmonics 0e+1o+2e+...; false: all even, and everything with them
  rep::Irreps embedding;             ///< of the species; scalars
  bool one_hot = false;              ///< embedding row s is 1 at s; otherwise tensor "embedding" times embedding_factor
  double embedding_factor = 1.0;
  std::vector<rep::Irreps> layers;  ///< output of each layer, after the gate
  int radial_size = 8;
  double radial_prefactor = 1.0;  ///< b_n = prefactor sin(k_n d) / d * envelope
  bool radial_trained = false;    ///< k_n from tensor "radial.frequencies"; otherwise n pi / cutoff
  Envelope envelope = Envelope::polynomial;
  double envelope_power = 6.0;
  double envelope_start = 0.0;  ///< xplor: 1 below this distance
  RadialScaling radial_scaling = RadialScaling::fan_in;
  double radial_factor = 1.0;      ///< of the radial network's silu
  double message_factor = 1.0;     ///< of the sum over neighbours
  double activation_factor = 1.0;  ///< of the silu of scalars and gates
  SelfConnection self_connection = SelfConnection::linear;
  bool first_self_connection = true;  ///< in the first layer too
  bool layer_norm = false;
  int correlation = 0;      ///< degree of the polynomials in place of gates (1 to 3); 0: gates
  rep::Irreps interaction;  ///< with polynomials: irreps of a node's summed messages, all with the same multiplicity
  bool first_mixes_species = false;  ///< with polynomials: the first layer's sums pass a linear map of their species
  bool flip_vectors = false;         ///< harmonics of receiver minus sender
  bool layer_readouts = false;       ///< every layer adds to the energy, not the last alone
  double energy_scale = 1.0;         ///< E_i = energy_scale scale[s] x + energy_shift + shift[s]
  double energy_shift = 0.0;
};

/// Options as the JSON object that stands in the model file, and back.
/// @throws coset::Error naming `source` and the key on an unknown, missing or unusable one
std::string to_json(const NetworkOptions& options);
NetworkOptions parse_network_options(const std::string& json, const std::string& source);

/// Irreps of a layer before its gate: 0e channels are the scalars, then the gates of each gated block in order.
rep::Irreps before_gate(const rep::Irreps& layer);

/// One path of a layer's convolution.
struct MessagePath {
  int in = 0;        ///< block of the layer's input
  int harmonic = 0;  ///< degree l2
  rep::Irrep out;
};
/// In the order of the radial network's columns: loops over input blocks, degrees of the harmonics and output degrees,
/// kept where the layer's output has the irrep, then sorted (stable) by output irrep.
std::vector<MessagePath> message_paths(const NetworkOptions& options, const rep::Irreps& in, const rep::Irreps& out);
/// The same, in loop order.
std::vector<MessagePath> unsorted_message_paths(const NetworkOptions& options, const rep::Irreps& in,
                                                const rep::Irreps& out);
/// What the convolution gives: for each output irrep the channels of its paths side by side, in path order.
rep::Irreps message_irreps(const rep::Irreps& in, const std::vector<MessagePath>& paths);

/// Irreps that the messages of layer t end in.
const rep::Irreps& message_target(const NetworkOptions& options, std::size_t t);
/// Input of layer t.
const rep::Irreps& layer_input(const NetworkOptions& options, std::size_t t);

}  // namespace coset::deploy
