#include "coset/deploy/network.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "coset/base/error.h"
#include "coset/compute/padding.h"
#include "coset/deploy/edge_geometry.h"
#include "coset/deploy/layer_shape.h"
#include "coset/deploy/product_weights.h"
#include "coset/deploy/weights.h"
#include "coset/rep/tensor_product_plan.h"

namespace coset::deploy {

namespace {

using compute::BlockMatrix;
using compute::Matrix;

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

std::vector<Matrix> read_radial(const NetworkOptions& options, const LayerShape& shape, WeightReader& reader) {
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
  return matrices;
}

template <class T>
compute::RadialWeights<T> make_radial(const NetworkOptions& options, const std::vector<Matrix>& matrices,
                                      const RadialPlan& plan, Network<T>& network) {
  compute::RadialWeights<T> exact(matrices, options.radial_factor);
  if (plan.tolerance <= 0.0) return exact;
  const compute::RadialWeights<double> oracle(matrices, options.radial_factor);
  const compute::RadialReduction reduction{
      options.cutoff, options.envelope == Envelope::xplor ? options.envelope_start : 0.0, plan.tolerance};
  const auto basis = [&](double d, double* b, double* db) { radial_basis(options, network.frequencies, d, b, db); };
  double error = 0.0;
  compute::RadialWeights<T> reduced = compute::reduce<T>(oracle, options.radial_size, basis, reduction, &error);
  network.radial_error = std::max(network.radial_error, error);
  if (!(error <= plan.tolerance)) return exact;
  return reduced;
}

template <class T>
compute::BlockLinear<T> make_down(const NetworkOptions& options, const LayerShape& shape, const rep::Irreps& messages,
                                  WeightReader& reader) {
  std::vector<BlockMatrix> blocks;
  for (std::size_t b = 0; b < shape.messages.size(); ++b) {
    const auto& block = shape.messages[b];
    const auto to = static_cast<std::size_t>(shape.kept.find(block.irrep));
    const Matrix m = reader.matrix(shape.name + "down." + std::to_string(b), block.mul, shape.kept.blocks[to].mul,
                                   options.message_factor / std::sqrt(static_cast<double>(block.mul)));
    add_blocks(shape.kept, static_cast<int>(b), to, m, shape.message_segments[b], shape.message_sizes[b], blocks);
  }
  return {messages, shape.kept.stored, blocks};
}

template <class T>
std::optional<compute::RmsNorm<T>> make_norm(const NetworkOptions& options, const LayerShape& shape,
                                             WeightReader& reader) {
  if (!options.layer_norm) return std::nullopt;
  const RowShape& kept = shape.kept;
  std::vector<typename compute::RmsNorm<T>::Block> blocks(kept.stored.size());
  for (std::size_t b = 0; b < kept.blocks.size(); ++b) {
    const auto& block = kept.blocks[b];
    const double dim = block.irrep.dim();
    const std::vector<double> weights = reader.take(shape.name + "norm." + std::to_string(b), {block.mul});
    for (const auto& [to, segment] : kept.parts[b]) {
      auto& target = blocks[static_cast<std::size_t>(to)];
      target.share = 1.0 / (static_cast<double>(kept.blocks.size()) * dim * dim);
      target.weight.assign(weights.begin() + segment.from, weights.begin() + segment.from + segment.count);
      target.weight.resize(static_cast<std::size_t>(compute::padded(segment.count)));
    }
  }
  constexpr double kEpsilon = 1e-12;
  return compute::RmsNorm<T>(kept.stored, blocks, kEpsilon);
}

/// What multiplies the self-connection of each species: (species, attributes), one row for all when it is linear.
struct Attributes {
  bool linear = true;
  std::int64_t count = 1;
  std::vector<std::vector<double>> rows = {{1.0}};

