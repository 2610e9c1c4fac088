// An energy that is a steerable network, forces as its exact gradient, and a training step on the forces (second
// derivatives).
#include <cstdio>

#include "coset/graph/graph.h"
#include "coset/nn/graph/attributes.h"
#include "coset/nn/irreps/o3_tensor_product.h"
#include "coset/ops/scatter.h"

int main() {
  using coset::Tensor;
  using coset::rep::Irreps;
  at::manual_seed(0);
  const Irreps attribute = Irreps::spherical_harmonics(1);
  coset::nn::O3TensorProductGate hidden(Irreps("1x0e"), attribute, Irreps("8x0e+4x1o"));
  coset::nn::O3TensorProduct energy(Irreps("8x0e+4x1o"), attribute, Irreps("1x0e"));
  hidden.to(at::kDouble);
  energy.to(at::kDouble);
  const auto graph = coset::graph::make_graph(4, coset::neighbour::fully_connected(4));
  const Tensor x = at::randn({4, 3}, at::kDouble).requires_grad_();
  const Tensor wanted = at::zeros({4, 3}, at::kDouble);

  const auto force_loss = [&] {
    const Tensor r = coset::graph::edge_vectors(graph, x);
    const auto a = coset::nn::make_attributes(graph, r, {}, 1, coset::compute::HarmonicsNormalization::component);
    const Tensor f = coset::ops::segment_sum(
        hidden.forward(coset::field::Field(Irreps("1x0e"), (-r.pow(2).sum(1, true)).exp()), a.edge).data(),
        graph.edges.row_start);
    const Tensor e = energy.forward({Irreps("8x0e+4x1o"), f}, a.node).data().sum();
    const Tensor force = -torch::autograd::grad({e}, {x}, {}, true, true)[0];
    std::printf("sum of forces %.1e (translation invariance)\n", force.sum(0).abs().max().item<double>());
    return (force - wanted).pow(2).sum();
  };
  const Tensor before = force_loss();
  before.backward();
  torch::NoGradGuard guard;
  for (auto* module : std::initializer_list<torch::nn::Module*>{&hidden, &energy})
    for (Tensor& p : module->parameters())
      if (p.grad().defined()) p.sub_(0.1 * p.grad());
  at::AutoGradMode enabled(true);
  const Tensor after = force_loss();
  std::printf("loss on the forces: %.3e, after one step %.3e\n", before.item<double>(), after.item<double>());
  return after.item<double>() < before.item<double>() ? 0 : 1;
}
