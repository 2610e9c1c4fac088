/// A chain of layers on fields, built step by step: every layer takes its input type from the one before it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "coset/nn/regular/activation.h"
#include "coset/nn/regular/group_conv.h"
#include "coset/nn/regular/normalization.h"
#include "coset/nn/regular/orientation.h"
#include "coset/nn/regular/pooling.h"
#include "coset/nn/regular/steerable_conv.h"

namespace coset::model {

/// What a picture of a layer needs: its name and its output.
struct NamedField {
  std::string name;
  field::RegularField field;
};

class FieldChain : public torch::nn::Module {
 public:
  using Step = std::function<field::RegularField(const field::RegularField&)>;

  explicit FieldChain(field::FieldType in) : in_(in), out_(std::move(in)) {}

  const field::FieldType& in() const { return in_; }
  const field::FieldType& out() const { return out_; }  ///< of the last layer so far

  /// A planned convolution; its input type must be out(). Scalar fields of C1 stand for fields of no symmetry.
  FieldChain& conv(std::shared_ptr<nn::PlannedConv> layer);
  FieldChain& conv(std::shared_ptr<nn::SteerableConv> layer);
  /// Lifts trivial fields, convolves regular ones: nn::LiftingConv or nn::GroupConv of out()'s group.
  FieldChain& group_conv(std::int64_t fields, const nn::GroupConvOptions& options);
  /// The ordinary convolution: out() must be fields of the trivial group.
  FieldChain& plain_conv(std::int64_t fields, const nn::GroupConvOptions& options);
  FieldChain& batch_norm();
  FieldChain& activation(nn::Pointwise kind);
  FieldChain& dropout(double p);
  FieldChain& pool(nn::PoolKind kind, const nn::SpatialPoolOptions& options = {});
  /// Over the fibre: regular fields become trivial ones.
  FieldChain& project(nn::PoolKind kind);
  /// Forgets the symmetry: components become scalar fields of the trivial group.
  FieldChain& merge();
  /// Any map with its output type; `module` (may be empty) is registered under the step's name.
  FieldChain& add(const std::string& name, field::FieldType out, std::shared_ptr<torch::nn::Module> module, Step step);

  field::RegularField forward(const field::RegularField& x) const;
  /// The output of every convolution followed by its pointwise steps, up to the first layer that leaves the group.
  std::vector<NamedField> maps(const field::RegularField& x) const;
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
