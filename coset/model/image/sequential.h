/// A chain of layers on fields, built step by step: every layer takes its input type from the one before it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "coset/nn/activation.h"
#include "coset/nn/dropout.h"
#include "coset/nn/grid/group_conv.h"
#include "coset/nn/grid/normalization.h"
#include "coset/nn/grid/orientation.h"
#include "coset/nn/pooling.h"

namespace coset::model {

/// What a picture of a layer needs: its name and its output.
struct NamedField {
  std::string name;
  field::Field field;
};

class Sequential : public torch::nn::Module {
 public:
  using Step = std::function<field::Field(const field::Field&)>;

  explicit Sequential(field::FieldType in) : in_(in), out_(std::move(in)) {}

  const field::FieldType& in() const { return in_; }
  const field::FieldType& out() const { return out_; }  ///< of the last layer so far

  /// A convolution; its input type must be out(). Scalar fields of C1 stand for fields of no symmetry.
  Sequential& conv(std::shared_ptr<nn::GridConv> layer);
  /// Lifts trivial fields, convolves regular ones: nn::LiftingConv or nn::GroupConv of out()'s group.
  Sequential& group_conv(std::int64_t fields, const nn::GroupConvOptions& options);
  /// The ordinary convolution: out() must be fields of the trivial group.
  Sequential& plain_conv(std::int64_t fields, const nn::GroupConvOptions& options);
  Sequential& batch_norm();
  Sequential& activation(ops::Activation kind);
  Sequential& dropout(double p);
  Sequential& pool(nn::Pool kind, const nn::SpatialPoolOptions& options = {});
  /// Over the fibre: regular fields become trivial ones.
  Sequential& project(nn::Pool kind);
  /// Forgets the symmetry: components become scalar fields of the trivial group.
  Sequential& merge();
  /// Any map with its output type; `module` (may be empty) is registered under the step's name.
  Sequential& add(const std::string& name, field::FieldType out, std::shared_ptr<torch::nn::Module> module, Step step);

  field::Field forward(const field::Field& x) const;
  /// The output of every convolution followed by its pointwise steps, up to the first layer that leaves the group.
  std::vector<NamedField> maps(const field::Field& x) const;
  /// (place and kind, type of its output) of every step.
  std::vector<std::pair<std::string, std::string>> layers() const;
  /// The filter bank of the first convolution, (O, n_out, I, n_in, k, k), for pictures; undefined where there is none.
  Tensor first_bank() const { return first_bank_ ? first_bank_() : Tensor(); }

 private:
  struct Named {
    std::string name;
    std::string type;  ///< of the output, as text
    Step step;
  };
  field::FieldType in_, out_;
  std::vector<Named> steps_;
  std::function<Tensor()> first_bank_;
};

}  // namespace coset::model
