#include "coset/deploy/weights.h"

#include <cmath>

#include "coset/base/error.h"
#include "coset/compute/padding.h"

namespace coset::deploy {

const std::vector<std::int64_t>& WeightReader::shape(const std::string& name) const {
  const auto found = arrays_.find(name);
  check(found != arrays_.end(), source_, ": the weights of '", name, "' are missing");
  return found->second.shape;
}

std::vector<double> WeightReader::take(const std::string& name, const std::vector<std::int64_t>& expected) {
  check(shape(name) == expected, source_, ": '", name, "' has shape ", shape_text(shape(name)), ", the model needs ",
        shape_text(expected));
  std::vector<double> values = arrays_.at(name).as_doubles();
  for (const double value : values)
    check(std::isfinite(value), source_, ": '", name, "' holds a value that is not finite");
  taken_.insert(name);
  return values;
}

compute::Matrix WeightReader::matrix(const std::string& name, std::int64_t rows, std::int64_t columns, double factor) {
  compute::Matrix m{rows, columns, take(name, {rows, columns})};
  for (double& value : m.values) value *= factor;
  return m;
}

void WeightReader::expect_all_taken() const {
  for (const auto& [name, array] : arrays_) check(taken_.count(name) > 0, source_, ": unknown weights '", name, "'");
}

rep::Irreps padded(const rep::Irreps& irreps) {
  std::vector<rep::MulIrrep> blocks;
  for (const auto& block : irreps) blocks.push_back({compute::padded(block.mul), block.irrep});
  return blocks;
}

compute::Matrix place(const compute::Matrix& m, const std::vector<Segment>& rows, std::int64_t padded_rows,
                      const std::vector<Segment>& columns, std::int64_t padded_columns) {
  compute::Matrix out{padded_rows, padded_columns,
                      std::vector<double>(static_cast<std::size_t>(padded_rows * padded_columns))};
  for (const Segment& r : rows)
    for (const Segment& c : columns)
      for (std::int64_t i = 0; i < r.count; ++i)
        for (std::int64_t j = 0; j < c.count; ++j)
          out.values[(r.to + i) * padded_columns + c.to + j] = m.values[(r.from + i) * m.columns + c.from + j];
  return out;
}

}  // namespace coset::deploy