  static Attributes one_hot(std::size_t species) {
    Attributes a{false, static_cast<std::int64_t>(species), {}};
    a.rows.assign(species, std::vector<double>(species));
    for (std::size_t s = 0; s < species; ++s) a.rows[s][s] = 1.0;
    return a;
  }
};

Attributes read_attributes(const NetworkOptions& options, WeightReader& reader) {
  Attributes a;
  if (options.self_connection != SelfConnection::species) return a;
  const std::size_t species = options.species.size();
  if (!reader.has("attributes")) return Attributes::one_hot(species);
  a.linear = false;
  a.rows.assign(species, {});
  check(reader.shape("attributes").size() == 2, reader.source(), ": expected 'attributes' (species, attributes)");
  a.count = reader.shape("attributes")[1];
  const std::vector<double> values = reader.take("attributes", {static_cast<std::int64_t>(species), a.count});
  for (std::size_t s = 0; s < species; ++s)
    a.rows[s].assign(values.begin() + static_cast<std::int64_t>(s) * a.count,
                     values.begin() + static_cast<std::int64_t>(s + 1) * a.count);
  return a;
}

/// A linear map for each row of attributes, block by block: (in-block, block of the target, matrix).
struct SpeciesBlock {
  int in;
  std::size_t to;
  Matrix m;
};

/// Tensors prefix + "B": (in, out) with one row of attributes, else (in, attributes, out).
std::vector<std::vector<SpeciesBlock>> read_species_map(const std::string& prefix, const rep::Irreps& in,
                                                        const RowShape& target, const Attributes& attributes,
                                                        WeightReader& reader) {
  std::vector<std::vector<SpeciesBlock>> maps(attributes.rows.size());
  for (std::size_t b = 0; b < in.size(); ++b) {
    const int to = target.find(in[b].irrep);
    if (to < 0) continue;
    const std::int64_t rows = in[b].mul;
    const std::int64_t columns = target.blocks[static_cast<std::size_t>(to)].mul;
    const std::string name = prefix + std::to_string(b);
    const double factor = 1.0 / std::sqrt(static_cast<double>(rows * attributes.count));
    const std::vector<double> values =
        attributes.linear ? reader.take(name, {rows, columns}) : reader.take(name, {rows, attributes.count, columns});
    for (std::size_t s = 0; s < maps.size(); ++s) {
      Matrix m{rows, columns, std::vector<double>(static_cast<std::size_t>(rows * columns))};
      for (std::int64_t u = 0; u < rows; ++u)
        for (std::int64_t v = 0; v < attributes.count; ++v) {
          const double scale = factor * attributes.rows[s][static_cast<std::size_t>(v)];
          if (scale == 0.0) continue;
          for (std::int64_t w = 0; w < columns; ++w)
            m.values[u * columns + w] += scale * values[(u * attributes.count + v) * columns + w];
        }
      maps[s].push_back({static_cast<int>(b), static_cast<std::size_t>(to), std::move(m)});
    }
  }
  return maps;
}

template <class T>
std::vector<compute::BlockLinear<T>> make_species_maps(const std::vector<std::vector<SpeciesBlock>>& maps,
                                                       const rep::Irreps& in, const RowShape& target) {
  std::vector<compute::BlockLinear<T>> out;
  for (const auto& blocks : maps) {
    std::vector<BlockMatrix> matrices;
    for (const SpeciesBlock& block : blocks)
      add_blocks(target, block.in, block.to, block.m, {{0, block.m.rows, 0}}, compute::padded(block.m.rows), matrices);
    out.emplace_back(in, target.stored, matrices);
  }
  return out;
}

template <class T>
void add_later_maps(const NetworkOptions& options, const LayerShape& shape, const Attributes& attributes,
                    WeightReader& reader, Layer<T>& layer) {
  std::vector<BlockMatrix> up;
  for (std::size_t b = 0; b < shape.in.size(); ++b) {
    const std::int64_t mul = shape.in[b].mul;
    const Matrix m =
        reader.matrix(shape.name + "up." + std::to_string(b), mul, mul, 1.0 / std::sqrt(static_cast<double>(mul)));
    const int n = static_cast<int>(b);
    up.push_back({n, n, place(m, {{0, mul, 0}}, compute::padded(mul), {{0, mul, 0}}, compute::padded(mul))});
  }
  layer.up.emplace(layer.in, layer.in, up);
  if (options.self_connection == SelfConnection::none) return;
  const auto maps = read_species_map(shape.name + "self.", shape.in, shape.self, attributes, reader);
  layer.self = make_species_maps<T>(maps, layer.in, shape.self);
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
  const auto self = read_species_map(shape.name + "self.", shape.in, shape.self, attributes, reader);
  const std::int64_t size = shape.self.stored.dim();
  const auto offsets = shape.self.stored.offsets();
  network.first_self.resize(static_cast<std::size_t>(species * size));
  for (std::int64_t s = 0; s < species; ++s)
    for (const SpeciesBlock& block : self[self.size() == 1 ? 0 : static_cast<std::size_t>(s)])
      for (const auto& [to, segment] : shape.self.parts[block.to])
        for (std::int64_t c = 0; c < segment.count; ++c)
          network.first_self[s * size + offsets[static_cast<std::size_t>(to)] + c] =
              multiply(s, block.m, segment.from + c);
}

/// Matrices prefix + "0", "1", ... from `rows` scalars to one number.
std::vector<Matrix> read_chain(const std::string& prefix, std::int64_t rows, WeightReader& reader) {
  std::vector<Matrix> matrices;
  for (std::size_t n = 0; reader.has(prefix + std::to_string(n)); ++n) {
    const std::string name = prefix + std::to_string(n);
    const auto& shape = reader.shape(name);
    check(shape.size() == 2, reader.source(), ": expected a matrix '", name, "'");
    matrices.push_back(reader.matrix(name, rows, shape[1], 1.0 / std::sqrt(static_cast<double>(rows))));
    rows = shape[1];
  }
  check(!matrices.empty() && rows == 1, reader.source(), ": expected '", prefix, "N' that end in one number");
  return matrices;
}

/// The readout of the last layer of a gated network, its matrices multiplied: nothing lies between them.
Readout read_linear_readout(std::int64_t scalars, WeightReader& reader) {
  const std::vector<Matrix> matrices = read_chain("readout.", scalars, reader);
  std::vector<double> right = {1.0};
  for (auto m = matrices.rbegin(); m != matrices.rend(); ++m) {
    std::vector<double> left(static_cast<std::size_t>(m->rows));
    for (std::int64_t r = 0; r < m->rows; ++r)
      for (std::int64_t c = 0; c < m->columns; ++c) left[r] += m->values[r * m->columns + c] * right[c];
    right = std::move(left);
  }
  return {{}, 1.0, std::move(right)};
}

/// The readout of a layer: one matrix, or two with the activation between them.
Readout read_layer_readout(const NetworkOptions& options, const LayerShape& shape, WeightReader& reader) {
  std::vector<Matrix> matrices = read_chain(shape.name + "readout.", shape.out[0].mul, reader);
  check(matrices.size() <= 2, reader.source(), ": expected one or two matrices '", shape.name, "readout.N'");
  std::vector<double> last = std::move(matrices.back().values);
  matrices.pop_back();
  return {std::move(matrices), options.activation_factor, std::move(last)};
}

/// product, linear and the map of species of a layer with polynomials.
template <class T>
void add_product(const NetworkOptions& options, const LayerShape& shape, bool mixes, WeightReader& reader,
                 Layer<T>& layer) {
  if (mixes) {
    const auto maps = read_species_map(shape.name + "mix.", shape.kept.blocks, shape.kept,
                                       Attributes::one_hot(options.species.size()), reader);
    layer.mix = make_species_maps<T>(maps, shape.kept.stored, shape.kept);
  }
  layer.product.emplace(read_product<T>(options, shape, reader));
  std::vector<rep::MulIrrep> from;
  std::vector<BlockMatrix> blocks;
  const std::int64_t channels = options.interaction[0].mul;
  for (std::size_t b = 0; b < shape.out.size(); ++b) {
    from.push_back({compute::padded(channels), shape.out[b].irrep});
    const Matrix m = reader.matrix(shape.name + "linear." + std::to_string(b), channels, shape.out[b].mul,
                                   1.0 / std::sqrt(static_cast<double>(channels)));
    const auto n = static_cast<int>(b);
    add_blocks(RowShape::plain(shape.out), n, b, m, {{0, channels, 0}}, compute::padded(channels), blocks);
  }
  layer.linear.emplace(rep::Irreps(from), layer.out, blocks);
}

template <class T>
Layer<T> make_layer(const NetworkOptions& options, const LayerShape& shape, const RadialPlan& plan,
                    WeightReader& reader, Network<T>& network) {
  compute::RadialConv conv(conv_plan(options, shape));
  compute::BlockLinear<T> down = make_down<T>(options, shape, conv.out(), reader);
  Layer<T> layer{padded(shape.in),
                 padded(shape.out),
                 shape.kept.stored,
                 std::move(conv),
                 make_radial<T>(options, read_radial(options, shape, reader), plan, network),
                 std::move(down)};
  if (options.correlation == 0) {
    layer.gate.emplace(layer.out, options.activation_factor);
    layer.norm = make_norm<T>(options, shape, reader);
  }
  return layer;
}

template <class T>
void add_energy_terms(const NetworkOptions& options, WeightReader& reader, Network<T>& network) {
  if (!options.layer_readouts)
    network.layers.back().readout = read_linear_readout(options.layers.back()[0].mul, reader);
  const auto species = static_cast<std::int64_t>(options.species.size());
  network.scale.assign(options.species.size(), options.energy_scale);
  network.shift.assign(options.species.size(), options.energy_shift);
  if (reader.has("scale")) {
    const auto scale = reader.take("scale", {species});
    for (std::size_t s = 0; s < scale.size(); ++s) network.scale[s] *= scale[s];
  }
  if (reader.has("shift")) {
    const auto shift = reader.take("shift", {species});
    for (std::size_t s = 0; s < shift.size(); ++s) network.shift[s] += shift[s];
  }
}

}  // namespace

template <class T>
std::shared_ptr<const Network<T>> make_network(const NetworkOptions& options, const io::Arrays& weights,
                                               const std::string& source, const RadialPlan& plan) {
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
    network->layers.push_back(make_layer<T>(options, shape, plan, reader, *network));
    Layer<T>& layer = network->layers.back();
    if (t == 0)
      add_first_rows(options, shape, attributes, reader, *network);
    else
      add_later_maps(options, shape, attributes, reader, layer);
    if (options.correlation > 0) add_product(options, shape, t == 0 && options.first_mixes_species, reader, layer);
    if (options.layer_readouts) layer.readout = read_layer_readout(options, shape, reader);
  }
  network->needs_basis = std::any_of(network->layers.begin(), network->layers.end(),
                                     [](const auto& layer) { return layer.radial.needs_basis(); });
  add_energy_terms(options, reader, *network);
  reader.expect_all_taken();
  return network;
}

template std::shared_ptr<const Network<float>> make_network<float>(const NetworkOptions&, const io::Arrays&,
                                                                   const std::string&, const RadialPlan&);
template std::shared_ptr<const Network<double>> make_network<double>(const NetworkOptions&, const io::Arrays&,
                                                                     const std::string&, const RadialPlan&);

}  // namespace coset::deploy
