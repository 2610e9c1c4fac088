#include <algorithm>
#include <utility>

#include "coset/base/error.h"
#include "coset/rep/tensor_product_plan.h"

namespace coset::rep {
namespace {

using Mode = ConnectionMode;

bool contains(const std::vector<Irrep>& list, Irrep irrep) {
  for (const Irrep member : list)
    if (member == irrep) return true;
  return false;
}

// Sorts the output blocks; the instructions keep their order and follow their blocks.
Irreps sort_outputs(std::vector<MulIrrep> blocks, std::vector<Instruction>& instructions) {
  Irreps::Sorted sorted = Irreps(std::move(blocks)).sort();
  for (auto& instruction : instructions) instruction.out = static_cast<int>(sorted.position[instruction.out]);
  return sorted.irreps;
}

// Cuts both lists so that block k of one has the multiplicity of block k of the other.
std::pair<Irreps, Irreps> align(const Irreps& a, const Irreps& b) {
  std::vector<MulIrrep> left = a.simplify().blocks();
  std::vector<MulIrrep> right = b.simplify().blocks();
  for (std::size_t k = 0; k < left.size() && k < right.size(); ++k) {
    auto& longer = left[k].mul > right[k].mul ? left : right;
    const std::int64_t mul = std::min(left[k].mul, right[k].mul);
    const std::int64_t rest = longer[k].mul - mul;
    if (rest == 0) continue;
    longer[k].mul = mul;
    longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(k) + 1, {rest, longer[k].irrep});
  }
  return {left, right};
}

// E[(x (x) y)^2] for two independent copies ...
double pair_factor(Irrep a, Irrep b, Irrep out, IrrepNormalization normalization) {
  if (normalization == IrrepNormalization::component) return out.dim();
  if (normalization == IrrepNormalization::norm) return static_cast<double>(a.dim()) * b.dim();
  return 1.0;
}

// ... and for a copy with itself: E[x^4] terms make the scalar larger and each other degree twice as large.
double self_factor(Irrep in, Irrep out, IrrepNormalization normalization) {
  if (normalization == IrrepNormalization::component)
    return out.l == 0 ? out.dim() / (in.dim() + 2.0) : out.dim() / 2.0;
  if (normalization == IrrepNormalization::norm)
    return out.l == 0 ? static_cast<double>(out.dim()) * in.dim() : in.dim() * (in.dim() + 2.0) / 2.0;
  return 1.0;
}

}  // namespace

TensorProductPlan fully_connected_tensor_product(const Irreps& in1, const Irreps& in2, const Irreps& out,
                                                 const TensorProductOptions& options) {
  std::vector<Instruction> instructions;
  for (std::size_t i = 0; i < in1.size(); ++i)
    for (std::size_t j = 0; j < in2.size(); ++j)
      for (std::size_t k = 0; k < out.size(); ++k)
        if (contains(in1[i].irrep * in2[j].irrep, out[k].irrep))
          instructions.push_back({static_cast<int>(i), static_cast<int>(j), static_cast<int>(k), Mode::uvw});
  return make_tensor_product(in1, in2, out, instructions, options);
}

TensorProductPlan full_tensor_product(const Irreps& in1, const Irreps& in2, const TensorProductOptions& options) {
  const Irreps left = in1.simplify();
  const Irreps right = in2.simplify();
  std::vector<MulIrrep> blocks;
  std::vector<Instruction> instructions;
  for (std::size_t i = 0; i < left.size(); ++i)
    for (std::size_t j = 0; j < right.size(); ++j)
      for (const Irrep irrep : left[i].irrep* right[j].irrep) {
        instructions.push_back(
            {static_cast<int>(i), static_cast<int>(j), static_cast<int>(blocks.size()), Mode::uvuv, false});
        blocks.push_back({left[i].mul * right[j].mul, irrep});
      }
  const Irreps out = sort_outputs(std::move(blocks), instructions);
  return make_tensor_product(left, right, out, instructions, options);
}

TensorProductPlan elementwise_tensor_product(const Irreps& in1, const Irreps& in2,
                                             const TensorProductOptions& options) {
  check(in1.num_irreps() == in2.num_irreps(),
        "[rep::elementwise_tensor_product] expected equally many irreps; received ", in1, " (", in1.num_irreps(),
        ") and ", in2, " (", in2.num_irreps(), ")");
  const auto [left, right] = align(in1, in2);
  std::vector<MulIrrep> blocks;
  std::vector<Instruction> instructions;
  for (std::size_t k = 0; k < left.size(); ++k)
    for (const Irrep irrep : left[k].irrep* right[k].irrep) {
      const int number = static_cast<int>(k);
      instructions.push_back({number, number, static_cast<int>(blocks.size()), Mode::uuu, false});
      blocks.push_back({left[k].mul, irrep});
    }
  return make_tensor_product(left, right, blocks, instructions, options);
}

TensorProductPlan tensor_square(const Irreps& in, const TensorProductOptions& options) {
  const Irreps x = in.simplify();
  std::vector<MulIrrep> blocks;
  std::vector<Instruction> instructions;
  const auto add = [&](std::size_t i, std::size_t j, MulIrrep block, Mode mode, double weight) {
    instructions.push_back(
        {static_cast<int>(i), static_cast<int>(j), static_cast<int>(blocks.size()), mode, false, weight});
    blocks.push_back(block);
  };
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = i; j < x.size(); ++j)
      for (const Irrep irrep : x[i].irrep* x[j].irrep) {
        const std::int64_t mul = x[i].mul;
        const double factor = pair_factor(x[i].irrep, x[j].irrep, irrep, options.irrep_normalization);
        if (i != j) {
          add(i, j, {mul * x[j].mul, irrep}, Mode::uvuv, factor);
          continue;
        }
        if (mul > 1) add(i, i, {mul * (mul - 1) / 2, irrep}, Mode::uvu_v, factor);
        if (irrep.l % 2 == 0)
          add(i, i, {mul, irrep}, Mode::uuu, self_factor(x[i].irrep, irrep, options.irrep_normalization));
      }
  const Irreps out = sort_outputs(std::move(blocks), instructions);
  return make_tensor_product(x, x, out, instructions, {IrrepNormalization::none, options.path_normalization});
}

TensorProductPlan tensor_square(const Irreps& in, const Irreps& out, const TensorProductOptions& options) {
  const Irreps x = in.simplify();
  const Irreps z = out.simplify();
  std::vector<Instruction> instructions;
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = i; j < x.size(); ++j)
      for (std::size_t k = 0; k < z.size(); ++k) {
        const Irrep irrep = z[k].irrep;
        if (!contains(x[i].irrep * x[j].irrep, irrep)) continue;
        const auto add = [&](Mode mode, double weight) {
          instructions.push_back({static_cast<int>(i), static_cast<int>(j), static_cast<int>(k), mode, true, weight});
        };
        const double factor = pair_factor(x[i].irrep, x[j].irrep, irrep, options.irrep_normalization);
        if (i != j) {
          add(Mode::uvw, factor);
          continue;
        }
        if (x[i].mul > 1) add(Mode::u_vw, factor);
        if (irrep.l % 2 == 0) add(Mode::uuw, self_factor(x[i].irrep, irrep, options.irrep_normalization));
      }
  return make_tensor_product(x, x, z, instructions, {IrrepNormalization::none, options.path_normalization});
}

}  // namespace coset::rep
