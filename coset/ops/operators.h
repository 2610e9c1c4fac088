/// The operations of this room as registered operators, torch.ops.coset.*: what a host calls that has tensors and text,
/// such as TorchScript, Python after torch.ops.load_library, or the dispatcher. Plans are text (to_string of the plan)
/// and are parsed once; the last 256 of each kind are kept. Values, gradients and bits are the C++ functions'.
///
///   coset::spherical_harmonics(Tensor vectors, int lmax, str normalization, bool normalize) -> Tensor
///   coset::tensor_product(Tensor x, Tensor y, Tensor weight, str plan) -> Tensor
///   coset::tensor_product_conv(Tensor x, Tensor y, Tensor weight, Tensor[] edges, str plan, str layout) -> Tensor
///   coset::gate(Tensor x, str shape) -> Tensor
///   coset::gated_product(Tensor[] parts, Tensor y, Tensor weight, Tensor bias, str plan, str options) -> Tensor
///   coset::gated_message(Tensor features, Tensor extra, Tensor attributes, Tensor[] weights, Tensor[] edges, str spec)
///       -> Tensor
///   coset::instance_norm(Tensor[] x, Tensor[] parameters, Tensor graph_of_node, int num_graphs, str plan) -> Tensor
///   coset::filter_expansion(Tensor weight, str plan) -> Tensor
///   coset::group_conv(Tensor f, Tensor bank, Tensor[] bias, str geometry) -> Tensor
///   coset::gather(Tensor rows, Tensor index) -> Tensor
///   coset::segment_sum(Tensor rows, Tensor row_start) -> Tensor
///
/// edges: sender and receiver, as make_edges takes them. x of instance_norm: the features, or they and a residual;
/// parameters: weight and bias. weights of gated_message: w1, b1, w2, b2. bias of group_conv: none or one.
#pragma once

#include <string>
#include <vector>

namespace coset::ops {

/// Names of the registered operators: "coset::gate", .... They register when the program starts, if anything in it calls
/// this function: a static library leaves out what nobody names.
std::vector<std::string> operator_names();

}  // namespace coset::ops
