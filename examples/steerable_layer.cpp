// A steerable convolution of one's own on a point cloud, and its certificate.
#include <array>
#include <cstdio>

#include "coset/graph/graph.h"
#include "coset/nn/graph/attributes.h"
#include "coset/nn/irreps/o3_tensor_product.h"
#include "coset/ops/scatter.h"
#include "coset/verify/equivariance.h"

namespace {

using coset::Tensor;
using coset::field::Field;
using coset::rep::Irreps;

// f_i' = sum_j W(a_ij) f_j: neighbours' features, mixed by a linear map that their direction conditions.
class Convolution : public torch::nn::Module {
 public:
  Convolution(const Irreps& in, const Irreps& out, int lmax)
      : kernel_(register_module(
            "kernel", std::make_shared<coset::nn::O3TensorProductGate>(in, Irreps::spherical_harmonics(lmax), out))) {}

  Field forward(const Field& f, const coset::graph::Graph& graph, const Field& attribute) {
    const Field sender(f.type(), coset::ops::gather(f.data(), graph.edges.sender));
    const Field message = kernel_->forward(sender, attribute);
    return {message.type(), coset::ops::segment_sum(message.data(), graph.edges.row_start)};
  }

 private:
  std::shared_ptr<coset::nn::O3TensorProductGate> kernel_;
};

}  // namespace

int main() {
  at::manual_seed(0);
  const Irreps in("2x0e+1x1o");
  Convolution layer(in, Irreps("8x0e+4x1o+2x2e"), 2);
  layer.to(at::kDouble);
  const auto graph = coset::graph::make_graph(6, coset::neighbour::fully_connected(6));
  const auto call = [&](const Field& all) {  // positions and features turn together
    const Tensor x = all.data().narrow(1, 0, 3);
    const auto attributes = coset::nn::make_attributes(graph, coset::graph::edge_vectors(graph, x), {}, 2,
                                                       coset::compute::HarmonicsNormalization::component);
    return layer.forward({in, all.data().narrow(1, 3, in.dim())}, graph, attributes.edge);
  };
  const Field input{Irreps("1x1o") + in, at::randn({6, 3 + in.dim()}, at::kDouble)};
  const auto errors = coset::verify::o3_errors(call, input, 5, 1);
  std::printf("relative equivariance error: rotations %.1e, reflections %.1e\n", errors.rotation, errors.reflection);
  return errors.rotation < 1e-11 && errors.reflection < 1e-11 ? 0 : 1;
}
