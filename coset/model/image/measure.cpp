#include "coset/model/image/measure.h"

#include <fmt/format.h>

#include <numbers>

#include "coset/data/warp.h"
#include "coset/model/image/scale_errors.h"
#include "coset/verify/equivariance.h"

namespace coset::model {

namespace {

constexpr int kDegrees = 15;
constexpr int kPercent = 10;

/// float (B, C, H, W) of whole numbers 0 .. 255, every picture moved.
Tensor moved(const Tensor& images, const data::Motion& motion, data::Border border) {
  const Tensor bytes = images.permute({0, 2, 3, 1}).to(at::kByte).contiguous();
  Tensor out = at::empty(bytes.sizes(), at::kFloat);
  const std::int64_t h = bytes.size(1), w = bytes.size(2), c = bytes.size(3);
  for (std::int64_t i = 0; i < bytes.size(0); ++i)
    data::warp(bytes.data_ptr<std::uint8_t>() + i * h * w * c, h, w, c, motion, {border},
               out.data_ptr<float>() + i * h * w * c);
  return out.permute({0, 3, 1, 2}).contiguous();
}

/// Digits stand on black; photographs go on beyond their edge.
data::Border border_of(const Tensor& images) {
  const auto bright = [&](std::int64_t axis, std::int64_t place) {
    return images.select(axis, place).abs().max().item<double>() > 0.0;
  };
  const bool any = images.numel() > 0 && (bright(2, 0) || bright(2, -1) || bright(3, 0) || bright(3, -1));
  return any ? data::Border::reflect : data::Border::black;
}

verify::Curve logits_curve(ImageModel& model, const Tensor& images, bool scales) {
  verify::Curve curve;
  curve.name = scales ? "enlargement" : "degrees";
  curve.caption =
      "change of the logits when the picture is " + std::string(scales ? "made smaller" : "turned by so many degrees");
  const data::Border border = border_of(images);
  const Tensor upright = predict_logits(model, images);
  const auto add = [&](double value, const data::Motion& motion) {
    const Tensor logits = predict_logits(model, moved(images, motion, border));
    curve.points.emplace_back(value, verify::relative_error(logits, upright));
  };
  for (int percent = 100 - kPercent; scales && percent >= 50; percent -= kPercent)
    add(percent / 100.0, {.enlargement = percent / 100.0});
  for (int degrees = kDegrees; !scales && degrees <= 180; degrees += kDegrees)
    add(degrees, {.angle = degrees * std::numbers::pi / 180});
  return curve;
}

verify::Curve octave_curve(const ImageNetwork& network) {
  const Enlargement octave = enlargement_errors(network, at::kFloat);
  verify::Curve curve;
  curve.name = "layer";
  std::string names;
  for (const auto& [layer, error] : octave.layers) {
    names += (names.empty() ? "" : ", ") + layer;
    curve.points.emplace_back(static_cast<double>(curve.points.size() + 1), error);
  }
  curve.caption = fmt::format(
      "image enlarged by {:.3f}, maps moved along the scales (expected within 0.05 where the image is finely sampled): "
      "{}",
      octave.ratio, names);
  return curve;
}

}  // namespace

void measure_image_model(ImageModel& model, const Tensor& images, verify::Certificate& certificate) {
  const bool scales = !model.symmetry()->closed();
  model.to(at::kFloat);
  certificate.curves.push_back(logits_curve(model, images.to(at::kFloat), scales));
  if (!scales) return;
  certificate.curves.push_back(octave_curve(model.network()));
  verify::CertificateRow row;
  row.symmetry = "translation";
  row.elements = 1;
  row.f32 = translation_error(model.network(), at::kFloat);
  model.to(at::kDouble);
  row.f64 = translation_error(model.network(), at::kDouble);
  certificate.rows.push_back(row);
  std::erase_if(certificate.not_checked, [](const std::string& what) { return what.starts_with("translation"); });
  certificate.not_checked.emplace_back("scales: no scale but 1 moves pixels onto pixels");
}

}  // namespace coset::model
