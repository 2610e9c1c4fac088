#include "coset/nn/graph/attributes.h"

#include "coset/ops/scatter.h"
#include "coset/ops/spherical_harmonics.h"

namespace coset::nn {

Attributes make_attributes(const graph::Graph& graph, const Tensor& relative, const Tensor& physical, int lmax,
                           compute::HarmonicsNormalization normalization) {
  const field::FieldType type = rep::Irreps::spherical_harmonics(lmax);
  const Tensor edge = ops::spherical_harmonics(relative, lmax, normalization);  // (E, M)
  const Tensor degree = (graph.edges.row_start.slice(0, 1) - graph.edges.row_start.slice(0, 0, -1)).clamp_min(1);
  Tensor node = ops::segment_sum(edge, graph.edges.row_start) / degree.unsqueeze(1).to(edge.scalar_type());  // (N, M)
  if (physical.defined()) node = node + ops::spherical_harmonics(physical, lmax, normalization);
  const Tensor ones = at::ones({node.size(0), 1}, node.options());
  node = at::cat({ones, node.slice(1, 1)}, 1);
  return {{type, edge}, {type, node}};
}

}  // namespace coset::nn
