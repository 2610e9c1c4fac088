#include <random>

#include "bench/case.h"
#include "coset/compute/parallel.h"
#include "coset/model/nbody_model.h"
#include "coset/train/data_parallel.h"
#include "coset/train/optimizer.h"

namespace coset::bench {

namespace {

enum class What { forward, step };  // step: forward, squared loss, backward, one update

constexpr std::int64_t kParts = 4;  // of a batch, shared out over the threads as in training

/// Milliseconds of `call` through the composed operations and the reference loops: once where that takes seconds.
double reference_milliseconds(Settings settings, const std::function<void()>& call) {
  if (settings.quick || !settings.reference) return 0.0;
  const compute::ReferenceRoute route;
  settings.quick = true;
  const double once = median_seconds(settings, call);
  settings.quick = once > 5.0;
  return 1e3 * (settings.quick ? once : median_seconds(settings, call));
}

/// Times prediction of all parts, or a whole training step on the mean of loss(part).
template <class Predict, class Loss>
Measured measure(What what, const Settings& settings, const torch::nn::Module& module, Predict&& predict, Loss&& loss) {
  const auto parameters = train::parameters_of(module);
  train::Adam adam(parameters, {});
  const auto forward = [&] {
    compute::parallel_blocks(kParts, [&](std::int64_t part) {
      const torch::NoGradGuard inference;
      predict(part);
    });
  };
  const auto step = [&] {
    train::mean_loss_gradient(parameters, kParts, kParts, [&](std::int64_t part, std::int64_t) { return loss(part); });
    adam.step(1e-4);
  };
  const std::function<void()> call = what == What::forward ? std::function<void()>(forward) : step;
  Measured m;
  m.ours = 1e3 * median_seconds(settings, call);
  m.reference = reference_milliseconds(settings, call);
  return m;
}

at::TensorOptions options_of(const Settings& settings) {
  return at::TensorOptions().dtype(settings.float64 ? at::kDouble : at::kFloat);
}

Measured nbody(What what, const Settings& settings) {
  constexpr std::int64_t kSystems = 100;
  constexpr std::int64_t kParticles = 5;
  at::manual_seed(1);
  model::NBodyModel network(model::published_nbody_options(model::SegnnVariant::segnn));
  const auto options = options_of(settings);
  network.to(options.dtype().toScalarType());
  const Tensor positions = at::randn({kParts, kSystems / kParts, kParticles, 3}, options);
  const Tensor velocities = at::randn_like(positions);
  const Tensor charges = at::randn({kParts, kSystems / kParts, kParticles}, options).sign();
  const Tensor target = at::randn_like(positions);
  const auto predict = [&](std::int64_t part) {
    return network.forward({positions[part], velocities[part], charges[part]});
  };
  return measure(what, settings, network, predict,
                 [&](std::int64_t part) { return (predict(part) - target[part]).square().mean(); });
}

/// Molecules with random edges.
graph::Graph molecules(std::int64_t count, std::int64_t atoms, std::int64_t edges) {
  std::mt19937_64 engine(3);
  std::vector<graph::Graph> graphs;
  for (std::int64_t g = 0; g < count; ++g) {
    const std::int64_t own = edges * (g + 1) / count - edges * g / count;
    neighbour::NeighbourList list;
    for (std::int64_t e = 0; e < own; ++e) {
      const std::int64_t receiver = e * atoms / own;
      const auto step = 1 + static_cast<std::int64_t>(engine() % static_cast<std::uint64_t>(atoms - 1));
      list.receiver.push_back(receiver);
      list.sender.push_back((receiver + step) % atoms);
      list.shift.push_back({0, 0, 0});
    }
    graphs.push_back(graph::make_graph(atoms, list));
  }
  return graph::batch(graphs);
}

struct Molecules {
  graph::Graph graph;
  nn::Attributes attributes;
  Tensor atoms;    // (N, 5)
  Tensor lengths;  // (E, 1)
};

/// One of the parts of 128 molecules of 18 atoms with 11,402 edges in all, as a QM9 batch has.
Molecules molecules_part(std::int64_t part, int lmax_attribute, const at::TensorOptions& options) {
  constexpr std::int64_t kEdges = 11402;
  Molecules m;
  m.graph = molecules(128 / kParts, 18, kEdges * (part + 1) / kParts - kEdges * part / kParts);
  const Tensor relative = graph::edge_vectors(m.graph, at::randn({m.graph.num_nodes, 3}, options));
  m.attributes = nn::make_attributes(m.graph, relative, {}, lmax_attribute, compute::HarmonicsNormalization::component);
  m.atoms = at::randn({m.graph.num_nodes, 5}, options);
  m.lengths = relative.square().sum(1, true);
  return m;
}

Measured qm9(What what, int lmax_hidden, int lmax_attribute, const Settings& settings) {
  at::manual_seed(1);
  const rep::Irreps in("5x0e");
  model::SegnnOptions segnn;
  segnn.in = in;
  segnn.out = rep::Irreps("1x0e");
  segnn.edge_scalars = rep::Irreps("1x0e");
  segnn.lmax_hidden = lmax_hidden;
  segnn.lmax_attribute = lmax_attribute;
  segnn.width = 128;
  segnn.layers = 7;
  segnn.norm = nn::FeatureNorm::instance;
  segnn.pool = nn::Pool::mean;
  model::Segnn network(segnn);
  const auto options = options_of(settings);
  network.to(options.dtype().toScalarType());
  std::vector<Molecules> parts;
  for (std::int64_t part = 0; part < kParts; ++part) parts.push_back(molecules_part(part, lmax_attribute, options));
  const auto predict = [&](std::int64_t part) {
    const Molecules& m = parts[static_cast<std::size_t>(part)];
    return network.forward({in, m.atoms}, m.graph, m.attributes, m.lengths).data();
  };
  return measure(what, settings, network, predict, [&](std::int64_t part) { return predict(part).square().mean(); });
}

/// Operations of the forward pass of all layers, from docs/performance.md; a training step takes three times as many.
constexpr double kNBodyFlops = 0.336e9;
constexpr double kQm9L1Flops = 12.5e9;
constexpr double kQm9L2Flops = 17.8e9;

Measured with_limit(Measured m, What what, double flops, const Settings& settings, const Machine& machine) {
  const double all = what == What::forward ? flops : 3.0 * flops;
  m.limit = 1e3 * least_seconds(machine, settings, all, 0.0);
  m.useful_gflops = 1e-6 * all / m.ours;
  return m;
}

}  // namespace

void add_gated_message(std::vector<Case>& cases) {
  for (const auto& [what, name] : {std::pair{What::forward, "forward"}, std::pair{What::step, "step"}})
    cases.push_back(
        {std::string("segnn/nbody/") + name, "ms", [what = what](const Settings& settings, const Machine& machine) {
           return with_limit(nbody(what, settings), what, kNBodyFlops, settings, machine);
         }});
  for (const auto& [lf, la] : {std::pair{1, 2}, std::pair{2, 3}})
    for (const auto& [what, name] : {std::pair{What::forward, "forward"}, std::pair{What::step, "step"}})
      cases.push_back({"segnn/qm9_l" + std::to_string(lf) + "a" + std::to_string(la) + "/" + name, "ms",
                       [what = what, lf = lf, la = la](const Settings& settings, const Machine& machine) {
                         const double flops = lf == 1 ? kQm9L1Flops : kQm9L2Flops;
                         return with_limit(qm9(what, lf, la, settings), what, flops, settings, machine);
                       }});
}

}  // namespace coset::bench
