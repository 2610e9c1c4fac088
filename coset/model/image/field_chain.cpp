#include "coset/model/image/field_chain.h"

#include "coset/base/error.h"

namespace coset::model {

using field::FieldType;
using field::RegularField;

FieldChain& FieldChain::add(const std::string& name, FieldType out, std::shared_ptr<torch::nn::Module> module,
                            Step step) {
  const std::string place = name + std::to_string(steps_.size());
  if (module) register_module(place, std::move(module));
  steps_.push_back({name, out.to_string(), std::move(step)});
  out_ = std::move(out);
  return *this;
}

FieldChain& FieldChain::conv(std::shared_ptr<nn::PlannedConv> layer) {
  check(layer->in() == out_, "[model::FieldChain] expected a layer on ", out_.to_string(), "; received one on ",
        layer->in().to_string());
  if (!first_bank_) first_bank_ = [layer] { return layer->filter_bank(); };
  return add("conv", layer->out(), layer, [layer](const RegularField& f) { return layer->forward(f); });
}

FieldChain& FieldChain::conv(std::shared_ptr<nn::SteerableConv> layer) {
  check(layer->in() == out_, "[model::FieldChain] expected a layer on ", out_.to_string(), "; received one on ",
        layer->in().to_string());
  if (!first_bank_)
    first_bank_ = [layer] {
      const auto& in = layer->in().single_block("model::FieldChain");
      const auto& out = layer->out().single_block("model::FieldChain");
      return layer->filter_bank().unflatten(1, {in.fields, in.rep.dim}).unflatten(0, {out.fields, out.rep.dim});
    };
  return add("conv", layer->out(), layer, [layer](const RegularField& f) { return layer->forward(f); });
}

FieldChain& FieldChain::group_conv(std::int64_t fields, const nn::GroupConvOptions& options) {
  const auto& group = out_.shared_group();
  if (out_ == FieldType::trivial(group, out_.fields()))
    return conv(std::make_shared<nn::LiftingConv>(group, out_.fields(), fields, options));
  return conv(std::make_shared<nn::GroupConv>(group, out_.fields(), fields, options));
}

FieldChain& FieldChain::plain_conv(std::int64_t fields, const nn::GroupConvOptions& o) {
  const auto& group = out_.shared_group();
  check(group->size == 1, "[model::FieldChain] expected fields of the trivial group; received ", out_.to_string());
  return conv(std::make_shared<nn::PlannedConv>(out_, FieldType::trivial(group, fields),
                                                kernel::plain_convolution(group->space, o.size), o.geometry, o.bias));
}

FieldChain& FieldChain::batch_norm() {
  const auto layer = std::make_shared<nn::FieldBatchNorm>(out_);
  return add("norm", out_, layer, [layer](const RegularField& f) { return layer->forward(f); });
}

FieldChain& FieldChain::activation(nn::Pointwise kind) {
  return add("activation", out_, nullptr, [kind](const RegularField& f) { return nn::activate(f, kind); });
}

FieldChain& FieldChain::dropout(double p) {
  if (p == 0.0) return *this;
  const auto layer = std::make_shared<nn::FieldDropout>(p);
  return add("dropout", out_, layer, [layer](const RegularField& f) { return layer->forward(f); });
}

FieldChain& FieldChain::pool(nn::PoolKind kind, const nn::SpatialPoolOptions& options) {
  return add("pool", out_, nullptr, [=](const RegularField& f) { return nn::spatial_pool(f, kind, options); });
}

FieldChain& FieldChain::project(nn::PoolKind kind) {
  return add("project", FieldType::trivial(out_.shared_group(), out_.fields()), nullptr,
             [kind](const RegularField& f) { return nn::project(f, kind); });
}

FieldChain& FieldChain::merge() {
  const FieldType merged = FieldType::trivial(field::shared_grid("c1", out_.space()), out_.channels());
  return add("merge", merged, nullptr, nn::merge_orientations);
}

RegularField FieldChain::forward(const RegularField& x) const {
  RegularField f = x;
  for (const Named& named : steps_) f = named.step(f);
  return f;
}

std::vector<std::pair<std::string, std::string>> FieldChain::layers() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (std::size_t i = 0; i < steps_.size(); ++i)
    all.emplace_back(std::to_string(i) + " " + steps_[i].name, steps_[i].type);
  return all;
}

std::vector<NamedField> FieldChain::maps(const RegularField& x) const {
  std::vector<NamedField> found;
  RegularField f = x;
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
