/// Batch, instance and layer normalisation of fields against their formulas.
#include <gtest/gtest.h>

#include "coset/nn/grid/normalization.h"
#include "coset/verify/equivariance.h"
#include "tests/io/scratch.h"
#include "tests/laws/regular_laws.h"

namespace coset::nn {
namespace {

using field::Field;
using field::FieldType;
using field::shared_grid;
using laws::random_field;

FieldType mixed_type() {
  const auto grid = shared_grid("c4");
  return {grid,
          {{rep::regular_representation(*grid), 3},
           {rep::planar_irrep(*grid, 1), 2},
           {rep::trivial_representation(*grid), 2}}};
}

template <class Norm>
Norm random_norm(const FieldType& type) {
  Norm norm(type);
  norm.to(at::kDouble);
  norm.weight.data().uniform_(0.5, 1.5), norm.bias.data().normal_();
  return norm;
}

/// Numbers of the fields of a block against it: (1, fields, 1, 1, 1).
Tensor of_block(const Tensor& per_field, std::int64_t first, std::int64_t fields) {
  return per_field.narrow(0, first, fields).view({1, fields, 1, 1, 1});
}

struct Statistics {
  Tensor mean, variance;
};

/// w (x - mean) / sqrt(variance + eps) + b, the bias on permuted components only; (B, fields, dim, X, Y) block after
/// block.
template <class OfBlock>
Tensor by_formula(const Field& f, const FieldNorm& norm, const OfBlock& statistics) {
  std::vector<Tensor> parts;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < f.type().blocks().size(); ++i) {
    const auto& [rep, fields] = f.type().blocks()[i];
    const Statistics s = statistics(f.block(i), rep.permutation, first, fields);
    Tensor y = (f.block(i) - s.mean) / (s.variance + 1e-5).sqrt() * of_block(norm.weight, first, fields);
    if (rep.permutation) y = y + of_block(norm.bias, first, fields);
    parts.push_back(y.flatten(1, 2));
    first += fields;
  }
  return at::cat(parts, 1);
}

/// Of the values themselves over some axes; what is not permuted has mean zero by symmetry.
auto over(const std::vector<std::int64_t>& axes) {
  return [axes](const Tensor& block, bool permutation, std::int64_t, std::int64_t) {
    const Tensor mean = permutation ? block.mean(axes, true) : at::zeros({1}, block.options());
    return Statistics{mean, (block - mean).square().mean(axes, true)};
  };
}

TEST(FieldNorm, InstanceAndLayerNormAreTheirFormulas) {
  const FieldType type = mixed_type();
  const Field f(type, random_field(type, 5).data() * 2.0 + 0.7);
  const auto instance = random_norm<FieldInstanceNorm>(type);
  const auto layer = random_norm<FieldLayerNorm>(type);
  const Tensor of_fields = by_formula(f, instance, over({2, 3, 4})),
               of_blocks = by_formula(f, layer, over({1, 2, 3, 4}));
  EXPECT_LE(verify::relative_error(instance.forward(f).data(), of_fields), laws::kAlgebra);
  EXPECT_LE(verify::relative_error(layer.forward(f).data(), of_blocks), laws::kAlgebra);
  EXPECT_GE(verify::relative_error(instance.forward(f).data(), by_formula(f, instance, over({1, 2, 3, 4}))),
            laws::kControlFactor * laws::kAlgebra)
      << "the control: the statistics of the other";
}

TEST(FieldNorm, BatchNormIsItsFormulaAndGathersStatistics) {
  const FieldType type = mixed_type();
  const Field f(type, random_field(type, 5).data() * 2.0 + 0.7);
  auto norm = random_norm<FieldBatchNorm>(type);
  const Tensor expected = by_formula(f, norm, over({0, 2, 3, 4}));
  EXPECT_LE(verify::relative_error(norm.forward(f).data(), expected), laws::kAlgebra);
  std::vector<double> means, variances;  // after one step of momentum .1 from 0 and 1
  for (std::size_t i = 0; i < type.blocks().size(); ++i)
    for (std::int64_t u = 0; u < type.blocks()[i].fields; ++u) {
      const Tensor x = f.block(i).select(1, u);
      const bool permutation = type.blocks()[i].rep.permutation;
      means.push_back(permutation ? 0.1 * x.mean().item<double>() : 0.0);
      variances.push_back(0.9 + 0.1 * (permutation ? x.var() : x.square().mean()).item<double>());
    }
  EXPECT_LE(verify::relative_error(norm.running_mean, at::tensor(at::ArrayRef<double>(means))), laws::kAlgebra);
  EXPECT_LE(verify::relative_error(norm.running_variance, at::tensor(at::ArrayRef<double>(variances))), laws::kAlgebra);
  norm.eval();
  const Tensor evaluated = by_formula(f, norm, [&](const Tensor&, bool, std::int64_t first, std::int64_t fields) {
    return Statistics{of_block(norm.running_mean, first, fields), of_block(norm.running_variance, first, fields)};
  });
  EXPECT_LE(verify::relative_error(norm.forward(f).data(), evaluated), laws::kAlgebra);
}

// LibTorch divides by n - 1 = 0 and leaves NaN in the running variance (pytorch issue 7716).
TEST(FieldNorm, BatchStatisticsOfOneValueAreRefused) {
  const auto c4 = field::shared_grid("c4");
  const FieldType scalars = FieldType::trivial(c4, 3);
  FieldBatchNorm norm(scalars);
  const std::string said = io::error_of([&] { norm.forward({scalars, at::randn({1, 3, 1, 1})}); });
  EXPECT_EQ(said.find("[nn::FieldBatchNorm] expected two or more values a field in train mode"), 0U) << said;
  EXPECT_TRUE(at::equal(norm.running_mean, at::zeros({3}))) << "nothing moved";
  EXPECT_TRUE(at::equal(norm.running_variance, at::ones({3})));
  norm.forward({scalars, at::randn({2, 3, 1, 1})});
  norm.forward({scalars, at::randn({1, 3, 1, 2})});
  norm.eval();
  EXPECT_TRUE(norm.forward({scalars, at::randn({1, 3, 1, 1})}).data().isfinite().all().item<bool>());
  FieldBatchNorm regular(FieldType::regular(c4, 2));  // four values an orientation
  regular.forward({FieldType::regular(c4, 2), at::randn({1, 8, 1, 1})});
  EXPECT_TRUE(regular.running_variance.isfinite().all().item<bool>());
}

TEST(FieldNorm, AnEmptyBatchMovesNoStatistics) {
  const FieldType type = mixed_type();
  auto norm = random_norm<FieldBatchNorm>(type);
  const Field f = random_field(type, 2);
  const Tensor mean = norm.running_mean.clone(), variance = norm.running_variance.clone();
  EXPECT_EQ(norm.forward({type, f.data().narrow(0, 0, 0)}).data().size(0), 0);
  EXPECT_TRUE(at::equal(norm.running_mean, mean));
  EXPECT_TRUE(at::equal(norm.running_variance, variance));
}

}  // namespace
}  // namespace coset::nn
