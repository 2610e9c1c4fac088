/// A filter bank that is kept while nothing can change it.
#pragma once

#include <utility>
#include <vector>

#include "coset/nn/module.h"

namespace coset::nn {

/// Builds a bank on every call while gradients with respect to the weights may be asked for or the layer trains;
/// otherwise (eval mode with NoGradGuard or frozen weights) keeps it until a weight changes: another storage, or
/// written in place. The storages that a bank was built from stay alive with it, so that no other tensor can come to
/// lie at their address and be taken for them. What torch does not count as a change of the tensor is not seen: after
/// writing through `weight.data()` or a raw pointer, clear().
class BankCache {
 public:
  template <class Build>
  Tensor operator()(bool training, const std::vector<Tensor>& weights, Build&& build) {
    bool differentiable = training;
    for (const Tensor& w : weights)
      differentiable = differentiable || (at::GradMode::is_enabled() && w.requires_grad());
    if (differentiable) {
      clear();
      ++built_;
      return build();
    }
    if (!bank_.defined() || !holds(weights)) {
      ++built_;
      bank_ = build();
      sources_.clear();
      for (const Tensor& w : weights) sources_.push_back(source_of(w));
    }
    return bank_;
  }
  void clear() {
    bank_ = Tensor();
    sources_.clear();
  }
  std::uint64_t built() const { return built_; }  ///< banks built so far

 private:
  struct Source {
    c10::Storage storage;  // held, not only compared
    const void* first;     // a view may begin anywhere in it
    std::int64_t version;
  };
  static Source source_of(const Tensor& w) {
    return {w.storage(), w.data_ptr(), static_cast<std::int64_t>(w._version())};
  }
  bool holds(const std::vector<Tensor>& weights) const {
    bool same = weights.size() == sources_.size();
    for (std::size_t i = 0; same && i < weights.size(); ++i)
      same = weights[i].data_ptr() == sources_[i].first &&
             static_cast<std::int64_t>(weights[i]._version()) == sources_[i].version;
    return same;
  }

  Tensor bank_;
  std::vector<Source> sources_;
  std::uint64_t built_ = 0;
};

}  // namespace coset::nn
