#include "coset/deploy/executor.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/compute/parallel.h"
#include "coset/deploy/edge_geometry.h"

namespace coset::deploy {

namespace {

constexpr std::int64_t kGrain = 24;  // nodes handled together: their rows stay in the second-level cache

template <class V>
void fit(V& values, std::int64_t size) {
  if (static_cast<std::int64_t>(values.size()) < size) values.resize(static_cast<std::size_t>(size));
}

/// f(first, last, index) for consecutive nodes that share one of `maps` (one for all, or one for each species).
template <class Maps, class F>
void for_maps(const Maps& maps, std::span<const std::int32_t> species, std::int64_t begin, std::int64_t end, F&& f) {
  if (maps.empty()) return;
  while (begin < end) {
    std::int64_t last = maps.size() == 1 ? end : begin + 1;
    while (last < end && species[last] == species[begin]) ++last;
    f(begin, last - begin, maps[maps.size() == 1 ? 0 : static_cast<std::size_t>(species[begin])]);
    begin = last;
  }
}

}  // namespace

template <class T>
struct Executor<T>::State {
  /// What a layer keeps for its backward pass.
  struct Kept {
    std::vector<T> messages;  ///< (nodes, in)
    std::vector<T> before;    ///< (owned, before the gate): y
  };

  explicit State(std::shared_ptr<const Network<T>> n)
      : network(std::move(n)), geometry(network->options, network->frequencies), kept(network->layers.size()) {}

  std::shared_ptr<const Network<T>> network;
  EdgeGeometry<T> geometry;
  DirectedGraph graph;
  std::vector<Kept> kept;
  std::vector<T> features;           ///< (owned, in of the next layer)
  std::vector<T> sums;               ///< (owned, messages): sums over neighbours, or their gradients
  std::vector<T> normed, before;     ///< (owned, before the gate)
  std::vector<T> feature_gradients;  ///< (owned, out of the layer)
  std::vector<T> message_gradients;  ///< (nodes, in)
  std::vector<double> energies, forces, atom_virials, edge_gradients;
  std::vector<std::int64_t> receiver, by_sender_start, by_sender_edge, cursor;

  std::int64_t edges() const { return static_cast<std::int64_t>(graph.sender.size()); }

  compute::RadialEdges<T> radial_edges() const {
    return {{graph.owned, graph.nodes, edges(), graph.receiver_start.data(), graph.sender.data(),
             by_sender_start.data(), by_sender_edge.data(), receiver.data()},
            geometry.y(),
            geometry.radial()};
  }

