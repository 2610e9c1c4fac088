#include "coset/ops/operators.h"

#include <torch/library.h>

#include <array>

#include "coset/base/error.h"
#include "coset/ops/filter_expansion.h"
#include "coset/ops/gate.h"
#include "coset/ops/gated_message.h"
#include "coset/ops/group_conv.h"
#include "coset/ops/instance_norm.h"
#include "coset/ops/plan_cache.h"
#include "coset/ops/scatter.h"
#include "coset/ops/spherical_harmonics.h"
#include "coset/ops/tensor_product_conv.h"

namespace coset::ops {

namespace {

/// The object that `make` builds from a text, built once.
template <class Object, class Make>
std::shared_ptr<const Object> cached(const std::string& text, Make&& make) {
  static PlanCache<Object> cache;
  return cache.get(text, std::forward<Make>(make));
}

void check_count(const char* where, const char* name, at::TensorList list, std::size_t least, std::size_t most) {
  check(list.size() >= least && list.size() <= most, "[", where, "] expected ", least, " to ", most, " tensors of ",
        name, "; received ", list.size());
}

/// One of the words, as its number.
template <class Enum, std::size_t n>
Enum one_of(const char* where, const std::array<std::string, n>& words, const std::string& word) {
  for (std::size_t i = 0; i < n; ++i)
    if (word == words[i]) return static_cast<Enum>(i);
  std::string known;
  for (const std::string& w : words) known += (known.empty() ? "" : ", ") + w;
  fail("[", where, "] expected one of ", known, "; received another word of ", word.size(), " characters");
}

Edges edges_of(const char* where, at::TensorList edges, const Tensor& nodes) {
  check_count(where, "edges (sender, receiver)", edges, 2, 2);
  check(nodes.defined() && nodes.dim() == 2, "[", where, "] expected features (nodes, columns); received ",
        nodes.defined() ? shape_text(nodes.sizes()) : "none");
  return make_edges(nodes.size(0), edges[0], edges[1]);
}

Tensor harmonics(const Tensor& vectors, std::int64_t lmax, std::string normalization, bool normalize) {
  check(lmax >= 0 && lmax <= 63, "[ops::spherical_harmonics] expected 0 <= lmax <= 63; received ", lmax);
  static const std::array<std::string, 3> words{"component", "norm", "integral"};
  const auto kind = one_of<compute::HarmonicsNormalization>("ops::spherical_harmonics", words, normalization);
  return spherical_harmonics(vectors, static_cast<int>(lmax), kind, normalize);
}

Tensor product(const Tensor& x, const Tensor& y, const Tensor& weight, std::string plan) {
  const auto parsed = cached<ProductPtr>(
      plan, [](const std::string& text) { return make_product(rep::parse_tensor_product_plan(text)); });
  return tensor_product(*parsed, x, y, weight);
}

Tensor conv(const Tensor& x, const Tensor& y, const Tensor& weight, at::TensorList edges, std::string plan,
            std::string layout) {
  static const std::array<std::string, 2> words{"mul_ir", "ir_mul"};
  const auto order = one_of<compute::Layout>("ops::tensor_product_conv", words, layout);
  const auto parsed = cached<ConvPtr>(
      plan, [](const std::string& text) { return make_product_conv(rep::parse_tensor_product_plan(text)); });
  return tensor_product_conv(*parsed, edges_of("ops::tensor_product_conv", edges, x), x, y, weight, order);
}

Tensor gate_operator(const Tensor& x, std::string shape) {
  return gate(*cached<compute::GateShape>(shape, compute::parse_gate_shape), x);
}

Tensor layer(at::TensorList parts, const Tensor& y, const Tensor& weight, const Tensor& bias, std::string plan,
             std::string options) {
  const auto parsed = cached<GatedProduct>(options + " " + plan, [&](const std::string&) {
    return GatedProduct(rep::parse_tensor_product_plan(plan), compute::parse_gated_product_options(options));
  });
  return (*parsed)(parts.vec(), y, weight, bias);
}

Tensor message(const Tensor& features, const Tensor& extra, const Tensor& attributes, at::TensorList weights,
               at::TensorList edges, std::string spec) {
  check_count("ops::GatedMessage", "weights (w1, b1, w2, b2)", weights, 4, 4);
  const auto parsed = cached<GatedMessage>(
      spec, [](const std::string& text) { return GatedMessage(compute::parse_gated_message_spec(text)); });
  return (*parsed)(edges_of("ops::GatedMessage", edges, features),
                   {features, extra, attributes, weights[0], weights[1], weights[2], weights[3]});
}

Tensor norm(at::TensorList x, at::TensorList parameters, const Tensor& graph_of_node, std::int64_t num_graphs,
            std::string plan) {
  check_count("ops::InstanceNorm", "x (features, residual)", x, 1, 2);
  check_count("ops::InstanceNorm", "parameters (weight, bias)", parameters, 2, 2);
  const auto parsed = cached<InstanceNorm>(plan, [](const std::string& text) {
    const compute::InstanceNormPlan of = compute::parse_instance_norm_plan(text);
    return InstanceNorm(of.irreps, of.options);
  });
  return (*parsed)({x[0], x.size() > 1 ? x[1] : Tensor(), parameters[0], parameters[1]}, graph_of_node, num_graphs);
}

Tensor expansion(const Tensor& weight, std::string plan) {
  return (*cached<FilterExpansion>(
      plan, [](const std::string& text) { return FilterExpansion(kernel::parse_group_conv_plan(text)); }))(weight);
}

Tensor group_conv_operator(const Tensor& f, const Tensor& bank, at::TensorList bias, std::string geometry) {
  check_count("ops::group_conv", "bias", bias, 0, 1);
  return group_conv(f, bank, bias.empty() ? Tensor() : bias[0], *cached<ConvGeometry>(geometry, parse_conv_geometry));
}

}  // namespace

std::vector<std::string> operator_names() {
  return {
      "coset::spherical_harmonics", "coset::tensor_product", "coset::tensor_product_conv", "coset::gate",
      "coset::gated_product",       "coset::gated_message",  "coset::instance_norm",       "coset::filter_expansion",
      "coset::group_conv",          "coset::gather",         "coset::segment_sum"};
}

}  // namespace coset::ops

