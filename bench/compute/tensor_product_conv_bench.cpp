#include <new>
#include <random>
#include <vector>

#include "bench/case.h"
#include "coset/compute/parallel.h"
#include "coset/compute/scatter.h"
#include "coset/compute/tensor_product_conv.h"

namespace coset::bench {

namespace {

enum class What { forward, backward, second };  // cumulative

struct Shape {
  const char* name;
  std::int64_t channels;
  int lmax_x, lmax_y, lmax_z;
  std::int64_t nodes;
};

constexpr Shape kShapes[] = {{"32l1", 32, 1, 1, 1, 1000},
                             {"64l2", 64, 2, 2, 2, 1000},
                             {"128l3", 128, 3, 3, 3, 250},
                             {"128l2sh3", 128, 2, 3, 2, 250}};
constexpr std::int64_t kDegree = 20;

/// Every natural-parity uvu path, one output block each.
rep::TensorProductPlan make_plan(const Shape& shape) {
  const rep::Irreps y = rep::Irreps::spherical_harmonics(shape.lmax_y);
  std::vector<rep::MulIrrep> in;
  for (const auto& block : rep::Irreps::spherical_harmonics(shape.lmax_x)) in.push_back({shape.channels, block.irrep});
  std::vector<rep::MulIrrep> out;
  std::vector<rep::Instruction> paths;
  for (std::size_t a = 0; a < in.size(); ++a)
    for (std::size_t b = 0; b < y.size(); ++b)
      for (const rep::Irrep& irrep : in[a].irrep* y[b].irrep) {
        if (irrep.l > shape.lmax_z || (in[a].irrep.l + y[b].irrep.l + irrep.l) % 2 != 0) continue;
        paths.push_back(
            {static_cast<int>(a), static_cast<int>(b), static_cast<int>(out.size()), rep::ConnectionMode::uvu});
        out.push_back({shape.channels, irrep});
      }
  return rep::make_tensor_product(in, y, out, paths);
}

/// Memory that starts on a cache line, as that of tensors does; a vector across two lines costs two loads.
template <class T>
struct LineAllocator {
  using value_type = T;
  LineAllocator() = default;
  template <class U>
  LineAllocator(const LineAllocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{64})); }
  void deallocate(T* p, std::size_t) { ::operator delete (p, std::align_val_t{64}); }
  bool operator==(const LineAllocator&) const { return true; }
};
template <class T>
using Numbers = std::vector<T, LineAllocator<T>>;

template <class T>
Numbers<T> aligned_numbers(std::int64_t count, std::uint64_t seed) {
  const std::vector<T> values = numbers<T>(count, seed);
  return {values.begin(), values.end()};
}

/// A graph of `nodes` nodes with 20 edges each, sorted by receiver, senders at random.
template <class T>
struct Problem {
  compute::TensorProductConv conv;
  std::int64_t nodes, edges;
  std::vector<std::int64_t> sender, receiver;
  compute::EdgeGroups by_receiver, by_sender;
  Numbers<T> x, y, w, gz, hx, hy, hw, z, gx, gy, gw, ggz, dx, dy, dw;

  Problem(const Shape& shape, std::int64_t node_count)
      : conv(make_plan(shape)), nodes(node_count), edges(node_count * kDegree) {
    std::mt19937_64 engine(7);
    for (std::int64_t e = 0; e < edges; ++e) {
      receiver.push_back(e / kDegree);
      sender.push_back(static_cast<std::int64_t>(engine() % static_cast<std::uint64_t>(nodes)));
    }
    by_receiver = compute::group_edges(nodes, receiver);
    by_sender = compute::group_edges(nodes, sender);
    const auto& plan = conv.plan();
    x = aligned_numbers<T>(nodes * plan.in1.dim(), 1);
    y = aligned_numbers<T>(edges * plan.in2.dim(), 2);
    w = aligned_numbers<T>(edges * plan.weight_numel, 3);
    gz = aligned_numbers<T>(nodes * plan.out.dim(), 4);
    hx = x, hy = y, hw = w;
    z = ggz = gz, gx = dx = x, gy = dy = y, gw = dw = w;
  }

  void call(What what, compute::Route route) {
    const compute::EdgeIndex index{nodes,
                                   nodes,
                                   edges,
                                   by_receiver.start.data(),
                                   sender.data(),
                                   by_sender.start.data(),
                                   by_sender.edge.data(),
                                   receiver.data()};
    // Channels side by side, as a network of these layers keeps its features between them.
    const compute::ConvOptions options{
        route == compute::Route::reference ? compute::Layout::mul_ir : compute::Layout::ir_mul, route};
    const compute::Operands<T> in{x.data(), y.data(), w.data()};
    conv.forward(index, in, z.data(), options);
    if (what == What::forward) return;
    conv.backward(index, in, gz.data(), {gx.data(), gy.data(), gw.data()}, options);
    if (what == What::backward) return;
    conv.second<T>(index, {in, gz.data(), {hx.data(), hy.data(), hw.data()}}, ggz.data(),
                   {dx.data(), dy.data(), dw.data()}, options);
  }
};

/// Arithmetic and least traffic of one edge. Values: 2 C per non-zero term. Each first derivative costs as much as a
/// value; the second order is three values and two of each derivative. Traffic counts every operand once per product it
/// enters.
struct Cost {
  double flops, bytes;
};
Cost cost(const rep::TensorProductPlan& plan, std::int64_t channels, What what, std::size_t element) {
  double terms = 0.0;
  for (const auto& path : plan.paths) terms += static_cast<double>(path.coupling.size());
  const double products = what == What::forward ? 1 : what == What::backward ? 4 : 13;
  const double per_node = static_cast<double>(plan.in1.dim() + plan.out.dim()) / kDegree;
  const double per_edge = static_cast<double>(plan.weight_numel + plan.in2.dim());
  const double passes = what == What::forward ? 1 : what == What::backward ? 3 : 8;
  return {2.0 * terms * static_cast<double>(channels) * products,
          passes * (per_node + per_edge) * static_cast<double>(element)};
}

template <class T>
Measured measure(const Shape& shape, What what, const Settings& settings, const Machine& machine) {
  Measured m;
  Problem<T> problem(shape, settings.quick ? 10 : shape.nodes);
  const auto edges = static_cast<double>(problem.edges);
  m.ours = 1e6 / edges * median_seconds(settings, [&] { problem.call(what, compute::Route::fused); });
  const Cost least = cost(problem.conv.plan(), shape.channels, what, sizeof(T));
  m.limit = 1e6 / edges * least_seconds(machine, settings, least.flops * edges, least.bytes * edges);
  m.useful_gflops = 1e-3 * least.flops / m.ours;
  if (settings.quick || !settings.reference) return m;
  Problem<T> small(shape, 10);  // the reference costs the same per edge, and minutes on the whole graph
  m.reference = 1e6 / static_cast<double>(small.edges) *
                median_seconds(settings, [&] { small.call(what, compute::Route::reference); });
  return m;
}

}  // namespace

void add_tensor_product_conv(std::vector<Case>& cases) {
  const std::pair<What, const char*> kinds[] = {
      {What::forward, "forward"}, {What::backward, "backward"}, {What::second, "second"}};
  for (const Shape& shape : kShapes)
    for (const auto& [what, name] : kinds)
      cases.push_back({std::string("uvu/") + shape.name + "/" + name, "us/edge",
                       [&shape, what = what](const Settings& settings, const Machine& machine) {
                         return settings.float64 ? measure<double>(shape, what, settings, machine)
                                                 : measure<float>(shape, what, settings, machine);
                       }});
}

}  // namespace coset::bench
