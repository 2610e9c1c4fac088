#include "coset/rep/tensor_product_plan.h"

#include <array>
#include <cmath>
#include <utility>

#include "coset/base/error.h"
#include "coset/base/words.h"

namespace coset::rep {
namespace {

using Mode = ConnectionMode;

constexpr std::array kModes{Word{Mode::uvw, "uvw"},     Word{Mode::uvu, "uvu"},  Word{Mode::uvv, "uvv"},
                            Word{Mode::uuw, "uuw"},     Word{Mode::uuu, "uuu"},  Word{Mode::uvuv, "uvuv"},
                            Word{Mode::uvu_v, "uvu<v"}, Word{Mode::u_vw, "u<vw"}};

// The blocks one instruction connects, with the words an error message needs.
struct Connection {
  const Instruction& instruction;
  MulIrrep a, b, z;

  std::string to_string() const {
    return "instruction " + std::to_string(instruction.in1) + "," + std::to_string(instruction.in2) + "->" +
           std::to_string(instruction.out) + " (" + a.to_string() + " (x) " + b.to_string() + " -> " + z.to_string() +
           ", " + rep::to_string(instruction.mode) + ")";
  }
};

const MulIrrep& block_of(const Irreps& irreps, int number, const char* which, const Instruction& instruction) {
  check(number >= 0 && number < static_cast<int>(irreps.size()), "[rep::make_tensor_product] expected ", which,
        " block numbers below ", irreps.size(), " (", irreps, "); received instruction ", instruction.in1, ",",
        instruction.in2, "->", instruction.out);
  return irreps[static_cast<std::size_t>(number)];
}

void check_irreps(const Connection& c) {
  check(c.a.irrep.p * c.b.irrep.p == c.z.irrep.p,
        "[rep::make_tensor_product] expected parities p1 p2 = p_out; received ", c.to_string());
  check(std::abs(c.a.irrep.l - c.b.irrep.l) <= c.z.irrep.l && c.z.irrep.l <= c.a.irrep.l + c.b.irrep.l,
        "[rep::make_tensor_product] expected |l1 - l2| <= l_out <= l1 + l2; received ", c.to_string());
}

void check_multiplicities(const Connection& c) {
  const std::int64_t m1 = c.a.mul;
  const std::int64_t m2 = c.b.mul;
  const std::int64_t mo = c.z.mul;
  const auto require = [&](bool ok, const char* rule) {
    check(ok, "[rep::make_tensor_product] expected ", rule, "; received ", c.to_string());
  };
  const bool weighted = c.instruction.has_weight;
  switch (c.instruction.mode) {
    case Mode::uvw:
      return require(weighted, "weights in mode uvw");
    case Mode::uvu:
      return require(mo == m1, "mul_out = mul1");
    case Mode::uvv:
      return require(mo == m2, "mul_out = mul2");
    case Mode::uuw:
      require(m1 == m2, "mul1 = mul2");
      return require(weighted || mo == 1, "mul_out = 1 in mode uuw without weights");
    case Mode::uuu:
      return require(m1 == m2 && m1 == mo, "mul1 = mul2 = mul_out");
    case Mode::uvuv:
      return require(mo == m1 * m2, "mul_out = mul1 mul2");
    case Mode::uvu_v:
      return require(m1 == m2 && mo == m1 * (m1 - 1) / 2, "mul1 = mul2 and mul_out = mul1 (mul1 - 1) / 2");
    case Mode::u_vw:
      require(m1 == m2, "mul1 = mul2");
      return require(weighted, "weights in mode u<vw");
  }
}

std::vector<std::int64_t> weight_shape(Mode mode, std::int64_t m1, std::int64_t m2, std::int64_t mo) {
  switch (mode) {
    case Mode::uvw:
      return {m1, m2, mo};
    case Mode::uvu:
    case Mode::uvv:
    case Mode::uvuv:
      return {m1, m2};
    case Mode::uuw:
      return {m1, mo};
    case Mode::uuu:
      return {m1};
    case Mode::uvu_v:
      return {m1 * (m1 - 1) / 2};
    case Mode::u_vw:
      return {m1 * (m1 - 1) / 2, mo};
  }
  return {};
}

// How many products add up in one output element: the variance that the path normalisation removes.
std::int64_t num_elements(Mode mode, std::int64_t m1, std::int64_t m2) {
  switch (mode) {
    case Mode::uvw:
      return m1 * m2;
    case Mode::uvu:
      return m2;
    case Mode::uvv:
    case Mode::uuw:
      return m1;
    case Mode::u_vw:
      return m1 * (m1 - 1) / 2;
    case Mode::uuu:
    case Mode::uvuv:
    case Mode::uvu_v:
      return 1;
  }
  return 1;
}

TensorProductPath resolve(const Connection& c) {
  TensorProductPath path{.instruction = c.instruction,
                         .l1 = c.a.irrep.l,
                         .l2 = c.b.irrep.l,
                         .l3 = c.z.irrep.l,
                         .mul1 = c.a.mul,
                         .mul2 = c.b.mul,
                         .mul_out = c.z.mul};
  if (c.instruction.has_weight) {
    path.weight_shape = weight_shape(c.instruction.mode, c.a.mul, c.b.mul, c.z.mul);
    path.weight_numel = 1;
    for (const std::int64_t extent : path.weight_shape)
      check(!__builtin_mul_overflow(path.weight_numel, extent, &path.weight_numel),
            "[rep::make_tensor_product] expected fewer than 2^63 weights; received ", c.to_string());
  }
  path.coupling = coupling_entries(path.l1, path.l2, path.l3);
  return path;
}

double irrep_factor(const TensorProductPath& path, IrrepNormalization normalization) {
  switch (normalization) {
    case IrrepNormalization::component:
      return 2.0 * path.l3 + 1.0;
    case IrrepNormalization::norm:
      return (2.0 * path.l1 + 1.0) * (2.0 * path.l2 + 1.0);
    case IrrepNormalization::none:
      return 1.0;
  }
  return 1.0;
}

// c = sqrt(irrep factor * path weight / X), X = products that add up in the output block.
void set_coefficients(TensorProductPlan& plan, const TensorProductOptions& options) {
  std::vector<double> elements(plan.out.size(), 0.0);
  std::vector<double> counts(plan.out.size(), 0.0);
  const auto elements_of = [](const TensorProductPath& path) {
    return static_cast<double>(num_elements(path.instruction.mode, path.mul1, path.mul2));
  };
  for (const auto& path : plan.paths) {
    elements[path.instruction.out] += elements_of(path);
    counts[path.instruction.out] += 1.0;
  }
  for (auto& path : plan.paths) {
    double x = 1.0;
    if (options.path_normalization == PathNormalization::element) x = elements[path.instruction.out];
    if (options.path_normalization == PathNormalization::path) x = elements_of(path) * counts[path.instruction.out];
    if (x <= 0.0) x = 1.0;
    path.coefficient = std::sqrt(irrep_factor(path, options.irrep_normalization) * path.instruction.path_weight / x);
  }
}

}  // namespace

ConnectionMode parse_connection_mode(std::string_view text) {
  return parse_word("rep::parse_connection_mode", text, kModes);
}

std::string to_string(ConnectionMode mode) {
  return word_of(mode, kModes);
}

TensorProductPlan make_tensor_product(const Irreps& in1, const Irreps& in2, const Irreps& out,
                                      const std::vector<Instruction>& instructions,
                                      const TensorProductOptions& options) {
  TensorProductPlan plan{.in1 = in1, .in2 = in2, .out = out};
  plan.out_reached.assign(out.size(), false);
  const auto offsets1 = in1.offsets();
  const auto offsets2 = in2.offsets();
  const auto offsets_out = out.offsets();
  for (const Instruction& instruction : instructions) {
    const Connection c{instruction, block_of(in1, instruction.in1, "first", instruction),
                       block_of(in2, instruction.in2, "second", instruction),
                       block_of(out, instruction.out, "output", instruction)};
    check_irreps(c);
    check_multiplicities(c);
    check(instruction.path_weight >= 0.0, "[rep::make_tensor_product] expected path_weight >= 0; received ",
          instruction.path_weight, " in ", c.to_string());
    TensorProductPath path = resolve(c);
    path.offset1 = offsets1[instruction.in1];
    path.offset2 = offsets2[instruction.in2];
    path.offset_out = offsets_out[instruction.out];
    path.weight_offset = plan.weight_numel;
    plan.weight_numel += path.weight_numel;
    if (c.a.mul > 0 && c.b.mul > 0 && c.z.mul > 0 && instruction.path_weight > 0.0)
      plan.out_reached[instruction.out] = true;
    plan.paths.push_back(std::move(path));
  }
  set_coefficients(plan, options);
  return plan;
}

std::string describe(const TensorProductPlan& plan) {
  std::string text;
  for (const auto& path : plan.paths) {
    const Instruction& i = path.instruction;
    text += plan.in1[i.in1].to_string() + " (x) " + plan.in2[i.in2].to_string() + " -> " + plan.out[i.out].to_string() +
            "  " + to_string(i.mode);
    if (i.has_weight) {
      text += "  weights ";
      for (std::size_t k = 0; k < path.weight_shape.size(); ++k)
        text += (k == 0 ? "" : "x") + std::to_string(path.weight_shape[k]);
    }
    PlainText coefficient;
    coefficient.precision(4);
    coefficient << "  c " << path.coefficient << "\n";
    text += coefficient.str();
  }
  return text;
}

}  // namespace coset::rep
