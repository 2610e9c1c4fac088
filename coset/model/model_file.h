/// The model file: weights and everything needed to use them, in one safetensors file that anyone can inspect.
///
/// Metadata key "coset" holds JSON: format, conventions (their version), coset_version, architecture, parameters (their
/// number), options, irreps, units, training, labels. Tensors: "weights.<parameter or buffer>", and one stored call,
/// "example.input.<name>" and "example.output.<name>", which is replayed when the model is loaded: a file whose
/// weights, conventions or arithmetic no longer give the stored answer does not load. Never pickle; nothing in the file
/// is executed.
#pragma once

#include <functional>
#include <string>

#include "coset/field/signature.h"
#include "coset/io/safetensors.h"
#include "coset/nn/module.h"

namespace coset::model {

using field::NamedValues;

/// What the file says about itself; all but the architecture are JSON objects as text.
struct ModelDescription {
  std::string architecture;     ///< which builder rebuilds the module, "nbody" for example
  std::string options = "{}";   ///< that builder's options
  std::string irreps = "{}";    ///< for people: field types of input, hidden, output
  std::string units = "{}";     ///< for people and converters
  std::string training = "{}";  ///< how the weights came to be: seed, epoch, validation error
  std::string labels = "{}";    ///< for people: class names, licence, origin; older files have none
};

struct StoredModel {
  ModelDescription description;
  NamedValues weights;
  NamedValues example_input;
  NamedValues example_output;
};

/// Writes `module` (float32 or float64 as it is) and the example, atomically.
void save_model(const std::string& path, const ModelDescription& description, const torch::nn::Module& module,
                const NamedValues& example_input, const NamedValues& example_output);

/// Reads without building anything. @throws coset::Error "PATH: ..." on a damaged file, another format or
/// conventions version
StoredModel read_model(const std::string& path, io::Checksum checksum = io::Checksum::kRequired);

/// Gives `module` the stored precision and weights, every name and shape checked, then replays the example through
/// `call` in eval mode.
/// @throws coset::Error "PATH: ..." when a name is missing or left over, a shape or the types differ, a weight is not
/// finite, or the largest deviation from
/// the stored output exceeds 1e-4 (float32) or 1e-10 (float64) of its largest value
void restore_model(const std::string& path, const StoredModel& stored, torch::nn::Module& module,
                   const std::function<NamedValues(const NamedValues&)>& call);

/// Parameters and buffers by their dotted names.
NamedValues named_state(const torch::nn::Module& module);

}  // namespace coset::model
