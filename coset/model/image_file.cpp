#include "coset/model/image_file.h"

#include <nlohmann/json.hpp>

#include "coset/base/error.h"

namespace coset::model {

namespace {

using nlohmann::json;

json options_json(const ImageModelOptions& o) {
  return {{"model", o.model}, {"group", o.group},       {"preset", o.preset},  {"width", o.width},
          {"size", o.size},   {"channels", o.channels}, {"classes", o.classes}};
}

ImageModelOptions parse_options(const std::string& path, const std::string& text) {
  try {
    const json j = json::parse(text);
    ImageModelOptions o;
    o.model = j.at("model");
    o.group = j.at("group");
    o.preset = j.at("preset");
    o.width = j.at("width");
    o.size = j.at("size");
    o.channels = j.at("channels");
    o.classes = j.at("classes");
    const bool sane = o.width >= 0 && o.width <= 4096 && o.size >= 1 && o.size <= 4096 && o.channels >= 1 &&
                      o.channels <= 64 && o.classes >= 1 && o.classes <= 100000;
    check(sane, path, ": model options out of range: ", text);
    return o;
  } catch (const json::exception& error) {
    fail(path, ": unreadable model options: ", error.what());
  }
}

NamedValues call(ImageModel& model, const NamedValues& input) {
  return {{"logits", model.forward(input.at("images"))}};
}

}  // namespace

void save_image_model(const std::string& path, ImageModel& model, const Tensor& example, const std::string& training) {
  torch::NoGradGuard guard;
  model.eval();
  const NamedValues input{{"images", example}};
  ModelDescription description;
  description.architecture = kImageArchitecture;
  description.options = options_json(model.options()).dump();
  description.irreps = json{{"in", model.chain().in().to_string()},
                            {"out", model.chain().out().to_string()},
                            {"symmetry", model.symmetry()->name}}
                           .dump();
  description.units = json{{"images", "0 to 255, (B, C, H, W)"}, {"logits", "natural logarithm of odds"}}.dump();
  description.training = training;
  save_model(path, description, model, input, call(model, input));
}

LoadedImageModel load_image_model(const std::string& path) {
  const StoredModel stored = read_model(path);
  check(stored.description.architecture == kImageArchitecture, path,
        ": expected an image model; received architecture '", stored.description.architecture, "'");
  check(stored.example_input.count("images") == 1, path, ": the stored example lacks 'images'");
  LoadedImageModel loaded;
  loaded.model = std::make_shared<ImageModel>(parse_options(path, stored.description.options));
  restore_model(path, stored, *loaded.model, [&](const NamedValues& input) { return call(*loaded.model, input); });
  loaded.example = stored.example_input.at("images");
  loaded.training = stored.description.training;
  return loaded;
}

}  // namespace coset::model
