/// SEGNN on the charged N-body task: positions, velocities and charges in, positions one time unit later out.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "coset/model/model.h"
#include "coset/model/segnn.h"

namespace coset::model {

/// One batch of B systems of n particles. Lengths and times in the simulator's units; charges are +-1 there.
struct NBodyBatch {
  Tensor positions;   // (B, n, 3)
  Tensor velocities;  // (B, n, 3)
  Tensor charges;     // (B, n)

  NamedValues values() const { return {{"positions", positions}, {"velocities", velocities}, {"charges", charges}}; }
};

struct NBodyModelOptions {
  SegnnVariant variant = SegnnVariant::segnn;
  int lmax_hidden = 1;
  int lmax_attribute = 1;
  std::int64_t width = 64;
  std::int64_t layers = 4;
};

/// The published configuration of each variant: (1, 1) width 64 for SEGNN and SE_nonlinear, (2, 2) width 80 for
/// SE_linear.
NBodyModelOptions published_nbody_options(SegnnVariant variant);

/// Architecture "nbody": options variant, width, layers, lmax_hidden, lmax_attribute. A width of 0 and degrees of -1
/// are left open: the published ones.
Architecture nbody_architecture();
/// The options as a struct, nothing left open. @throws coset::Error on an unknown variant
NBodyModelOptions nbody_model_options(const Settings& options);
/// The declared options with these values.
Settings nbody_model_settings(const NBodyModelOptions& options);

/// x_i + SEGNN((x_i - centre, v_i, |v_i|); (|x_ij|, q_i q_j)), harmonics in `integral` normalisation, fully connected
/// graph, centre = mean position of the system. Brandstetter et al., ICLR 2022, section 4.1.
class NBodyModel : public Model {
 public:
  /// @throws coset::Error unless layers and width are >= 1 and degrees >= 0
  explicit NBodyModel(const NBodyModelOptions& options);

  /// positions, velocities, charges -> positions.
  Signature signature() const override;
  NamedValues forward(const NamedValues& inputs) override;
  std::vector<std::pair<std::string, std::string>> routes() const override { return network_->routes(); }
  std::string types() const override;

  /// (B, n, 3) predicted positions, of the type of the batch's positions, in which the centre is subtracted: far from
  /// the origin float64 positions lose nothing to float32 weights. B = 0, n = 0 and n = 1 are valid. Several threads may
  /// call it at once. @throws coset::Error on other shapes
  Tensor forward(const NBodyBatch& batch);

  const NBodyModelOptions& options() const { return options_; }
  const Segnn& network() const { return *network_; }

 private:
  std::shared_ptr<const graph::Graph> graph_for(std::int64_t systems, std::int64_t particles);

  NBodyModelOptions options_;
  std::shared_ptr<Segnn> network_;
  Tensor weight_;  // one of the network's: its type is the precision
  std::mutex graphs_lock_;
  std::vector<std::shared_ptr<const graph::Graph>> graphs_;  // of the batch shapes seen last, newest first
};

}  // namespace coset::model
