// Lifting -> group convolution -> projection: the three layers that take an image to the group and back, and what each
// of them keeps when the image is rotated by a quarter of a turn.
#include <cstdio>

#include "coset/nn/activation.h"
#include "coset/nn/grid/group_conv.h"
#include "coset/nn/pooling.h"

namespace {

using namespace coset;

/// max |a - b| / max |b|
double difference(const Tensor& a, const Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

}  // namespace

int main() {
  const torch::NoGradGuard values;
  at::manual_seed(1);
  const field::GridPtr c8 = field::shared_grid("c8");  // rotations by multiples of 45 degrees
  nn::LiftingConv lifting(c8, 1, 4, {.size = 5});      // (x) -> (x, h): no constraint on the kernel
  nn::GroupConv group(c8, 4, 4, {.size = 5});          // (x, h) -> (x, h)
  for (torch::nn::Module* layer : {static_cast<torch::nn::Module*>(&lifting), static_cast<torch::nn::Module*>(&group)})
    layer->to(at::kDouble);

  const field::FieldType scalar = field::FieldType::trivial(c8, 1);
  const field::Field image(scalar, at::rand({2, 1, 17, 17}, at::kDouble));
  std::int64_t quarter = 0;  // the element that rotates by 90 degrees, exactly on pixels
  while (!c8->on_lattice(quarter) || quarter == c8->identity()) ++quarter;

  bool equivariant = true;
  const auto print = [&](const char* layer, const field::Field& of_rotated, const field::Field& f) {
    const double error = difference(of_rotated.data(), f.transform(quarter).data());
    const double control = difference(of_rotated.data(), f.data());
    std::printf("%-12s %-14s |f(gx) - g f(x)| = %.1e   |f(gx) - f(x)| = %.1e\n", layer, f.type().to_string().c_str(),
                error, control);
    equivariant = equivariant && error < 1e-12 && control > 1e-3;
  };
  const field::Field rotated = image.transform(quarter);
  const auto lifted = lifting.forward(image), lifted_r = lifting.forward(rotated);
  print("lifting", lifted_r, lifted);
  const auto mixed = group.forward(nn::activate(lifted, ops::Activation::relu));
  const auto mixed_r = group.forward(nn::activate(lifted_r, ops::Activation::relu));
  print("group", mixed_r, mixed);
  const auto projected = nn::project(mixed, nn::Pool::max), projected_r = nn::project(mixed_r, nn::Pool::max);
  print("projection", projected_r, projected);
  const double pooled = difference(nn::global_pool(mixed_r, nn::Pool::mean), nn::global_pool(mixed, nn::Pool::mean));
  std::printf("%-12s %-14s |f(gx) - f(x)| = %.1e\n", "pooling", "invariant", pooled);
  return equivariant && pooled < 1e-12 ? 0 : 1;
}