// Without a dispatch key: the functions are made of autograd functions and torch's own operators, so that one
// registration serves values and gradients.
TORCH_LIBRARY(coset, m) {
  using namespace coset::ops;
  m.def("spherical_harmonics(Tensor vectors, int lmax, str normalization, bool normalize) -> Tensor", harmonics);
  m.def("tensor_product(Tensor x, Tensor y, Tensor weight, str plan) -> Tensor", product);
  m.def("tensor_product_conv(Tensor x, Tensor y, Tensor weight, Tensor[] edges, str plan, str layout) -> Tensor", conv);
  m.def("gate(Tensor x, str shape) -> Tensor", gate_operator);
  m.def("gated_product(Tensor[] parts, Tensor y, Tensor weight, Tensor bias, str plan, str options) -> Tensor", layer);
  m.def(
      "gated_message(Tensor features, Tensor extra, Tensor attributes, Tensor[] weights, Tensor[] edges, str spec) -> "
      "Tensor",
      message);
  m.def("instance_norm(Tensor[] x, Tensor[] parameters, Tensor graph_of_node, int num_graphs, str plan) -> Tensor",
        norm);
  m.def("filter_expansion(Tensor weight, str plan) -> Tensor", expansion);
  m.def("group_conv(Tensor f, Tensor bank, Tensor[] bias, str geometry) -> Tensor", group_conv_operator);
  m.def("gather(Tensor rows, Tensor index) -> Tensor", gather);
  m.def("segment_sum(Tensor rows, Tensor row_start) -> Tensor", segment_sum);
}
