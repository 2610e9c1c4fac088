#include "coset/model/image_model.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/base/worse.h"
#include "coset/verify/equivariance.h"

namespace coset::model {

namespace {

constexpr std::int64_t kChunk = 256;  // images at a time

}  // namespace

ImageModel::ImageModel(const ImageModelOptions& options)
    : options_(resolved(options)), network_(build_network(options_)) {
  const std::int64_t canvas = network_.canvas;
  check(options_.size >= 1 && options_.size <= canvas && (canvas - options_.size) % 2 == 0,
        "[model::ImageModel] expected images of at most ", canvas, " pixels per side, and of the same parity, for ",
        options_.model, "; received ", options_.size);
  register_module("chain", network_.chain);
  if (network_.head) register_module("head", network_.head);
  mean = register_buffer("mean", at::zeros({options_.channels}));
  deviation = register_buffer("deviation", at::full({options_.channels}, 255.0));
}

void ImageModel::set_statistics(const std::vector<double>& means, const std::vector<double>& deviations) {
  const auto channels = static_cast<std::size_t>(options_.channels);
  check(means.size() == channels && deviations.size() == channels &&
            std::all_of(deviations.begin(), deviations.end(), [](double d) { return d > 0.0; }),
        "[model::ImageModel::set_statistics] expected ", channels, " means and positive deviations");
  mean.copy_(torch::tensor(at::ArrayRef<double>(means)));
  deviation.copy_(torch::tensor(at::ArrayRef<double>(deviations)));
}

field::Field ImageModel::prepared(const Tensor& images) const {
  const std::int64_t n = options_.size;
  const bool fits =
      images.dim() == 4 && images.size(1) == options_.channels && images.size(2) == n && images.size(3) == n;
  check(fits, "[model::ImageModel] expected images (B, ", options_.channels, ", ", n, ", ", n, "); received ",
        shape_text(images.sizes()));
  const std::int64_t margin = (network_.canvas - n) / 2;
  const Tensor padded = at::constant_pad_nd(images, {margin, margin, margin, margin});
  const auto per_channel = [](const Tensor& t) { return t.view({1, -1, 1, 1}); };
  return {chain().in(), (padded - per_channel(mean)) / per_channel(deviation)};
}

Tensor ImageModel::forward(const Tensor& images) {
  return network_.readout(chain().forward(prepared(images)));
}

std::int64_t count_weights(const ImageModel& model) {
  std::int64_t count = 0;
  for (const Tensor& parameter : model.parameters()) count += parameter.numel();
  return count;
}

Tensor predict_logits(ImageModel& model, const Tensor& images) {
  torch::NoGradGuard guard;
  model.eval();
  const auto type = model.mean.scalar_type();
  std::vector<Tensor> parts;
  for (std::int64_t begin = 0; begin < images.size(0); begin += kChunk) {
    Tensor chunk = images.narrow(0, begin, std::min(kChunk, images.size(0) - begin));
    if (images.scalar_type() == at::kByte) chunk = chunk.permute({0, 3, 1, 2});
    parts.push_back(model.forward(chunk.to(type).contiguous()));
  }
  return parts.empty() ? at::zeros({0, model.options().classes}, type) : at::cat(parts);
}

LatticeErrors lattice_errors(ImageModel& model, const Tensor& images) {
  const auto& grid = *model.symmetry();
  const Tensor logits = predict_logits(model, images);
  LatticeErrors errors;
  for (std::int64_t h = 0; h < grid.size; ++h) {
    if (!grid.on_lattice(h) || h == grid.identity()) continue;
    const double error = verify::relative_error(predict_logits(model, field::move_pixels(grid, h, images)), logits);
    const bool turns = grid.determinant(h) > 0;
    double& worst = turns ? errors.rotation : errors.reflection;
    worst = worse(worst, error);
    ++(turns ? errors.rotations : errors.reflections);
  }
  return errors;
}

}  // namespace coset::model
