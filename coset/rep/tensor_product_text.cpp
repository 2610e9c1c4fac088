#include "coset/base/error.h"
#include "coset/rep/tensor_product_plan.h"

namespace coset::rep {

namespace {

constexpr std::int64_t kMostBlocks = 1 << 20;
constexpr double kMostWeights = 1e15;  // every integer up to it is a double, and sums of a few fit 63 bits

struct ParsedPath {
  Instruction instruction;
  double coefficient = 0.0;
};

ParsedPath read_path(RecordReader& reader) {
  const auto pieces = reader.pieces("path", 7);
  if (pieces.size() != 7) reader.refuse("7 values of a path", std::to_string(pieces.size()));
  const auto block = [&](std::size_t i) { return static_cast<int>(reader.to_integer(pieces[i], 0, kMostBlocks)); };
  if (pieces[4] != "weight" && pieces[4] != "none") reader.refuse("weight or none", pieces[4]);
  ParsedPath path;
  path.instruction = {block(0), block(1), block(2), ConnectionMode::uvw, pieces[4] == "weight", 1.0};
  try {
    path.instruction.mode = parse_connection_mode(pieces[3]);
  } catch (const Error&) {
    reader.refuse("a connection mode", pieces[3]);
  }
  path.instruction.path_weight = reader.to_number(pieces[5]);
  path.coefficient = reader.to_number(pieces[6]);
  return path;
}

const MulIrrep& block_at(const RecordReader& reader, const Irreps& irreps, int number) {
  if (number >= static_cast<int>(irreps.size()))
    reader.refuse("block numbers below " + std::to_string(irreps.size()), std::to_string(number));
  return irreps[static_cast<std::size_t>(number)];
}

/// What building the plan would cost, before anything is built.
class Cost {
 public:
  void add(const RecordReader& reader, const TensorProductPlan& plan, const Instruction& path) {
    double couplings = 1.0, weights = 1.0;
    for (const MulIrrep& block : {block_at(reader, plan.in1, path.in1), block_at(reader, plan.in2, path.in2),
                                  block_at(reader, plan.out, path.out)}) {
      couplings *= block.irrep.dim();
      weights *= static_cast<double>(block.mul);
    }
    couplings_ += couplings;
    weights_ += weights;
    if (couplings_ > kMostParsedCouplings) reader.refuse("fewer or lower degrees", std::to_string(couplings_));
    if (weights_ > kMostWeights) reader.refuse("fewer than 1e15 weights", std::to_string(weights_));
  }

 private:
  double couplings_ = 0.0, weights_ = 0.0;
};

}  // namespace

std::string to_string(const TensorProductPlan& plan) {
  RecordWriter writer;
  writer.word("in1", plan.in1.to_string()).word("in2", plan.in2.to_string()).word("out", plan.out.to_string());
  for (const TensorProductPath& path : plan.paths) {
    const Instruction& i = path.instruction;
    writer.word("path", std::to_string(i.in1) + "," + std::to_string(i.in2) + "," + std::to_string(i.out) + "," +
                            to_string(i.mode) + "," + (i.has_weight ? "weight" : "none") + "," +
                            exact_text(i.path_weight) + "," + exact_text(path.coefficient));
  }
  return writer.text();
}

Irreps read_irreps(RecordReader& reader, std::string_view key) {
  const std::string text = reader.plain(key);
  try {
    return Irreps(text);
  } catch (const Error&) {
    reader.refuse("irreps like 8x0e+4x1o for " + std::string(key), text);
  }
}

TensorProductPlan read_tensor_product_plan(RecordReader& reader) {
  TensorProductPlan plan{
      .in1 = read_irreps(reader, "in1"), .in2 = read_irreps(reader, "in2"), .out = read_irreps(reader, "out")};
  std::vector<Instruction> instructions;
  std::vector<double> coefficients;
  Cost cost;
  while (reader.next_is("path")) {
    if (instructions.size() == kMostParsedPaths) reader.refuse("fewer paths", "path");
    const ParsedPath path = read_path(reader);
    cost.add(reader, plan, path.instruction);
    instructions.push_back(path.instruction);
    coefficients.push_back(path.coefficient);
  }
  plan = make_tensor_product(plan.in1, plan.in2, plan.out, instructions);
  for (std::size_t i = 0; i < coefficients.size(); ++i) plan.paths[i].coefficient = coefficients[i];
  return plan;
}

TensorProductPlan parse_tensor_product_plan(const std::string& text) {
  RecordReader reader(text, "rep::parse_tensor_product_plan");
  TensorProductPlan plan = read_tensor_product_plan(reader);
  reader.end();
  return plan;
}

}  // namespace coset::rep