  void group_by_sender();
  void first_messages();
  void activate(const Layer<T>& layer, std::int64_t begin, std::int64_t end, const T* y, T* h);
  void read_out();
  void add_edge_terms(GraphResults& results);
};

/// Receivers of all edges, and the edges of each sender in order.
template <class T>
void Executor<T>::State::group_by_sender() {
  fit(receiver, edges()), fit(by_sender_edge, edges());
  by_sender_start.assign(static_cast<std::size_t>(graph.nodes) + 1, 0);
  for (std::int64_t i = 0; i < graph.owned; ++i)
    for (std::int64_t e = graph.receiver_start[i]; e < graph.receiver_start[i + 1]; ++e) receiver[e] = i;
  for (const std::int64_t j : graph.sender) {
    check(j >= 0 && j < graph.nodes, "[deploy::evaluate] expected senders below ", graph.nodes, "; received ", j);
    ++by_sender_start[j + 1];
  }
  for (std::int64_t j = 0; j < graph.nodes; ++j) by_sender_start[j + 1] += by_sender_start[j];
  cursor.assign(by_sender_start.begin(), by_sender_start.end());
  for (std::int64_t e = 0; e < edges(); ++e) by_sender_edge[cursor[graph.sender[e]]++] = e;
}

template <class T>
void Executor<T>::State::first_messages() {
  const std::int64_t size = network->layers.front().in.dim();
  fit(kept.front().messages, graph.nodes * size);
  for (std::int64_t i = 0; i < graph.nodes; ++i)
    std::copy_n(network->first_message.data() + graph.species[i] * size, size, kept.front().messages.data() + i * size);
}

/// h = gate(norm(y)) of nodes [begin, end).
template <class T>
void Executor<T>::State::activate(const Layer<T>& layer, std::int64_t begin, std::int64_t end, const T* y, T* h) {
  const std::int64_t size = layer.gate.in().dim();
  const T* from = y + begin * size;
  if (layer.norm) {
    layer.norm->forward(end - begin, from, normed.data() + begin * size);
    from = normed.data() + begin * size;
  }
  layer.gate.forward(end - begin, from, h + begin * layer.out.dim());
}

template <class T>
void Executor<T>::State::read_out() {
  const std::int64_t size = network->layers.back().out.dim();
  const auto& readout = network->readout;
  fit(energies, graph.owned), fit(feature_gradients, graph.owned * size);
  for (std::int64_t i = 0; i < graph.owned; ++i) {
    const auto s = static_cast<std::size_t>(graph.species[i]);
    double sum = 0.0;
    for (std::size_t c = 0; c < readout.size(); ++c) {
      sum += static_cast<double>(features[i * size + c]) * readout[c];
      feature_gradients[i * size + c] = static_cast<T>(network->scale[s] * readout[c]);
    }
    std::fill_n(feature_gradients.data() + i * size + readout.size(), size - static_cast<std::int64_t>(readout.size()),
                T(0));
    energies[i] = network->scale[s] * sum + network->shift[s];
  }
}

/// Forces and virials from the gradients of the edges: at each node its edges as receiver, then as sender, in order.
template <class T>
void Executor<T>::State::add_edge_terms(GraphResults& results) {
  fit(forces, 3 * graph.nodes), fit(atom_virials, 9 * graph.nodes);
  geometry.pull(edge_gradients);
  const double* vectors = graph.vectors.data();
  compute::parallel_ranges(graph.nodes, 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      double* const force = forces.data() + 3 * i;
      double* const virial = atom_virials.data() + 9 * i;
      std::fill_n(force, 3, 0.0), std::fill_n(virial, 9, 0.0);
      const auto add = [&](std::int64_t e, double sign) {
        for (int a = 0; a < 3; ++a) {
          force[a] += sign * edge_gradients[3 * e + a];
          for (int b = 0; b < 3; ++b) virial[3 * a + b] += 0.5 * vectors[3 * e + a] * edge_gradients[3 * e + b];
        }
      };
      if (i < graph.owned)
        for (std::int64_t e = graph.receiver_start[i]; e < graph.receiver_start[i + 1]; ++e) add(e, 1.0);
      for (std::int64_t p = by_sender_start[i]; p < by_sender_start[i + 1]; ++p) add(by_sender_edge[p], -1.0);
    }
  });
  for (std::int64_t i = 0; i < graph.nodes; ++i)
    for (std::size_t c = 0; c < 9; ++c) results.virial[c] += atom_virials[9 * i + static_cast<std::int64_t>(c)];
}

template <class T>
Executor<T>::Executor(std::shared_ptr<const Network<T>> network) : state_(std::make_unique<State>(std::move(network))) {}
template <class T>
Executor<T>::~Executor() = default;
template <class T>
Executor<T>::Executor(Executor&&) noexcept = default;
template <class T>
Executor<T>& Executor<T>::operator=(Executor&&) noexcept = default;

template <class T>
int Executor<T>::layers() const {
  return static_cast<int>(state_->network->layers.size());
}

template <class T>
void Executor<T>::begin(const DirectedGraph& graph) {
  State& s = *state_;
  const auto known = static_cast<std::int32_t>(s.network->options.species.size());
  for (std::int64_t i = 0; i < graph.nodes; ++i)
    check(graph.species[i] >= 0 && graph.species[i] < known, "[deploy::evaluate] expected species below ", known,
          "; received ", graph.species[i], " for atom ", i);
  s.graph = graph;
  s.group_by_sender();
  s.geometry.set(graph.vectors);
  s.first_messages();
}

template <class T>
void Executor<T>::forward(int t) {
  State& s = *state_;
  const Layer<T>& layer = s.network->layers[static_cast<std::size_t>(t)];
  const bool last = t + 1 == layers();
  auto& kept = s.kept[static_cast<std::size_t>(t)];
  const std::int64_t before = layer.gate.in().dim();
  const std::int64_t sums = layer.conv.out().dim();
  const std::int64_t owned = s.graph.owned;
  const std::int64_t out = layer.out.dim();
  fit(s.sums, owned * sums), fit(kept.before, owned * before), fit(s.normed, owned * before);
  fit(s.features, owned * std::max(out, layer.in.dim()));
  if (!last) fit(s.kept[static_cast<std::size_t>(t) + 1].messages, s.graph.nodes * out);
  layer.conv.forward(s.radial_edges(), *layer.radial, kept.messages.data(), s.sums.data());
  // Features of the layer before are read and then overwritten, chunk by chunk: their place is by node and the wider.
  fit(s.before, owned * out);
  compute::parallel_ranges(owned, kGrain, [&](std::int64_t begin, std::int64_t end) {
    T* const y = kept.before.data();
    layer.down.forward(end - begin, s.sums.data() + begin * sums, y + begin * before, false);
    for_maps(layer.self, s.graph.species, begin, end, [&](std::int64_t first, std::int64_t count, const auto& map) {
      map.forward(count, s.features.data() + first * layer.in.dim(), y + first * before, true);
    });
    if (t == 0 && !s.network->first_self.empty())
      for (std::int64_t i = begin; i < end; ++i)
        for (std::int64_t c = 0; c < before; ++c)
          y[i * before + c] += s.network->first_self[s.graph.species[i] * before + c];
    s.activate(layer, begin, end, y, s.before.data());
    if (!last) {
      const auto& up = *s.network->layers[static_cast<std::size_t>(t) + 1].up;
      up.forward(end - begin, s.before.data() + begin * out,
                 s.kept[static_cast<std::size_t>(t) + 1].messages.data() + begin * out, false);
    }
  });
  std::swap(s.features, s.before);
  if (last) s.read_out();
}

