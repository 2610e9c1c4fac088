#include "coset/model/image_model.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "coset/base/error.h"
#include "coset/model/image/measure.h"
#include "coset/ops/array.h"

namespace coset::model {

namespace {

Settings declared_options() {
  const auto whole = [](std::int64_t value) { return value; };
  std::vector<std::string> models;
  for (const ImageModelKind& kind : image_models()) models.push_back(kind.name);
  return Settings(
      {{.name = "model", .value = std::string("p4cnn"), .help = "network", .choices = models},
       {.name = "group", .value = std::string(), .help = "c4, c8, c16, d4, d8, ...; empty: the published one"},
       {.name = "preset",
        .value = std::string("narrow"),
        .help = "widths of the network: narrow trains in minutes, paper as published",
        .choices = {"narrow", "paper"}},
       {.name = "width",
        .value = whole(0),
        .help = "fields of the first layer; 0: as the preset says",
        .least = 0,
        .most = 4096},
       {.name = "size",
        .value = whole(28),
        .unit = "pixels",
        .help = "per side",
        .least = 1,
        .most = 4096,
        .derived = true},
       {.name = "channels", .value = whole(1), .help = "of an image", .least = 1, .most = 64, .derived = true},
       {.name = "classes", .value = whole(10), .help = "to tell apart", .least = 1, .most = 100000, .derived = true}});
}

/// Between some two layers width fields go to as many, up to a factor of four; every class has a weight of its own.
std::int64_t least_weights(const Settings& settings) {
  const std::int64_t width = settings.integer("width");
  return std::max({width * width / 4, width * settings.integer("channels"), settings.integer("classes")});
}

}  // namespace

Architecture image_architecture() {
  return {.name = "image",
          .about = "image classifiers on groups of the plane and on scales",
          .options = declared_options,
          .build = [](const Settings& options) -> std::shared_ptr<Model> {
            return std::make_shared<ImageModel>(image_model_options(options));
          },
          .resolve = [](const Settings& options) { return image_model_settings(image_model_options(options)); },
          .least_weights = least_weights};
}

ImageModelOptions image_model_options(const Settings& settings) {
  return resolved(ImageModelOptions{.model = settings.text("model"),
                                    .group = settings.text("group"),
                                    .preset = settings.text("preset"),
                                    .width = settings.integer("width"),
                                    .size = settings.integer("size"),
                                    .channels = settings.integer("channels"),
                                    .classes = settings.integer("classes")});
}

Settings image_model_settings(const ImageModelOptions& options) {
  Settings settings = declared_options();
  settings.apply({{"model", options.model},
                  {"group", options.group},
                  {"preset", options.preset},
                  {"width", std::to_string(options.width)},
                  {"size", std::to_string(options.size)},
                  {"channels", std::to_string(options.channels)},
                  {"classes", std::to_string(options.classes)}},
                 "options");
  return settings;
}

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
  mean.copy_(ops::real_tensor(means));
  deviation.copy_(ops::real_tensor(deviations));
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

Signature ImageModel::signature() const {
  const std::string size = std::to_string(options_.size);
  field::Quantity images{.name = "images",
                         .shape = {"B", std::to_string(options_.channels), size, size},
                         .unit = "0 to 255, (B, C, H, W)",
                         .action = field::Action::image};
  Signature signature;
  if (symmetry()->closed()) {
    signature.grid = symmetry();
    images.type = field::FieldType::trivial(symmetry(), options_.channels);
  }
  signature.inputs = {images};
  signature.outputs = {
      {.name = "logits", .shape = {"B", std::to_string(options_.classes)}, .unit = "natural logarithm of odds"}};
  return signature;
}

NamedValues ImageModel::forward(const NamedValues& inputs) {
  field::expect_inputs("model::ImageModel", signature(), inputs);
  const Tensor& images = inputs.at("images");
  const Tensor logits = forward(images.to(mean.scalar_type()).contiguous());
  return {{"logits", images.is_floating_point() ? logits.to(images.scalar_type()) : logits}};
}

std::string ImageModel::types() const {
  return nlohmann::json{
      {"in", chain().in().to_string()}, {"out", chain().out().to_string()}, {"symmetry", symmetry()->name}}
      .dump();
}

void ImageModel::measure(const NamedValues& example, verify::Certificate& certificate) {
  measure_image_model(*this, example.at("images"), certificate);
}

Tensor predict_logits(ImageModel& model, const Tensor& images) {
  const Tensor planes = images.scalar_type() == at::kByte ? images.permute({0, 3, 1, 2}) : images;
  return predict(model, {{"images", planes}}).at("logits").to(model.mean.scalar_type());
}

}  // namespace coset::model
