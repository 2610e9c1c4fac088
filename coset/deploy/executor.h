/// Energy and its derivatives of a planned network on one graph, by hand-written reverse mode, stage by stage.
///
/// Nodes are owned (their energies count, they receive messages) or ghosts (they only send); in a single process all
/// are owned and periodic images are edges. Between two layers a host may fill what ghosts send and collect what
/// flows back to them:
///
///   begin
///   for t = 0 .. layers-1:      [t > 0: fill messages(t) of ghosts from their owners]          forward(t)
///   for t = layers-1 .. 0:      backward(t)   [t > 0: add message_gradients(t) of ghosts to their owners]
///   finish
///
/// Values are T; energies, forces and virials are summed in double. The same bits at any number of threads. After the
/// first call of a size nothing is allocated. One executor serves one thread at a time; several may share a network.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "coset/deploy/network.h"

namespace coset::deploy {

/// Edges sorted by receiver; owned nodes come first. Nothing is copied; the memory must stay until `finish` returns.
struct DirectedGraph {
  std::int64_t owned = 0;
  std::int64_t nodes = 0;                        ///< owned and ghosts
  std::span<const std::int32_t> species;         ///< (nodes), indices into the network's species
  std::span<const std::int64_t> receiver_start;  ///< (owned + 1)
  std::span<const std::int64_t> sender;          ///< (edges)
  std::span<const double> vectors;               ///< (edges, 3): x_sender - x_receiver, shorter than the cutoff
};

/// Views of an executor's results; valid until its next call.
struct GraphResults {
  double energy = 0.0;                   ///< sum over owned nodes
  std::span<const double> energies;      ///< (owned)
  std::span<const double> forces;        ///< (nodes, 3): -dE/dx; those of ghosts belong to their owners
  std::array<double, 9> virial{};        ///< dE/d strain = sum over edges of vector (x) dE/dvector
  std::span<const double> atom_virials;  ///< (nodes, 9): half of each edge's term to either end
};

/// Rows that travel between processes: row i of node i.
template <class T>
struct NodeRows {
  T* data = nullptr;
  std::int64_t width = 0;
};

template <class T>
class Executor {
 public:
  explicit Executor(std::shared_ptr<const Network<T>> network);
  ~Executor();
  Executor(Executor&&) noexcept;
  Executor& operator=(Executor&&) noexcept;

  int layers() const;
  /// @throws coset::Error on a species index out of range, or an edge that is not finite, shorter than 1e-6 angstrom or
  /// not shorter than the cutoff
  void begin(const DirectedGraph& graph);
  void forward(int t);
  void backward(int t);
  GraphResults finish();
  NodeRows<T> messages(int t);
  NodeRows<T> message_gradients(int t);

  /// All of them, without ghosts.
  GraphResults evaluate(const DirectedGraph& graph);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace coset::deploy
