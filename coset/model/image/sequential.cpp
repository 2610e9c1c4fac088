#include "coset/model/image/sequential.h"

#include "coset/base/error.h"
#include "coset/nn/grid/plan_kernel.h"

namespace coset::model {

using field::Field;
using field::FieldType;

Sequential& Sequential::add(const std::string& name, FieldType out, std::shared_ptr<torch::nn::Module> module,
                            Step step) {
  const std::string place = name + std::to_string(steps_.size());
  if (module) register_module(place, std::move(module));
  steps_.push_back({name, out.to_string(), std::move(step)});
  out_ = std::move(out);
  return *this;
}

Sequential& Sequential::conv(std::shared_ptr<nn::GridConv> layer) {
  check(layer->in() == out_, "[model::Sequential] expected a layer on ", out_, "; received one on ", layer->in());
  if (!first_bank_) first_bank_ = [layer] { return layer->filter_bank(); };
  return add("conv", layer->out(), layer, [layer](const Field& f) { return layer->forward(f); });
}

Sequential& Sequential::group_conv(std::int64_t fields, const nn::GroupConvOptions& options) {
  const auto& group = out_.shared_group();
  if (out_ == FieldType::trivial(group, out_.fields()))
    return conv(std::make_shared<nn::LiftingConv>(group, out_.fields(), fields, options));
  return conv(std::make_shared<nn::GroupConv>(group, out_.fields(), fields, options));
}

Sequential& Sequential::plain_conv(std::int64_t fields, const nn::GroupConvOptions& o) {
  const auto& group = out_.shared_group();
  check(group->size == 1, "[model::Sequential] expected fields of the trivial group; received ", out_);
  auto plain = std::make_shared<nn::PlanKernel>(kernel::plain_convolution(group->space, o.size));
  return conv(std::make_shared<nn::GridConv>(out_, FieldType::trivial(group, fields), std::move(plain),
                                             nn::GridConvOptions{o.geometry, o.bias}));
}

Sequential& Sequential::batch_norm() {
  const auto layer = std::make_shared<nn::FieldBatchNorm>(out_);
  return add("norm", out_, layer, [layer](const Field& f) { return layer->forward(f); });
}

Sequential& Sequential::activation(ops::Activation kind) {
  return add("activation", out_, nullptr, [kind](const Field& f) { return nn::activate(f, kind); });
}

Sequential& Sequential::dropout(double p) {
  if (p == 0.0) return *this;
  const auto layer = std::make_shared<nn::Dropout>(p);
  return add("dropout", out_, layer, [layer](const Field& f) { return layer->forward(f); });
}

Sequential& Sequential::pool(nn::Pool kind, const nn::SpatialPoolOptions& options) {
  return add("pool", out_, nullptr, [=](const Field& f) { return nn::spatial_pool(f, kind, options); });
}

Sequential& Sequential::project(nn::Pool kind) {
  return add("project", FieldType::trivial(out_.shared_group(), out_.fields()), nullptr,
             [kind](const Field& f) { return nn::project(f, kind); });
}

Sequential& Sequential::merge() {
  const FieldType merged = FieldType::trivial(field::shared_grid("c1", out_.space()), out_.channels());
  return add("merge", merged, nullptr, nn::merge_orientations);
}

Field Sequential::forward(const Field& x) const {
  Field f = x;
  for (const Named& named : steps_) f = named.step(f);
  return f;
}

std::vector<std::pair<std::string, std::string>> Sequential::layers() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (std::size_t i = 0; i < steps_.size(); ++i)
    all.emplace_back(std::to_string(i) + " " + steps_[i].name, steps_[i].type);
  return all;
}

std::vector<NamedField> Sequential::maps(const Field& x) const {
  std::vector<NamedField> found;
  Field f = x;
  for (const Named& named : steps_) {
    f = named.step(f);
    if (f.type().group() != in_.group()) break;
    const bool opens = named.name != "norm" && named.name != "activation" && named.name != "dropout";
    if (opens || found.empty())
      found.push_back({named.name + " " + std::to_string(found.size() + 1), f});
    else
      found.back().field = f;
  }
  return found;
}

}  // namespace coset::model
