#include "coset/deploy/network.h"

#include <cmath>
#include <numbers>

#include "coset/base/error.h"
#include "coset/compute/padding.h"
#include "coset/deploy/weights.h"
#include "coset/rep/tensor_product_plan.h"

namespace coset::deploy {

namespace {

using compute::BlockMatrix;
using compute::Matrix;

/// The names and shapes of one layer, and where its channels lie in padded rows.
struct LayerShape {
  std::string name;  ///< "layers.0."
  rep::Irreps in, out, before;
  std::vector<MessagePath> paths;
  rep::Irreps messages;
  std::vector<std::vector<Segment>> message_segments;  ///< channels of each block of `messages`
  std::vector<std::int64_t> message_sizes;             ///< padded channels of each

  LayerShape(const NetworkOptions& options, std::size_t t)
      : name("layers." + std::to_string(t) + "."),
        in(layer_input(options, t)),
        out(options.layers[t]),
        before(before_gate(out)),
        paths(message_paths(options, in, out)),
        messages(message_irreps(in, paths)) {
    std::size_t path = 0;
    for (const auto& block : messages) {
      std::vector<Segment> segments;
      std::int64_t from = 0;
      std::int64_t to = 0;
      for (; path < paths.size() && paths[path].out == block.irrep; ++path) {
        const std::int64_t mul = in[static_cast<std::size_t>(paths[path].in)].mul;
        segments.push_back({from, mul, to});
        from += mul;
        to += compute::padded(mul);
      }
      message_segments.push_back(std::move(segments));
      message_sizes.push_back(to);
    }
  }

  /// Channels of block b of `before`, as those blocks of the gate's rows that hold them: (block, segment).
  std::vector<std::pair<int, Segment>> gate_blocks(std::size_t b) const {
    const auto blocks = static_cast<int>(out.size());
    if (b > 0) return {{blocks - 1 + static_cast<int>(b), Segment{0, out[b].mul, 0}}};
    std::vector<std::pair<int, Segment>> parts;
    std::int64_t from = 0;
    for (int g = 0; g < blocks; ++g) {
      const std::int64_t mul = out[static_cast<std::size_t>(g)].mul;
      parts.emplace_back(g, Segment{from, mul, 0});
      from += mul;
    }
    return parts;
  }

