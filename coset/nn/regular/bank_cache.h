/// A filter bank that is kept while nothing can change it.
#pragma once

#include <utility>
#include <vector>

#include "coset/nn/module.h"

namespace coset::nn {

/// Builds a bank on every call while gradients with respect to the weights may be asked for or the layer trains;
/// otherwise (eval mode with NoGradGuard or frozen weights) keeps it until a weight changes: another storage, or
/// written in place.
class BankCache {
 public:
  template <class Build>
  Tensor operator()(bool training, const std::vector<Tensor>& weights, Build&& build) {
    bool differentiable = training;
    std::vector<std::pair<const void*, std::int64_t>> key;
    for (const Tensor& w : weights) {
      differentiable = differentiable || (at::GradMode::is_enabled() && w.requires_grad());
      key.emplace_back(w.data_ptr(), static_cast<std::int64_t>(w._version()));
    }
    if (differentiable) {
      clear();
      ++built_;
      return build();
    }
    if (!bank_.defined() || key != key_) {
      ++built_;
      bank_ = build();
      key_ = std::move(key);
    }
    return bank_;
  }
  void clear() { bank_ = Tensor(); }
  std::uint64_t built() const { return built_; }  ///< banks built so far

 private:
  Tensor bank_;
  std::vector<std::pair<const void*, std::int64_t>> key_;
  std::uint64_t built_ = 0;
};

}  // namespace coset::nn