template <class T>
void Executor<T>::backward(int t) {
  State& s = *state_;
  const Layer<T>& layer = s.network->layers[static_cast<std::size_t>(t)];
  const auto& kept = s.kept[static_cast<std::size_t>(t)];
  const std::int64_t before = layer.gate.in().dim();
  const std::int64_t sums = layer.conv.out().dim();
  const std::int64_t owned = s.graph.owned;
  const std::int64_t in = layer.in.dim();
  const std::int64_t out = layer.out.dim();
  fit(s.before, owned * std::max(before, in)), fit(s.features, owned * std::max(in, before));
  compute::parallel_ranges(owned, kGrain, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t count = end - begin;
    T* const gh = s.feature_gradients.data() + begin * out;
    if (t + 1 < layers())
      s.network->layers[static_cast<std::size_t>(t) + 1].up->backward(count, s.message_gradients.data() + begin * out,
                                                                      gh, true);
    const T* y = kept.before.data() + begin * before;
    T* const gy = s.before.data() + begin * before;
    if (layer.norm) {
      layer.norm->forward(count, y, s.normed.data() + begin * before);
      layer.gate.backward(count, s.normed.data() + begin * before, gh, gy);
      layer.norm->backward(count, y, gy, gy);
    } else {
      layer.gate.backward(count, y, gh, gy);
    }
    layer.down.backward(count, gy, s.sums.data() + begin * sums, false);
  });
  if (t > 0) {
    fit(s.feature_gradients, owned * in);
    compute::parallel_ranges(owned, kGrain, [&](std::int64_t begin, std::int64_t end) {
      if (layer.self.empty()) std::fill_n(s.feature_gradients.data() + begin * in, (end - begin) * in, T(0));
      for_maps(layer.self, s.graph.species, begin, end, [&](std::int64_t first, std::int64_t count, const auto& map) {
        map.backward(count, s.before.data() + first * before, s.feature_gradients.data() + first * in, false);
      });
    });
    fit(s.message_gradients, s.graph.nodes * in);
  }
  layer.conv.backward(s.radial_edges(), *layer.radial, kept.messages.data(), s.sums.data(),
                      {t > 0 ? s.message_gradients.data() : nullptr, s.geometry.y_gradient(),
                       s.geometry.distance_gradient()});
}

template <class T>
GraphResults Executor<T>::finish() {
  State& s = *state_;
  GraphResults results;
  s.add_edge_terms(results);
  for (std::int64_t i = 0; i < s.graph.owned; ++i) results.energy += s.energies[i];
  results.energies = {s.energies.data(), static_cast<std::size_t>(s.graph.owned)};
  results.forces = {s.forces.data(), static_cast<std::size_t>(3 * s.graph.nodes)};
  results.atom_virials = {s.atom_virials.data(), static_cast<std::size_t>(9 * s.graph.nodes)};
  return results;
}

template <class T>
NodeRows<T> Executor<T>::messages(int t) {
  return {state_->kept[static_cast<std::size_t>(t)].messages.data(),
          state_->network->layers[static_cast<std::size_t>(t)].in.dim()};
}

template <class T>
NodeRows<T> Executor<T>::message_gradients(int t) {
  return {state_->message_gradients.data(), state_->network->layers[static_cast<std::size_t>(t)].in.dim()};
}

template <class T>
GraphResults Executor<T>::evaluate(const DirectedGraph& graph) {
  begin(graph);
  for (int t = 0; t < layers(); ++t) forward(t);
  for (int t = layers() - 1; t >= 0; --t) backward(t);
  return finish();
}

template class Executor<float>;
template class Executor<double>;

}  // namespace coset::deploy