  int block_before(rep::Irrep irrep) const {
    for (std::size_t b = 0; b < before.size(); ++b)
      if (before[b].irrep == irrep) return static_cast<int>(b);
    return -1;
  }
};

/// Adds the blocks of `m` (rows of one in-block, columns of block `b` before the gate) to `blocks`.
void add_gate_columns(const LayerShape& shape, int in_block, std::size_t b, const Matrix& m,
                      const std::vector<Segment>& rows, std::int64_t padded_rows, std::vector<BlockMatrix>& blocks) {
  for (const auto& [block, segment] : shape.gate_blocks(b))
    blocks.push_back({in_block, block, place(m, rows, padded_rows, {segment}, compute::padded(segment.count))});
}

rep::TensorProductPlan conv_plan(const NetworkOptions& options, const LayerShape& shape) {
  const rep::Irreps in = padded(shape.in);
  std::vector<rep::MulIrrep> out;
  std::vector<rep::Instruction> instructions;
  for (const MessagePath& path : shape.paths) {
    out.push_back({in[static_cast<std::size_t>(path.in)].mul, path.out});
    instructions.push_back({path.in, path.harmonic, static_cast<int>(instructions.size()), rep::ConnectionMode::uvu});
  }
  const rep::Irreps harmonics = rep::Irreps::spherical_harmonics(options.degree, options.parity ? -1 : 1);
  return rep::make_tensor_product(in, harmonics, out, instructions,
                                  {rep::IrrepNormalization::component, rep::PathNormalization::none});
}

double radial_scale(RadialScaling scaling, std::size_t number, std::int64_t rows) {
  if (scaling == RadialScaling::none) return 1.0;
  const double gain = scaling == RadialScaling::fan_in_relu && number > 0 ? 2.0 : 1.0;
  return std::sqrt(gain / static_cast<double>(rows));
}

template <class T>
std::unique_ptr<compute::RadialWeights<T>> make_radial(const NetworkOptions& options, const LayerShape& shape,
                                                       WeightReader& reader) {
  std::vector<Segment> columns;
  std::int64_t from = 0;
  std::int64_t to = 0;
  for (const MessagePath& path : shape.paths) {
    const std::int64_t mul = shape.in[static_cast<std::size_t>(path.in)].mul;
    columns.push_back({from, mul, to});
    from += mul;
    to += compute::padded(mul);
  }
  std::vector<Matrix> matrices;
  std::int64_t rows = options.radial_size;
  const std::string prefix = shape.name + "radial.";
  for (std::size_t n = 0; reader.has(prefix + std::to_string(n)); ++n) {
    const std::string name = prefix + std::to_string(n);
    const bool last = !reader.has(prefix + std::to_string(n + 1));
    const auto& extents = reader.shape(name);
    check(extents.size() == 2, reader.source(), ": expected a matrix '", name, "'");
    const std::int64_t width = last ? from : extents[1];
    const Matrix m = reader.matrix(name, rows, width, radial_scale(options.radial_scaling, n, rows));
    const std::int64_t padded_rows = n == 0 ? rows : compute::padded(rows);
    matrices.push_back(last ? place(m, {{0, rows, 0}}, padded_rows, columns, to)
                            : place(m, {{0, rows, 0}}, padded_rows, {{0, width, 0}}, compute::padded(width)));
    rows = width;
  }
  check(matrices.size() >= 2, reader.source(), ": the weights of '", prefix, matrices.size(), "' are missing");
  return std::make_unique<compute::RadialNetwork<T>>(matrices, options.radial_factor);
}

template <class T>
compute::BlockLinear<T> make_down(const NetworkOptions& options, const LayerShape& shape, const compute::SiluGate& gate,
                                  const rep::Irreps& messages, WeightReader& reader) {
  std::vector<BlockMatrix> blocks;
  for (std::size_t b = 0; b < shape.messages.size(); ++b) {
    const auto& block = shape.messages[b];
    const auto to = static_cast<std::size_t>(shape.block_before(block.irrep));
    const Matrix m = reader.matrix(shape.name + "down." + std::to_string(b), block.mul, shape.before[to].mul,
                                   options.message_factor / std::sqrt(static_cast<double>(block.mul)));
    add_gate_columns(shape, static_cast<int>(b), to, m, shape.message_segments[b], shape.message_sizes[b], blocks);
  }
  return {messages, gate.in(), blocks};
}

template <class T>
std::optional<compute::RmsNorm<T>> make_norm(const NetworkOptions& options, const LayerShape& shape,
                                             const compute::SiluGate& gate, WeightReader& reader) {
  if (!options.layer_norm) return std::nullopt;
  std::vector<typename compute::RmsNorm<T>::Block> blocks(gate.in().size());
  for (std::size_t b = 0; b < shape.before.size(); ++b) {
    const auto& block = shape.before[b];
    const double dim = block.irrep.dim();
    const std::vector<double> weights = reader.take(shape.name + "norm." + std::to_string(b), {block.mul});
    for (const auto& [to, segment] : shape.gate_blocks(b)) {
      auto& target = blocks[static_cast<std::size_t>(to)];
      target.share = 1.0 / (static_cast<double>(shape.before.size()) * dim * dim);
      target.weight.assign(weights.begin() + segment.from, weights.begin() + segment.from + segment.count);
      target.weight.resize(static_cast<std::size_t>(compute::padded(segment.count)));
    }
  }
  constexpr double kEpsilon = 1e-12;
  return compute::RmsNorm<T>(gate.in(), blocks, kEpsilon);
}

/// What multiplies the self-connection of each species: (species, attributes), one row for all when it is linear.
struct Attributes {
  std::int64_t count = 1;
  std::vector<std::vector<double>> rows = {{1.0}};
};

Attributes read_attributes(const NetworkOptions& options, WeightReader& reader) {
  Attributes a;
  if (options.self_connection != SelfConnection::species) return a;
  const std::size_t species = options.species.size();
  a.rows.assign(species, {});
  if (!reader.has("attributes")) {
    a.count = static_cast<std::int64_t>(species);
    for (std::size_t s = 0; s < species; ++s) a.rows[s].assign(species, 0.0), a.rows[s][s] = 1.0;
    return a;
  }
  check(reader.shape("attributes").size() == 2, reader.source(), ": expected 'attributes' (species, attributes)");
  a.count = reader.shape("attributes")[1];
  const std::vector<double> values = reader.take("attributes", {static_cast<std::int64_t>(species), a.count});
  for (std::size_t s = 0; s < species; ++s)
    a.rows[s].assign(values.begin() + static_cast<std::int64_t>(s) * a.count,
                     values.begin() + static_cast<std::int64_t>(s + 1) * a.count);
  return a;
}

/// The self-connection of each row of attributes, block by block: (in-block, block before the gate, matrix).
struct SelfBlock {
  int in;
  std::size_t before;
  Matrix m;
};

std::vector<std::vector<SelfBlock>> read_self(const NetworkOptions& options, const LayerShape& shape,
                                              const Attributes& attributes, WeightReader& reader) {
  std::vector<std::vector<SelfBlock>> self(attributes.rows.size());
  for (std::size_t b = 0; b < shape.in.size(); ++b) {
    const int to = shape.block_before(shape.in[b].irrep);
    if (to < 0) continue;
    const std::int64_t rows = shape.in[b].mul;
    const std::int64_t columns = shape.before[static_cast<std::size_t>(to)].mul;
    const std::string name = shape.name + "self." + std::to_string(b);
    const double factor = 1.0 / std::sqrt(static_cast<double>(rows * attributes.count));
    const std::vector<double> values =
        options.self_connection == SelfConnection::species
            ? reader.take(name, {rows, attributes.count, columns})
            : reader.take(name, {rows, columns});
    for (std::size_t s = 0; s < self.size(); ++s) {
      Matrix m{rows, columns, std::vector<double>(static_cast<std::size_t>(rows * columns))};
      for (std::int64_t u = 0; u < rows; ++u)
        for (std::int64_t v = 0; v < attributes.count; ++v)
          for (std::int64_t w = 0; w < columns; ++w)
            m.values[u * columns + w] +=
                factor * attributes.rows[s][v] * values[(u * attributes.count + v) * columns + w];
      self[s].push_back({static_cast<int>(b), static_cast<std::size_t>(to), std::move(m)});
    }
  }
  return self;
}

template <class T>
void add_later_maps(const NetworkOptions& options, const LayerShape& shape, const Attributes& attributes,
                    WeightReader& reader, Layer<T>& layer) {
  std::vector<BlockMatrix> up;
  for (std::size_t b = 0; b < shape.in.size(); ++b) {
    const std::int64_t mul = shape.in[b].mul;
    const Matrix m = reader.matrix(shape.name + "up." + std::to_string(b), mul, mul, 1.0 / std::sqrt(static_cast<double>(mul)));
    const int n = static_cast<int>(b);
    up.push_back({n, n, place(m, {{0, mul, 0}}, compute::padded(mul), {{0, mul, 0}}, compute::padded(mul))});
  }
  layer.up.emplace(layer.in, layer.in, up);
  if (options.self_connection == SelfConnection::none) return;
  for (const auto& blocks : read_self(options, shape, attributes, reader)) {
    std::vector<BlockMatrix> self;
    for (const SelfBlock& block : blocks)
      add_gate_columns(shape, block.in, block.before, block.m, {{0, block.m.rows, 0}}, compute::padded(block.m.rows),
                       self);
    layer.self.emplace_back(layer.in, layer.gate.in(), self);
  }
}

/// What the first layer sees of each species, in double.
template <class T>
void add_first_rows(const NetworkOptions& options, const LayerShape& shape, const Attributes& attributes,
                    WeightReader& reader, Network<T>& network) {
  const std::int64_t width = options.embedding.dim();
  const auto species = static_cast<std::int64_t>(options.species.size());
  const Layer<T>& layer = network.layers.front();
  Matrix rows{species, width, std::vector<double>(static_cast<std::size_t>(species * width))};
  if (options.one_hot)
    for (std::int64_t s = 0; s < species; ++s) rows.values[s * width + s] = 1.0;
  else
    rows = reader.matrix("embedding", species, width, options.embedding_factor);
  const Matrix up = reader.matrix(shape.name + "up.0", width, width, 1.0 / std::sqrt(static_cast<double>(width)));
  const auto multiply = [&](std::int64_t s, const Matrix& m, std::int64_t column) {
    double sum = 0.0;
    for (std::int64_t u = 0; u < width; ++u) sum += rows.values[s * width + u] * m.values[u * m.columns + column];
    return static_cast<T>(sum);
  };
  network.first_message.resize(static_cast<std::size_t>(species * layer.in.dim()));
  for (std::int64_t s = 0; s < species; ++s)
    for (std::int64_t c = 0; c < width; ++c) network.first_message[s * layer.in.dim() + c] = multiply(s, up, c);
  if (options.self_connection == SelfConnection::none || !options.first_self_connection) return;
  const auto self = read_self(options, shape, attributes, reader);
  const std::int64_t size = layer.gate.in().dim();
  const auto offsets = layer.gate.in().offsets();
  network.first_self.resize(static_cast<std::size_t>(species * size));
  for (std::int64_t s = 0; s < species; ++s)
    for (const SelfBlock& block : self[self.size() == 1 ? 0 : static_cast<std::size_t>(s)])
      for (const auto& [to, segment] : shape.gate_blocks(block.before))
        for (std::int64_t c = 0; c < segment.count; ++c)
          network.first_self[s * size + offsets[static_cast<std::size_t>(to)] + c] =
              multiply(s, block.m, segment.from + c);
}

/// The product of all readout matrices: nothing lies between them.
std::vector<double> read_readout(const NetworkOptions& options, WeightReader& reader) {
  std::int64_t rows = options.layers.back()[0].mul;
  const std::int64_t scalars = rows;
  std::vector<Matrix> matrices;
  for (std::size_t n = 0; reader.has("readout." + std::to_string(n)); ++n) {
    const std::string name = "readout." + std::to_string(n);
    const auto& shape = reader.shape(name);
    check(shape.size() == 2, reader.source(), ": expected a matrix '", name, "'");
    matrices.push_back(reader.matrix(name, rows, shape[1], 1.0 / std::sqrt(static_cast<double>(rows))));
    rows = shape[1];
  }
  check(!matrices.empty() && rows == 1, reader.source(), ": expected readouts that end in one number");
  std::vector<double> right = {1.0};
  for (auto m = matrices.rbegin(); m != matrices.rend(); ++m) {
    std::vector<double> left(static_cast<std::size_t>(m->rows));
    for (std::int64_t r = 0; r < m->rows; ++r)
      for (std::int64_t c = 0; c < m->columns; ++c) left[r] += m->values[r * m->columns + c] * right[c];
    right = std::move(left);
  }
  right.resize(static_cast<std::size_t>(compute::padded(scalars)));
  return right;
}

template <class T>
Layer<T> make_layer(const NetworkOptions& options, const LayerShape& shape, WeightReader& reader) {
  compute::RadialConv conv(conv_plan(options, shape));
  compute::SiluGate gate(padded(shape.out), options.activation_factor);
  compute::BlockLinear<T> down = make_down<T>(options, shape, gate, conv.out(), reader);
  std::optional<compute::RmsNorm<T>> norm = make_norm<T>(options, shape, gate, reader);
  return {padded(shape.in), padded(shape.out), std::move(conv), make_radial<T>(options, shape, reader),
          std::move(down),  std::move(gate),   std::move(norm), {}, {}};
}

}  // namespace

template <class T>
std::shared_ptr<const Network<T>> make_network(const NetworkOptions& options, const io::Arrays& weights,
                                               const std::string& source) {
  WeightReader reader(weights, source);
  auto network = std::make_shared<Network<T>>();
  network->options = options;
  if (options.radial_trained) {
    network->frequencies = reader.take("radial.frequencies", {options.radial_size});
  } else {
    for (int n = 1; n <= options.radial_size; ++n)
      network->frequencies.push_back(n * std::numbers::pi / options.cutoff);
  }
  const Attributes attributes = read_attributes(options, reader);
  for (std::size_t t = 0; t < options.layers.size(); ++t) {
    const LayerShape shape(options, t);
    network->layers.push_back(make_layer<T>(options, shape, reader));
    if (t == 0)
      add_first_rows(options, shape, attributes, reader, *network);
    else
      add_later_maps(options, shape, attributes, reader, network->layers.back());
  }
  network->readout = read_readout(options, reader);
  const auto species = static_cast<std::int64_t>(options.species.size());
  network->scale.assign(options.species.size(), options.energy_scale);
  network->shift.assign(options.species.size(), options.energy_shift);
  if (reader.has("scale")) {
    const auto scale = reader.take("scale", {species});
    for (std::size_t s = 0; s < scale.size(); ++s) network->scale[s] *= scale[s];
  }
  if (reader.has("shift")) {
    const auto shift = reader.take("shift", {species});
    for (std::size_t s = 0; s < shift.size(); ++s) network->shift[s] += shift[s];
  }
  reader.expect_all_taken();
  return network;
}

template std::shared_ptr<const Network<float>> make_network<float>(const NetworkOptions&, const io::Arrays&,
                                                                   const std::string&);
template std::shared_ptr<const Network<double>> make_network<double>(const NetworkOptions&, const io::Arrays&,
                                                                     const std::string&);

}  // namespace coset::deploy
