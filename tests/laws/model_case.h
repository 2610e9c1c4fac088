/// What the laws of a model (tests/laws/model_laws.h) are asked of.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "coset/model/model.h"
#include "coset/verify/equivariance.h"

namespace coset::laws {

using field::NamedValues;

/// One line of the table.
struct ModelCase {
  std::string name;
  std::string architecture;
  std::vector<std::string> options;      ///< "width=2", ...: small
  std::function<NamedValues()> example;  ///< three examples, float64
  bool smooth = true;                    ///< twice differentiable almost everywhere: no maxima, no kinks
  bool keeps_promise = true;             ///< false: a network that breaks what its signature says, as a comparison
};

inline void PrintTo(const ModelCase& c, std::ostream* out) {
  *out << c.name;
}

inline std::string model_case_name(const ::testing::TestParamInfo<ModelCase>& c) {
  return c.param.name;
}

/// `change` on every floating value.
template <class Change>
NamedValues changed(NamedValues values, const Change& change) {
  for (auto& [name, value] : values)
    if (value.is_floating_point()) value = change(value);
  return values;
}

/// Largest relative difference of any output.
inline double difference(const NamedValues& a, const NamedValues& b) {
  double worst = a.size() == b.size() ? 0.0 : std::numeric_limits<double>::infinity();
  for (const auto& [name, value] : a) worst = std::max(worst, verify::relative_error(value, b.at(name)));
  return worst;
}

class ModelLaws : public ::testing::TestWithParam<ModelCase> {
 protected:
  void SetUp() override { at::manual_seed(23); }

  Settings options() const {
    Settings options = model::architecture(GetParam().architecture).options();
    for (const std::string& option : GetParam().options) options.apply_assignment(option);
    return options;
  }
  /// Its weights moved a little, so that no bias is zero: units of empty borders would stand on the kink of a relu.
  std::shared_ptr<model::Model> build(at::ScalarType type = at::kDouble) const {
    const torch::NoGradGuard no_grad;
    const auto model = model::architecture(GetParam().architecture).build(options());
    for (Tensor& weight : model->parameters()) weight.add_(at::randn_like(weight), 0.01);
    model->to(type);
    model->eval();
    return model;
  }
  NamedValues example() const { return GetParam().example(); }
  /// Every number of the outputs, (n).
  static Tensor flat(model::Model& model, const NamedValues& values) {
    std::vector<Tensor> parts;
    for (const auto& [name, value] : model.forward(values)) parts.push_back(value.flatten());
    return at::cat(parts);
  }
};

}  // namespace coset::laws
