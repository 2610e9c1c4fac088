#include "coset/train/checkpoint.h"

#include <cmath>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "coset/base/error.h"
#include "coset/io/safetensors.h"
#include "coset/ops/array.h"

namespace coset::train {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

io::Array finite_array(const NamedTensor& named) {
  check(!named.tensor.is_floating_point() || torch::isfinite(named.tensor).all().item<bool>(),
        "[train::save_checkpoint] '", named.name, "' holds NaN or infinity; nothing was written");
  return ops::to_array(named.tensor);
}

Json to_json(const Progress& p) {
  const auto metrics = [](const Metrics& values) {
    Json list = Json::array();
    for (const auto& [name, value] : values) list.push_back({name, value});
    return list;
  };
  return {{"step", p.step},
          {"epoch", p.epoch},
          {"batch", p.batch},
          {"loss_sum", p.loss_sum},
          {"norm_sum", p.norm_sum},
          {"seconds", p.seconds},
          {"metric_lines", p.metric_lines},
          {"best",
           {{"step", p.best.step},
            {"epoch", p.best.epoch},
            {"validation", metrics(p.best.validation)},
            {"test", metrics(p.best.test)}}}};
}

Metrics metrics_from(const Json& list) {
  Metrics metrics;
  for (const Json& pair : list) metrics.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<double>());
  return metrics;
}

Progress progress_from(const Json& json) {
  Progress p;
  p.step = json.at("step");
  p.epoch = json.at("epoch");
  p.batch = json.at("batch");
  p.loss_sum = json.at("loss_sum");
  p.norm_sum = json.at("norm_sum");
  p.seconds = json.at("seconds");
  p.metric_lines = json.at("metric_lines");
  const Json& best = json.at("best");
  p.best = {best.at("step"), best.at("epoch"), metrics_from(best.at("validation")), metrics_from(best.at("test"))};
  const auto finite = [](double value) { return std::isfinite(value); };
  const bool sound = p.step >= 0 && p.epoch >= 0 && p.batch >= 0 && p.metric_lines >= 0 && finite(p.loss_sum) &&
                     finite(p.norm_sum) && finite(p.seconds) && p.seconds >= 0.0;
  const bool best_sound = p.best.step >= -1 && p.best.step <= p.step && p.best.epoch >= 0 &&
                          (p.best.step < 0 || !p.best.validation.empty());
  check(sound && best_sound, "impossible progress ", json.dump());
  return p;
}

}  // namespace

void save_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  io::SafeTensors file;
  for (const NamedTensor& named : checkpoint.tensors) {
    check(file.tensors.emplace(named.name, finite_array(named)).second,
          "[train::save_checkpoint] two tensors are called '", named.name, "'");
  }
  const Order& o = checkpoint.order;
  const Json order{
      {"seed", o.seed}, {"examples", o.examples}, {"batch_size", o.batch_size}, {"drop_last", o.drop_last}};
  file.metadata = {{"format", "coset checkpoint " + std::to_string(kFormat)},
                   {"progress", to_json(checkpoint.progress).dump()},
                   {"order", order.dump()},
                   {"config", checkpoint.config}};
  io::save_safetensors(path, file);
}

Checkpoint load_checkpoint(const std::string& path) {
  const io::SafeTensors file = io::load_safetensors(path);
  const auto format = file.metadata.find("format");
  const std::string expected = "coset checkpoint " + std::to_string(kFormat);
  check(format != file.metadata.end() && format->second == expected, path, ": expected a '", expected, "'; received ",
        format == file.metadata.end() ? "a file without a format" : "'" + format->second + "'");
  Checkpoint checkpoint;
  try {
    checkpoint.progress = progress_from(Json::parse(file.metadata.at("progress")));
    const Json order = Json::parse(file.metadata.at("order"));
    checkpoint.order = {order.at("seed"), order.at("examples"), order.at("batch_size"), order.at("drop_last")};
    checkpoint.config = file.metadata.at("config");
  } catch (const std::exception& error) {
    fail(path, ": the checkpoint's header cannot be read: ", error.what());
  }
  for (const auto& [name, array] : file.tensors)
    checkpoint.tensors.push_back({name, ops::to_tensor(array, path + ": '" + name + "'")});
  return checkpoint;
}

void restore(const NamedTensors& stored, const NamedTensors& live, const std::string& path) {
  std::map<std::string, Tensor> values;
  for (const NamedTensor& named : stored) values.emplace(named.name, named.tensor);
  for (const NamedTensor& named : live) {
    const auto value = values.find(named.name);
    check(value != values.end(), path, ": no tensor '", named.name, "'; was it made by another model?");
    check(value->second.sizes() == named.tensor.sizes() && value->second.scalar_type() == named.tensor.scalar_type(),
          path, ": expected '", named.name, "' as ", c10::toString(named.tensor.scalar_type()), " ",
          shape_text(named.tensor.sizes().vec()), "; received ", c10::toString(value->second.scalar_type()), " ",
          shape_text(value->second.sizes().vec()));
  }
  check(values.size() == live.size(), path, ": holds ", values.size(),
        " tensors where the model and its optimiser have ", live.size());
  torch::NoGradGuard no_grad;
  for (const NamedTensor& named : live) {
    Tensor target = named.tensor;
    target.copy_(values.at(named.name));
  }
}

}  // namespace coset::train
