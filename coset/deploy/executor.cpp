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
    std::vector<T> messages;               ///< (nodes, in)
    std::vector<T> y;                      ///< (owned, kept)
    std::vector<double> readout_gradient;  ///< (owned, scalars) of the energy by h'; empty without a readout
  };

  explicit State(std::shared_ptr<const Network<T>> n)
      : network(std::move(n)),
        geometry(network->options, network->frequencies, network->needs_basis),
        kept(network->layers.size()) {}

  std::shared_ptr<const Network<T>> network;
  EdgeGeometry<T> geometry;
  DirectedGraph graph;
  std::vector<Kept> kept;
  std::vector<T> features;           ///< (owned, in of the next layer)
  std::vector<T> sums;               ///< (owned, messages): sums over neighbours, or their gradients
  std::vector<T> next_features;      ///< (owned, out of the layer)
  std::vector<T> work, y_gradients;  ///< (owned, the widest row between y and h')
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

  void reserve();
  void group_by_sender();
  void first_messages();
  void update(std::size_t t, std::int64_t begin, std::int64_t end);
  void pull_update(std::size_t t, std::int64_t begin, std::int64_t end);
  void add_self(const Layer<T>& layer, std::size_t t, std::int64_t begin, std::int64_t end, T* target);
  void read_out(std::size_t t, std::int64_t begin, std::int64_t end);
  /// Numbers of the widest row that an update of this layer needs beside y and h'.
  static std::int64_t work_width(const Layer<T>& layer) {
    return std::max(layer.kept.dim(), layer.linear ? layer.linear->in_size() : 0);
  }
  void add_edge_terms(GraphResults& results);
};

/// Room for every layer, so that nothing grows later.
template <class T>
void Executor<T>::State::reserve() {
  std::int64_t widest = 0;
  for (std::size_t t = 0; t < kept.size(); ++t) {
    const Layer<T>& layer = network->layers[t];
    widest = std::max({widest, layer.in.dim(), layer.out.dim(), work_width(layer)});
    fit(kept[t].messages, graph.nodes * layer.in.dim()), fit(kept[t].y, graph.owned * layer.kept.dim());
    fit(sums, graph.owned * layer.conv.out().dim()), fit(message_gradients, graph.nodes * layer.in.dim());
    if (!layer.readout.empty()) fit(kept[t].readout_gradient, graph.owned * layer.out[0].mul);
  }
  for (auto* rows : {&features, &next_features, &work, &y_gradients, &feature_gradients})
    fit(*rows, graph.owned * widest);
  fit(energies, graph.owned);
}

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
  for (std::int64_t i = 0; i < graph.nodes; ++i)
    std::copy_n(network->first_message.data() + graph.species[i] * size, size, kept.front().messages.data() + i * size);
}

template <class T>
void Executor<T>::State::add_self(const Layer<T>& layer, std::size_t t, std::int64_t begin, std::int64_t end,
                                  T* target) {
  const std::int64_t width = layer.self_target().dim();
  const std::int64_t in = layer.in.dim();
  for_maps(layer.self, graph.species, begin, end, [&](std::int64_t first, std::int64_t count, const auto& map) {
    map.forward(count, features.data() + first * in, target + first * width, true);
  });
  if (t > 0 || network->first_self.empty()) return;
  for (std::int64_t i = begin; i < end; ++i) {
    const T* const from = network->first_self.data() + graph.species[i] * width;
    for (std::int64_t c = 0; c < width; ++c) target[i * width + c] += from[c];
  }
}

/// y, h' and the next messages of nodes [begin, end) from their sums.
template <class T>
void Executor<T>::State::update(std::size_t t, std::int64_t begin, std::int64_t end) {
  const Layer<T>& layer = network->layers[t];
  const std::int64_t count = end - begin;
  const std::int64_t width = layer.kept.dim();
  const std::int64_t out = layer.out.dim();
  T* const y = kept[t].y.data() + begin * width;
  T* const h = next_features.data() + begin * out;
  T* const temporary = work.data() + begin * work_width(layer);
  const T* const summed = sums.data() + begin * layer.conv.out().dim();
  layer.down.forward(count, summed, layer.mix.empty() ? y : temporary, false);
  if (layer.product) {
    for_maps(layer.mix, graph.species, begin, end, [&](std::int64_t first, std::int64_t rows, const auto& map) {
      map.forward(rows, temporary + (first - begin) * width, kept[t].y.data() + first * width, false);
    });
    for (std::int64_t i = 0; i < count; ++i)
      layer.product->forward(graph.species[begin + i], y + i * width, temporary + i * layer.product->out_size());
    layer.linear->forward(count, temporary, h, false);
    add_self(layer, t, begin, end, next_features.data());
  } else {
    add_self(layer, t, begin, end, kept[t].y.data());
    if (layer.norm) layer.norm->forward(count, y, temporary);
    layer.gate->forward(count, layer.norm ? temporary : y, h);
  }
  if (t + 1 < network->layers.size())
    network->layers[t + 1].up->forward(count, h, kept[t + 1].messages.data() + begin * out, false);
  if (!layer.readout.empty()) read_out(t, begin, end);
}

