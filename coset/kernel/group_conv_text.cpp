#include "coset/base/record.h"
#include "coset/kernel/group_conv_plan.h"

namespace coset::kernel {

namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 20;         // of one size
constexpr std::int64_t kMostNumbers = std::int64_t{1} << 24;  // of one factor: more than a record has characters

std::int64_t product(const RecordReader& reader, std::initializer_list<std::int64_t> sizes) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes)
    if (__builtin_mul_overflow(count, size, &count) || count > kMostNumbers)
      reader.refuse("at most " + std::to_string(kMostNumbers) + " numbers in a factor", "more");
  return count;
}

}  // namespace

std::string to_string(const GroupConvPlan& plan) {
  RecordWriter writer;
  writer.word("in", plan.in).word("out", plan.out).integer("space", plan.space).integer("size", plan.size);
  writer.integer("n_in", plan.n_in).integer("n_out", plan.n_out).integer("taps", plan.taps);
  writer.integer("fibre_basis", plan.fibre_basis).integer("spatial_basis", plan.spatial_basis);
  writer.numbers("fibre", plan.fibre).numbers("spatial", plan.spatial);
  return writer.text();
}

GroupConvPlan parse_group_conv_plan(const std::string& text) {
  RecordReader reader(text, "kernel::parse_group_conv_plan");
  GroupConvPlan plan;
  plan.in = reader.word("in");
  plan.out = reader.word("out");
  plan.space = static_cast<int>(reader.integer("space", 1, 3));
  plan.size = reader.integer("size", 1, kMost);
  plan.n_in = reader.integer("n_in", 1, kMost);
  plan.n_out = reader.integer("n_out", 1, kMost);
  std::int64_t taps = 1;
  for (int a = 0; a < plan.space; ++a) taps = product(reader, {taps, plan.size});
  plan.taps = reader.integer("taps", taps, taps);
  plan.fibre_basis = reader.integer("fibre_basis", 0, kMost);
  plan.spatial_basis = reader.integer("spatial_basis", 0, kMost);
  plan.fibre = reader.numbers("fibre", product(reader, {plan.n_out, plan.n_in, plan.fibre_basis}));
  plan.spatial = reader.numbers("spatial", product(reader, {plan.n_out, plan.taps, plan.spatial_basis}));
  reader.end();
  return plan;
}

}  // namespace coset::kernel
