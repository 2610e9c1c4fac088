/// A model is a value: named tensors in, named tensors out, and a signature that says what they mean.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coset/base/error.h"
#include "coset/base/settings.h"
#include "coset/field/signature.h"
#include "coset/nn/module.h"
#include "coset/verify/certificate.h"

namespace coset::model {

using field::NamedValues;
using field::Signature;

class Model : public torch::nn::Module {
 public:
  /// Inputs, outputs, units and symmetries; fixed for the life of the model.
  virtual Signature signature() const = 0;
  /// Checks its input against the signature. Inputs may be of another floating type than the weights: positions are
  /// subtracted in theirs, and outputs come back in it. Several threads may call it at once in eval mode.
  virtual NamedValues forward(const NamedValues& inputs) = 0;

  /// How predict() cuts a batch: so many examples at a time, on every thread, or (`in_turn`) one chunk after the other
  /// where the layers themselves use the threads.
  struct Chunks {
    std::int64_t examples = 25;
    bool in_turn = false;
  };
  virtual Chunks chunks() const { return {}; }

  /// Which kernels each part runs on, or each step with the type of its output, for `coset info`.
  virtual std::vector<std::pair<std::string, std::string>> routes() const { return {}; }
  /// Field types for people, as a JSON object: {"in": "2x1o+1x0e", ...}.
  virtual std::string types() const { return "{}"; }
  /// Measurements beside the certificate's verdict: curves against angle or scale, exact rows of a kind of its own. May
  /// change the precision of the weights: model::certify puts them back.
  virtual void measure(const NamedValues& example, verify::Certificate& certificate) {
    static_cast<void>(example);
    static_cast<void>(certificate);
  }
};

/// verify::certify of the model in both precisions and Model::measure; the model comes back with the weights, precision
/// and mode it had.
verify::Certificate certify(Model& model, const NamedValues& example, const verify::CertificateOptions& options = {});

/// One row of the table of architectures: what a model file or a task can name.
struct Architecture {
  std::string name;   ///< as files spell it
  std::string about;  ///< one line for people
  Settings (*options)();
  /// Weights are drawn from torch's default generator. @throws coset::Error on options that do not fit together
  std::shared_ptr<Model> (*build)(const Settings& options);
  /// Fills in what options may leave open (a width of 0: the published one). Files hold the result, so that a default
  /// may change without changing what an old file builds. Null: nothing may be left open.
  Settings (*resolve)(const Settings& options) = nullptr;
  /// A lower bound of the weights that resolved options imply, without building anything: a file that holds fewer is
  /// refused before it can ask for memory. Null: files are trusted.
  std::int64_t (*least_weights)(const Settings& options) = nullptr;
};

/// Adds a row; call it before models are loaded, from one thread. @throws coset::Error on a name used twice
void add_architecture(const Architecture& row);
/// All rows, those of the library first, then those that a program added.
const std::vector<Architecture>& architectures();
/// @throws coset::Error naming the nearest
const Architecture& architecture(const std::string& name);

/// The options of an architecture with nothing left open. @throws coset::Error naming the nearest architecture
Settings resolved(const Architecture& row, const Settings& options);

/// Trainable scalars of a module.
std::int64_t count_parameters(const torch::nn::Module& module);

/// The model's answer without gradients, in eval mode, computed in the model's precision and returned in that of the
/// inputs; chunks of the batch, the first axis "B" (0: as Model::chunks says), the same bits at any number of threads.
/// An empty batch is one call.
NamedValues predict(Model& model, const NamedValues& inputs, std::int64_t chunk = 0);

/// What stands in a file beside the weights.
struct Provenance {
  std::string training = "{}";  ///< JSON: how the weights came to be (task, seed, epoch, validation error)
  std::string labels = "{}";    ///< JSON: what a person needs to read the answer (class names, licence, origin)
};

/// A model that came out of a file, in the stored precision and eval mode.
struct Loaded {
  std::shared_ptr<Model> model;
  std::string architecture;
  Settings options;
  NamedValues example;  ///< the stored inputs
  Provenance provenance;
};

/// Writes weights, options, types, units (from the signature) and one stored call, atomically
/// (coset/model/model_file.h has the format). `options` are those that `build` took; the example is stored in the
/// model's precision. @throws coset::Error when no row has the architecture
void save(const std::string& path, Model& model, const std::string& architecture, const Settings& options,
          const NamedValues& example, const Provenance& provenance = {});

/// Builds, loads and replays the stored call; the class is unknown to the caller.
/// @throws coset::Error "PATH: ..." (coset/model/model_file.h), or when no row has the architecture
Loaded load(const std::string& path);

}  // namespace coset::model
