// A structure divided among two parts that exchange the rows of ghosts between layers, as ranks of a host do.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "coset/deploy/executor.h"
#include "coset/deploy/network.h"
#include "coset/neighbour/neighbours.h"
#include "tests/deploy/small_model.h"

namespace coset::deploy {
namespace {

/// Atoms owned[0], owned[1], ... and then ghosts: nodes as numbers of the whole structure.
struct Part {
  std::vector<std::int64_t> atoms;  // (nodes)
  std::int64_t owned = 0;
  std::vector<std::int32_t> species;
  std::vector<std::int64_t> start, sender;
  std::vector<double> vectors;

  DirectedGraph graph() const {
    return {owned, static_cast<std::int64_t>(atoms.size()), species, start, sender, vectors};
  }
};

Part make_part(const neighbour::NeighbourList& list, const std::vector<std::int32_t>& species,
               const std::vector<std::int64_t>& owned) {
  Part part;
  part.atoms = owned;
  part.owned = std::ssize(owned);
  part.start.push_back(0);
  for (const std::int64_t atom : owned) {
    for (std::size_t e = 0; e < list.sender.size(); ++e) {
      if (list.receiver[e] != atom) continue;
      auto place = std::find(part.atoms.begin(), part.atoms.end(), list.sender[e]);
      if (place == part.atoms.end()) place = part.atoms.insert(place, list.sender[e]);
      part.sender.push_back(place - part.atoms.begin());
      part.vectors.insert(part.vectors.end(), list.vector[e].begin(), list.vector[e].end());
    }
    part.start.push_back(std::ssize(part.sender));
  }
  for (const std::int64_t atom : part.atoms) part.species.push_back(species[static_cast<std::size_t>(atom)]);
  return part;
}

/// Owner's row to ghosts, or ghosts' rows added to the owner.
void exchange(const std::vector<Part>& parts, const std::vector<NodeRows<double>>& rows, bool reverse) {
  for (std::size_t p = 0; p < parts.size(); ++p)
    for (std::int64_t ghost = parts[p].owned; ghost < std::ssize(parts[p].atoms); ++ghost)
      for (std::size_t q = 0; q < parts.size(); ++q)
        for (std::int64_t i = 0; i < parts[q].owned; ++i) {
          if (parts[q].atoms[i] != parts[p].atoms[ghost]) continue;
          for (std::int64_t c = 0; c < rows[p].width; ++c) {
            double& mine = rows[p].data[ghost * rows[p].width + c];
            double& owner = rows[q].data[i * rows[q].width + c];
            if (reverse)
              owner += mine;
            else
              mine = owner;
          }
        }
}

/// What the parts give together, with exchanges between the layers.
struct Sum {
  double energy = 0.0;
  std::array<double, 9> virial{};
  std::vector<double> forces;
};

Sum run_parts(const std::shared_ptr<const Network<double>>& network, const std::vector<Part>& parts,
              std::size_t atoms) {
  std::vector<Executor<double>> executors;
  for (const Part& part : parts) {
    executors.emplace_back(network);
    executors.back().begin(part.graph());
  }
  const int layers = executors[0].layers();
  const auto rows_of = [&](int t, bool gradients) {
    std::vector<NodeRows<double>> rows;
    for (auto& executor : executors) rows.push_back(gradients ? executor.message_gradients(t) : executor.messages(t));
    return rows;
  };
  for (int t = 0; t < layers; ++t) {
    if (t > 0) exchange(parts, rows_of(t, false), false);
    for (auto& executor : executors) executor.forward(t);
  }
  for (int t = layers - 1; t >= 0; --t) {
    for (auto& executor : executors) executor.backward(t);
    if (t > 0) exchange(parts, rows_of(t, true), true);
  }
  Sum sum;
  sum.forces.resize(3 * atoms);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const GraphResults results = executors[p].finish();
    sum.energy += results.energy;
    for (std::size_t c = 0; c < 9; ++c) sum.virial[c] += results.virial[c];
    for (std::size_t i = 0; i < parts[p].atoms.size(); ++i)
      for (std::size_t c = 0; c < 3; ++c)
        sum.forces[3 * static_cast<std::size_t>(parts[p].atoms[i]) + c] += results.forces[3 * i + c];
  }
  return sum;
}

TEST(Stages, PartsThatExchangeGhostsGiveTheWhole) {
  const PotentialFile file = small_model();
  const auto network = make_network<double>(small_options(), file.weights, "small");
  NumpyRandom random(3);
  std::vector<double> positions(3 * 14);
  for (double& x : positions) x = 2.2 * random.normal();
  std::vector<std::int32_t> species(14);
  for (std::size_t i = 0; i < species.size(); ++i) species[i] = i % 2 == 0 ? 0 : 1;
  const neighbour::NeighbourList list = neighbour::radius_graph(positions, 3.0, std::nullopt, {.with_vectors = true});

  const Part whole = make_part(list, species, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13});
  Executor<double> single(network);
  const GraphResults expected = single.evaluate(whole.graph());
  // Uneven parts, one of them empty.
  const std::vector<Part> parts = {make_part(list, species, {0, 3, 4, 9, 13}), make_part(list, species, {}),
                                   make_part(list, species, {1, 2, 5, 6, 7, 8, 10, 11, 12})};
  const Sum sum = run_parts(network, parts, species.size());
  EXPECT_NEAR(sum.energy, expected.energy, 1e-11);
  for (std::size_t c = 0; c < sum.forces.size(); ++c) EXPECT_NEAR(sum.forces[c], expected.forces[c], 1e-10);
  for (std::size_t c = 0; c < 9; ++c) EXPECT_NEAR(sum.virial[c], expected.virial[c], 1e-10);
}

}  // namespace
}  // namespace coset::deploy
