#include "coset/model/image/scale_errors.h"

#include <algorithm>
#include <cmath>

#include "coset/base/error.h"
#include "coset/base/worse.h"
#include "coset/group/log_coordinates.h"
#include "coset/verify/equivariance.h"

namespace coset::model {
namespace {

constexpr double kReach = 5.0;  ///< units from the centre that hold the blobs' response
constexpr double kRoom = 56.0;  ///< pixels that the deepest maps see on either side: 7 (1 + 2 + 4) and some

/// Three blobs of one unit and more, within three units of the centre.
double blobs(double u, double v) {
  const auto blob = [&](double u0, double v0, double su, double sv) {
    return std::exp(-(u - u0) * (u - u0) / (2.0 * su * su) - (v - v0) * (v - v0) / (2.0 * sv * sv));
  };
  return blob(1.2, 0.4, 1.0, 1.4) - 0.7 * blob(-0.9, -1.7, 1.2, 1.0) + 0.5 * blob(0.0, 1.7, 1.4, 1.1);
}

/// (1, channels, size, size): blobs of `unit` pixels, moved by `offset` pixels along both axes.
Tensor picture(std::int64_t channels, std::int64_t size, double unit, double offset) {
  Tensor x = at::empty({1, 1, size, size}, at::kDouble);
  const double centre = static_cast<double>(size - 1) / 2.0 + offset;
  for (std::int64_t i = 0; i < size; ++i)
    for (std::int64_t j = 0; j < size; ++j)
      x.data_ptr<double>()[i * size + j] =
          blobs((static_cast<double>(i) - centre) / unit, (static_cast<double>(j) - centre) / unit);
  return x.repeat({1, channels, 1, 1});
}

/// An even number of pixels per side that every stride of the maps divides, with `inside` pixels on either side of the
/// centre that do not see the border.
std::int64_t canvas(double inside) {
  return 16 * static_cast<std::int64_t>(std::ceil((inside + kRoom) / 8.0));
}

struct Maps {
  std::string name;
  Tensor values;        // (F, S, X, X)
  double stride = 1.0;  // pixels between cells
};

/// Every convolution's maps with its pointwise steps.
std::vector<Maps> convolutions(const Sequential& chain, const Tensor& x) {
  std::vector<Maps> found;
  for (const auto& [name, field] : chain.maps({chain.in(), x}))
    if (name.rfind("conv", 0) == 0)
      found.push_back(
          {name, field.fibres()[0], static_cast<double>(x.size(-1)) / static_cast<double>(field.data().size(-1))});
  return found;
}

const group::GroupGrid& scales_of(const ImageNetwork& network, const char* where) {
  const auto& scales = *network.symmetry;
  check(!scales.closed() && scales.size >= 2, "[model::", where, "] expected a network on scales; received one on ",
        scales.name);
  return scales;
}

/// Values at `reach` positions on either side of the centre, `step` cells apart.
Tensor sampled(const Tensor& maps, double step, std::int64_t reach) {
  const double cells = static_cast<double>(maps.size(-1) - 1);
  const Tensor axis = at::arange(-reach, reach + 1, maps.options()) * (2.0 * step / cells);
  const std::int64_t n = axis.size(0);
  const Tensor grid = at::stack({axis.view({1, n}).expand({n, n}), axis.view({n, 1}).expand({n, n})}, -1);
  return at::grid_sampler(maps.flatten(0, 1).unsqueeze(0), grid.unsqueeze(0), 0, 0, true)
      .view({maps.size(0), maps.size(1), n, n});
}

/// The response to no image, far from the border: (F, S, 1, 1).
Tensor at_centre(const Tensor& maps) {
  const std::int64_t centre = maps.size(-1) / 2;
  return maps.narrow(2, centre, 1).narrow(3, centre, 1);
}

}  // namespace

double translation_error(const ImageNetwork& network, at::ScalarType dtype, std::int64_t pixels) {
  scales_of(network, "translation_error");
  torch::NoGradGuard guard;
  const std::int64_t size = canvas(16.0), channels = network.chain->in().channels();
  const auto maps = [&](std::int64_t offset) {
    return convolutions(*network.chain, picture(channels, size, 3.0, static_cast<double>(offset)).to(dtype));
  };
  const auto still = maps(0);
  const std::int64_t shift = pixels > 0 ? pixels : std::llround(still.back().stride);
  const auto moved = maps(shift);
  double worst = 0.0;
  for (std::size_t i = 0; i < still.size(); ++i) {
    const std::int64_t cells = still[i].values.size(-1), inside = std::llround(8.0 / still[i].stride);
    const auto crop = [&](const Tensor& x, std::int64_t first) {
      return x.narrow(2, first, 2 * inside).narrow(3, first, 2 * inside);
    };
    const std::int64_t first = cells / 2 - inside, steps = shift / std::llround(still[i].stride);
    worst = worse(worst, verify::relative_error(crop(moved[i].values, first + steps), crop(still[i].values, first)));
  }
  return worst;
}

Enlargement enlargement_errors(const ImageNetwork& network, at::ScalarType dtype, double unit, std::int64_t wrong) {
  const auto& scales = scales_of(network, "enlargement_errors");
  torch::NoGradGuard guard;
  const double step = group::relative_log(scales, 0, scales, 1).log_scale;
  const auto t = std::clamp<std::int64_t>(std::llround(std::log(2.0) / step), 1, scales.size - 1);
  check(0 <= wrong && wrong <= t, "[model::enlargement_errors] expected 0 to ", t, " places; received ", wrong);
  Enlargement errors;
  errors.ratio = std::exp(group::relative_log(scales, 0, scales, t).log_scale);
  const std::int64_t size = canvas(kReach * errors.ratio * unit), channels = network.chain->in().channels();
  const auto maps = [&](double pixels) {
    return convolutions(*network.chain, picture(channels, size, pixels, 0.0).to(dtype));
  };
  const auto small = maps(unit), large = maps(errors.ratio * unit);
  const auto none = convolutions(*network.chain, at::zeros({1, channels, canvas(0.0), canvas(0.0)}, dtype));
  const auto reach = static_cast<std::int64_t>(kReach * unit / small.back().stride);
  for (std::size_t i = 0; i < small.size(); ++i) {
    const auto response = [&](const std::vector<Maps>& of, double ratio, std::int64_t first) {
      const Tensor values = of[i].values - at_centre(none[i].values);
      return sampled(values, ratio * small.back().stride / of[i].stride, reach).narrow(1, first, scales.size - t);
    };
    const Tensor expected = response(small, 1.0, 0), found = response(large, errors.ratio, t - wrong);
    errors.layers.emplace_back(small[i].name, ((found - expected).norm() / expected.norm()).item<double>());
  }
  return errors;
}

}  // namespace coset::model