template <class T>
void Executor<T>::State::read_out(std::size_t t, std::int64_t begin, std::int64_t end) {
  const Layer<T>& layer = network->layers[t];
  const std::int64_t size = layer.out.dim();
  const std::int64_t scalars = layer.out[0].mul;
  for (std::int64_t i = begin; i < end; ++i) {
    double* const gradient = kept[t].readout_gradient.data() + i * scalars;
    std::fill_n(gradient, scalars, 0.0);
    const double scale = network->scale[static_cast<std::size_t>(graph.species[i])];
    energies[i] += scale * layer.readout.evaluate(next_features.data() + i * size, gradient);
    for (std::int64_t c = 0; c < scalars; ++c) gradient[c] *= scale;
  }
}

/// From the gradients of h' (completed here) to those of the sums, of nodes [begin, end).
template <class T>
void Executor<T>::State::pull_update(std::size_t t, std::int64_t begin, std::int64_t end) {
  const Layer<T>& layer = network->layers[t];
  const std::int64_t count = end - begin;
  const std::int64_t width = layer.kept.dim();
  const std::int64_t out = layer.out.dim();
  const bool last = t + 1 == network->layers.size();
  T* const gh = feature_gradients.data() + begin * out;
  if (last) std::fill_n(gh, count * out, T(0));
  if (!last) network->layers[t + 1].up->backward(count, message_gradients.data() + begin * out, gh, true);
  if (!layer.readout.empty()) {
    const std::int64_t scalars = layer.out[0].mul;
    for (std::int64_t i = 0; i < count; ++i)
      for (std::int64_t c = 0; c < scalars; ++c)
        gh[i * out + c] += static_cast<T>(kept[t].readout_gradient[(begin + i) * scalars + c]);
  }
  const T* const y = kept[t].y.data() + begin * width;
  T* const gy = y_gradients.data() + begin * width;
  T* const temporary = work.data() + begin * work_width(layer);
  if (layer.product) {
    layer.linear->backward(count, gh, temporary, false);
    for (std::int64_t i = 0; i < count; ++i)
      layer.product->backward(graph.species[begin + i], y + i * width, temporary + i * layer.product->out_size(),
                              gy + i * width);
    for_maps(layer.mix, graph.species, begin, end, [&](std::int64_t first, std::int64_t rows, const auto& map) {
      map.backward(rows, y_gradients.data() + first * width, temporary + (first - begin) * width, false);
    });
  } else if (layer.norm) {
    layer.norm->forward(count, y, temporary);
    layer.gate->backward(count, temporary, gh, gy);
    layer.norm->backward(count, y, gy, gy);
  } else {
    layer.gate->backward(count, y, gh, gy);
  }
  layer.down.backward(count, layer.mix.empty() ? gy : temporary, sums.data() + begin * layer.conv.out().dim(), false);
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
Executor<T>::Executor(std::shared_ptr<const Network<T>> network)
    : state_(std::make_unique<State>(std::move(network))) {}
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
  s.reserve();
  s.first_messages();
  for (std::int64_t i = 0; i < graph.owned; ++i)
    s.energies[i] = s.network->shift[static_cast<std::size_t>(graph.species[i])];
}

template <class T>
void Executor<T>::forward(int layer_number) {
  State& s = *state_;
  const auto t = static_cast<std::size_t>(layer_number);
  const Layer<T>& layer = s.network->layers[t];
  const std::int64_t owned = s.graph.owned;
  layer.conv.forward(s.radial_edges(), layer.radial, s.kept[t].messages.data(), s.sums.data());
  compute::parallel_ranges(owned, kGrain, [&](std::int64_t begin, std::int64_t end) { s.update(t, begin, end); });
  std::swap(s.features, s.next_features);
}

template <class T>
void Executor<T>::backward(int layer_number) {
  State& s = *state_;
  const auto t = static_cast<std::size_t>(layer_number);
  const Layer<T>& layer = s.network->layers[t];
  const std::int64_t owned = s.graph.owned;
  const std::int64_t in = layer.in.dim();
  compute::parallel_ranges(owned, kGrain, [&](std::int64_t begin, std::int64_t end) { s.pull_update(t, begin, end); });
  if (t > 0) {
    // The gradients of h pass into a buffer of their own: rows of h and h' differ in width.
    const std::int64_t width = layer.self_target().dim();
    const T* const target = layer.product ? s.feature_gradients.data() : s.y_gradients.data();
    compute::parallel_ranges(owned, kGrain, [&](std::int64_t begin, std::int64_t end) {
      if (layer.self.empty()) std::fill_n(s.next_features.data() + begin * in, (end - begin) * in, T(0));
      for_maps(layer.self, s.graph.species, begin, end, [&](std::int64_t first, std::int64_t count, const auto& map) {
        map.backward(count, target + first * width, s.next_features.data() + first * in, false);
      });
    });
    std::swap(s.feature_gradients, s.next_features);
  }
  layer.conv.backward(
      s.radial_edges(), layer.radial, s.kept[t].messages.data(), s.sums.data(),
      {t > 0 ? s.message_gradients.data() : nullptr, s.geometry.y_gradient(), s.geometry.distance_gradient()});
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
