/// Layers whose kernels are functions: other angles, other grids, other scales.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "coset/base/worse.h"
#include "coset/nn/grid/group_conv.h"
#include "coset/nn/grid/normalization.h"
#include "coset/nn/grid/scale_conv.h"
#include "coset/nn/grid/spline_conv.h"
#include "coset/nn/pooling.h"
#include "coset/verify/gradient_check.h"
#include "tests/laws/regular_laws.h"
#include "tests/nn/kernels.h"

namespace coset::nn {
namespace {

using field::Field;
using field::FieldType;
using field::shared_grid;
using laws::lattice_error;
using laws::random_field;

/// A mixture of Gaussian blobs, sigma >= 2 pixels.
double blobs(double u, double v) {
  const auto blob = [&](double u0, double v0, double su, double sv) {
    return std::exp(-(u - u0) * (u - u0) / (2.0 * su * su) - (v - v0) * (v - v0) / (2.0 * sv * sv));
  };
  return blob(3.0, 1.0, 2.0, 3.0) - 0.7 * blob(-2.0, -4.0, 2.5, 2.0) + 0.5 * blob(0.0, 4.0, 3.0, 2.2);
}

/// The mixture enlarged by `scale` about the centre, sampled on size x size pixels.
Tensor image(std::int64_t size, double scale) {
  Tensor x = at::empty({1, 1, size, size}, at::kDouble);
  for (std::int64_t i = 0; i < size; ++i)
    for (std::int64_t j = 0; j < size; ++j) {
      const double centre = static_cast<double>(size - 1) / 2.0;
      x.data_ptr<double>()[i * size + j] =
          blobs((static_cast<double>(i) - centre) / scale, (static_cast<double>(j) - centre) / scale);
    }
  return x;
}

/// The lifting layer at position y for orientation r, on the input turned by `angle`; nothing is resampled.
double response(const Tensor& bank, std::int64_t o, std::int64_t r, double y0, double y1, double angle) {
  const double c = std::cos(angle), s = std::sin(angle);
  const std::int64_t k = bank.size(-1);
  const double* taps = bank.data_ptr<double>() + (o * bank.size(1) + r) * k * k;  // one input field
  double sum = 0.0;
  for (std::int64_t i = 0; i < k; ++i)
    for (std::int64_t j = 0; j < k; ++j) {
      const double x0 = y0 + static_cast<double>(2 * i - k + 1) / 2.0,
                   x1 = y1 + static_cast<double>(2 * j - k + 1) / 2.0;
      sum += taps[i * k + j] * blobs(c * x0 + s * x1, -s * x0 + c * x1);
    }
  return sum;
}

/// F'[r](y) = F[r - steps](R^-1 y) for the input turned by `steps` of the grid: relative violation in a disk.
double turn_error(GridConv& lift, std::int64_t steps, std::int64_t wrong_shift = 0) {
  at::NoGradGuard no_grad;
  const std::int64_t n = plan_of(lift).n_out;
  const double angle = 2.0 * std::numbers::pi * static_cast<double>(steps) / static_cast<double>(n);
  const Tensor bank = lift.filter_bank().contiguous();
  double difference = 0.0, whole = 0.0;
  for (std::int64_t o = 0; o < bank.size(0); ++o)
    for (std::int64_t r = 0; r < n; ++r)
      for (double y0 = -8.0; y0 <= 8.0; y0 += 2.0)
        for (double y1 = -8.0; y1 <= 8.0; y1 += 2.0) {
          const double c = std::cos(angle), s = std::sin(angle);
          const double turned = response(bank, o, r, y0, y1, angle);
          const double expected =
              response(bank, o, (r + 2 * n - steps - wrong_shift) % n, c * y0 + s * y1, -s * y0 + c * y1, 0.0);
          difference += (turned - expected) * (turned - expected);
          whole += expected * expected;
        }
  return std::sqrt(difference / whole);
}

/// Kernels as smooth as trained ones: white weights are the worst case of interpolation.
void smooth(GridConv& lift, std::int64_t k) {
  Tensor w = lift.weight.detach().view({-1, 1, k, k});
  for (int pass = 0; pass < 3; ++pass) w = at::conv2d(w, at::full({1, 1, 3, 3}, 1.0 / 9.0, at::kDouble), {}, 1, 1);
  lift.weight.set_data(w.reshape(lift.weight.sizes()));
}

TEST(OtherAngles, TurnsOffTheLatticeAreApproximate) {  // 45 degrees on C8, 22.5 on C16
  torch::manual_seed(1);
  for (const auto& [text, steps] : {std::pair("so2:8", 1), {"so2:16", 1}, {"so2:16", 3}}) {
    LiftingConv bilinear(shared_grid(text), 1, 4, {.size = 7, .bias = false});
    SplineLiftingConv spline(shared_grid(text), 1, 4, {.count = 3, .spacing = 2.0, .width = 2.0, .bias = false});
    bilinear.to(at::kDouble), spline.to(at::kDouble);
    smooth(bilinear, 7);
    EXPECT_EQ(plan_of(spline).size, 15);
    EXPECT_LE(turn_error(bilinear, steps), laws::kOtherAngleBilinear) << text << steps;
    EXPECT_LE(turn_error(spline, steps), laws::kOtherAngleSmooth) << text << steps;
    EXPECT_GE(turn_error(spline, steps, 1), 10 * laws::kOtherAngleSmooth) << "the control: one orientation off";
  }
}

TEST(SplineConv, EquivariantForLatticeElements) {
  for (const char* text : {"so2:8", "o2:4", "c4"}) {
    const auto grid = shared_grid(text);
    SplineLiftingConv lift(grid, 1, 2, {.count = 3});
    SplineGroupConv conv(grid, 2, 2, kernel::dense_rotations(*grid, 3), {.count = 3});
    const auto local = kernel::localised_rotations(*grid, 3);
    DeformableSplineConv deformable(grid, 2, 2, &local, {.count = 3});
    for (GridConv* layer :
         {static_cast<GridConv*>(&lift), static_cast<GridConv*>(&conv), static_cast<GridConv*>(&deformable)}) {
      layer->to(at::kDouble);
      EXPECT_LE(lattice_error([&](const Field& f) { return layer->forward(f); }, random_field(layer->in(), 9)),
                laws::kEquivariance64)
          << text;
    }
  }
}

TEST(SplineConv, DeformableLiftingToScalesIsTheFixedLayer) {  // whose kernels carry 1 / |det h|
  const auto scales = shared_grid("r+:3:1.5", 2);
  const SplineConvOptions options{.count = 3, .disk = false, .size = 7};
  DeformableSplineConv layer(scales, 1, 2, nullptr, options);
  layer.to(at::kDouble);
  EXPECT_LE(verify::relative_error(layer.filter_bank(), ops::FilterExpansion(plan_of(layer))(layer.weight)),
            laws::kFused32)
      << "buffers began as float32";
  kernel::FibreSplines cubic = kernel::localised_scales(*scales, 2);
  cubic.order = 3;
  EXPECT_THROW(DeformableSplineConv(scales, 1, 1, &cubic, options), Error) << "only quadratic splines have slopes here";
}

TEST(SplineConv, DeformableStartsAsTheFixedLayerAndMovesItsCentres) {
  const auto grid = shared_grid("so2:8");
  const auto fibre = kernel::dense_rotations(*grid, 4);
  DeformableSplineConv layer(grid, 1, 1, &fibre, {.count = 3});
  layer.to(at::kDouble);
  auto& kernel = kernel_of<DeformableKernel>(layer);
  const Tensor fixed = ops::FilterExpansion(plan_of(layer))(layer.weight);
  EXPECT_LE(verify::relative_error(layer.filter_bank(), fixed), laws::kFused32) << "buffers began as float32";
  const auto errors = verify::gradient_errors(
      [&](const std::vector<Tensor>& in) {
        kernel.centres = in[0];
        return layer.filter_bank().pow(2);
      },
      {kernel.centres.detach() + 0.03 * at::randn_like(kernel.centres)});
  EXPECT_LE(errors.first, laws::kGradient);
}

// Centres along H are parameters too: angles, mirror images' angles, ln s.
TEST(SplineConv, DeformableMovesItsCentresAlongTheGroup) {
  torch::manual_seed(5);
  for (const char* text : {"so2:8", "o2:4", "r+:4:1.26"}) {
    const auto grid = shared_grid(text, 2);
    const bool scales = !grid->closed();
    const auto fibre = scales ? kernel::localised_scales(*grid, 3) : kernel::dense_rotations(*grid, 4);
    const SplineConvOptions options{.count = 3, .disk = !scales, .size = 5};
    DeformableSplineConv layer(grid, 1, 2, &fibre, options);
    layer.to(at::kDouble);
    auto& kernel = kernel_of<DeformableKernel>(layer);
    ASSERT_EQ(kernel.fibre_centres.sizes(), at::IntArrayRef({fibre.centres.size, 1})) << text;
    EXPECT_LE(verify::relative_error(layer.filter_bank(), ops::FilterExpansion(plan_of(layer))(layer.weight)),
              laws::kFused32)
        << text << ": buffers began as float32";
    const Tensor start = kernel.fibre_centres.detach().clone();
    const auto errors = verify::gradient_errors(
        [&](const std::vector<Tensor>& in) {
          kernel.fibre_centres = in[0];
          return layer.filter_bank().pow(2).sum({-2, -1});
        },
        {start + 0.03 * at::randn_like(start)});
    EXPECT_LE(errors.first, laws::kGradient) << text;
    // moved far away, and by different amounts: still one function of h_r^-1 h_q
    kernel.fibre_centres = start + 0.5 * at::randn_like(start);
    EXPECT_GE(verify::relative_error(layer.filter_bank(), ops::FilterExpansion(plan_of(layer))(layer.weight)),
              laws::kGridChange)
        << text;
    if (scales) continue;
    const auto run = [&](const Field& f) { return layer.forward(f); };
    EXPECT_LE(lattice_error(run, random_field(layer.in(), 9)), laws::kEquivariance64) << text;
    // the control: centres of another kernel for half of the output turns
    const auto broken = [&](const Field& f) {
      const Tensor good = layer.forward(f).data();
      const Tensor kept = kernel.fibre_centres;
      kernel.fibre_centres = start;
      const Tensor other = layer.forward(f).data();
      kernel.fibre_centres = kept;
      const Tensor first = at::arange(good.size(1)).remainder(grid->size).lt(grid->size / 2).view({1, -1, 1, 1});
      return Field(layer.out(), at::where(first, good, other));
    };
    EXPECT_GE(lattice_error(broken, random_field(layer.in(), 9)), laws::kControlFactor * laws::kEquivariance64) << text;
  }
}

TEST(SplineConv, GridMayChangeAfterTraining) {  // train on 8 orientations, run on 16
  torch::manual_seed(2);
  const auto eight = shared_grid("so2:8"), sixteen = shared_grid("so2:16");
  SplineLiftingConv lift(eight, 1, 3, {.count = 5, .bias = false});
  SplineGroupConv conv(eight, 3, 2, kernel::dense_rotations(*eight, 4), {.count = 5, .bias = false});
  FieldBatchNorm norm(lift.out());
  lift.to(at::kDouble), conv.to(at::kDouble), norm.to(at::kDouble);
  norm.running_mean.normal_(0.0, 0.1), norm.weight.data().uniform_(0.5, 1.5), norm.eval();
  const Tensor picture = image(31, 1.0);
  const auto run = [&] {
    return project(conv.forward(norm.forward(lift.forward({lift.in(), picture}))), Pool::mean).data();
  };
  // trained to sharpen: the picture and its Laplacian are what the two output fields shall be
  const Tensor inside = picture.slice(2, 1, -1).slice(3, 1, -1);
  const Tensor bent =
      at::conv2d(picture, at::tensor({0., 1., 0., 1., -4., 1., 0., 1., 0.}, at::kDouble).view({1, 1, 3, 3}));
  const std::int64_t margin = (inside.size(2) - run().size(2)) / 2;
  const Tensor wanted = at::cat({inside, 10.0 * bent}, 1)
                            .slice(2, margin, margin + run().size(2))
                            .slice(3, margin, margin + run().size(3));
  const auto loss = [&] { return (run() - wanted).square().mean(); };
  const double before = loss().item<double>();
  for (int step = 0; step < 30; ++step) {
    const auto slopes = torch::autograd::grad({loss()}, {lift.weight, conv.weight});
    at::NoGradGuard no_grad;
    lift.weight.sub_(slopes[0] * (0.05 * lift.weight.norm() / slopes[0].norm()));
    conv.weight.sub_(slopes[1] * (0.05 * conv.weight.norm() / slopes[1].norm()));
  }
  at::NoGradGuard no_grad;
  lift.eval(), conv.eval();  // from here on filter banks are kept
  EXPECT_LE(loss().item<double>(), 0.5 * before) << "it has learned something";
  const Tensor coarse = run();
  lift.change_grid(sixteen), conv.change_grid(sixteen);
  EXPECT_THROW(run(), Error) << "the norm still expects eight orientations";
  norm.change_grid(sixteen);
  const auto change = [&] { return ((run() - coarse).norm() / coarse.norm()).item<double>(); };
  EXPECT_LE(change(), laws::kGridChange);
  conv.weight.mul_(2.0);  // the control: a sum over 16 orientations that each weigh as one of 8
  EXPECT_GE(change(), 10 * laws::kGridChange);
  EXPECT_THROW(conv.forward(random_field(FieldType::regular(eight, 3), 31)), Error);
}

// Splines along H are wide enough for both grids; the control takes away the weight of an orientation.
TEST(SplineConv, DeformableKernelsGoToAnotherGrid) {
  torch::manual_seed(6);
  const auto eight = shared_grid("so2:8"), sixteen = shared_grid("so2:16");
  const auto fibre = kernel::dense_rotations(*eight, 4);
  const SplineConvOptions options{.count = 3, .spacing = 2.0, .width = 2.0, .bias = false};
  DeformableSplineConv lift(eight, 1, 2, nullptr, options), conv(eight, 2, 2, &fibre, options);
  at::NoGradGuard no_grad;
  for (DeformableSplineConv* layer : {&lift, &conv}) {
    layer->to(at::kDouble);
    const Tensor centres = layer->parameter("centres");
    centres.add_(0.3 * at::randn_like(centres));
  }
  const Tensor along = conv.parameter("fibre_centres");
  along.add_(0.1 * at::randn_like(along));
  const auto run = [&] { return project(conv.forward(lift.forward({lift.in(), image(31, 2.0)})), Pool::mean).data(); };
  const Tensor coarse = run();
  lift.change_grid(sixteen);
  EXPECT_THROW(run(), Error) << "the second layer still has eight orientations";
  conv.change_grid(sixteen);
  const Tensor fine = run();
  const auto change = [&](const Tensor& other) { return ((other - coarse).norm() / coarse.norm()).item<double>(); };
  EXPECT_LE(change(fine), laws::kGridChange);
  EXPECT_GE(change(2.0 * fine), 10 * laws::kGridChange) << "control: Haar weights of the old grid";
  EXPECT_EQ(conv.named_buffers()["relative"].size(0), 16) << "what is saved is what is used";
}

/// Relative difference between the response to twice the image, one octave up, and to the image; scales 1 .. n-2.
template <class Network>
double octave_error(const Network& network, std::int64_t scales, std::int64_t per_octave) {
  at::NoGradGuard no_grad;
  const Tensor small = network(image(95, 1.5)), large = network(image(95, 3.0));  // (1, C, S, X, Y)
  const std::int64_t centre = small.size(-1) / 2, reach = 8;
  double worst = 0.0;
  for (std::int64_t s = 1; s + per_octave < scales - 1; ++s) {
    const auto crop = [&](const Tensor& x, std::int64_t r, std::int64_t step) {
      return x.slice(2, centre - r, centre + r + 1, step).slice(3, centre - r, centre + r + 1, step);
    };
    const Tensor a = crop(small.select(2, s), reach, 1), b = crop(large.select(2, s + per_octave), 2 * reach, 2);
    worst = worse(worst, ((a - b).norm() / a.norm()).template item<double>());
  }
  return worst;
}

TEST(Scales, TwiceTheImageMovesTheResponseOneOctave) {
  torch::manual_seed(3);
  const auto scales = shared_grid("r+:5:1.4142135623730951");
  const SplineConvOptions splines{
      .count = 3, .spacing = 1.5, .width = 1.5, .disk = false, .size = 29, .geometry = {.padding = 14}, .bias = false};
  const ScaleConvOptions functions{
      .basis = {.size = 29, .order = 3, .width = 1.0}, .interscale = 2, .geometry = {.padding = 14}, .bias = false};
  SplineLiftingConv lift(scales, 1, 2, splines);
  SplineGroupConv conv(scales, 2, 2, kernel::localised_scales(*scales, 1), splines);
  ScaleLiftingConv hermite(scales, 1, 2, functions);
  ScaleGroupConv hermite_group(scales, 2, 2, functions);
  for (torch::nn::Module* m :
       {static_cast<torch::nn::Module*>(&lift), static_cast<torch::nn::Module*>(&conv),
        static_cast<torch::nn::Module*>(&hermite), static_cast<torch::nn::Module*>(&hermite_group)})
    m->to(at::kDouble);
  const auto lifted = [](GridConv& l) { return [&l](const Tensor& x) { return l.forward({l.in(), x}).fibres(); }; };
  const auto both = [](GridConv& l, GridConv& g) {
    return [&l, &g](const Tensor& x) { return g.forward(l.forward({l.in(), x})).fibres(); };
  };
  EXPECT_LE(octave_error(lifted(lift), 5, 2), laws::kScaleOctave);
  EXPECT_LE(octave_error(lifted(hermite), 5, 2), laws::kScaleOctave);
  EXPECT_LE(octave_error(both(lift, conv), 5, 2), laws::kScaleOctave);
  EXPECT_LE(octave_error(both(hermite, hermite_group), 5, 2), laws::kScaleOctave);
  EXPECT_GE(octave_error(lifted(lift), 5, 0), 4 * laws::kScaleOctave) << "the control: no shift along scales";
}

// With one neighbour each scale is convolved alone; with two, the whole bank at once. Both are the bank's convolution.
TEST(Scales, EachAloneIsTheWholeBank) {
  torch::manual_seed(4);
  const auto scales = shared_grid("r+:4:1.26", 2);
  std::vector<double> response;
  for (const std::int64_t interscale : {1, 2}) {
    ScaleGroupConv layer(scales, 3, 2,
                         {.basis = {.size = 7, .order = 2}, .interscale = interscale, .geometry = {.padding = 3}});
    layer.to(at::kDouble);
    layer.bias.data().normal_();
    const Field f = random_field(layer.in(), 9);
    const Tensor whole = ops::group_conv(f.fibres(), layer.filter_bank(), layer.bias, layer.geometry());
    EXPECT_LE(verify::relative_error(layer.forward(f).fibres(), whole), laws::kFused64) << interscale;
    // what the output at the smallest scale owes to the scale above it: the control, only with two neighbours
    Tensor above = at::zeros_like(f.fibres());
    above.select(2, 1).copy_(f.fibres().select(2, 1));
    const Tensor out = layer.forward({layer.in(), above.flatten(1, 2)}).fibres().select(2, 0);
    response.push_back((out - layer.bias.view({1, -1, 1, 1})).abs().max().item<double>());
  }
  EXPECT_EQ(response[0], 0.0);
  EXPECT_GT(response[1], 0.1);
}

}  // namespace
}  // namespace coset::nn
