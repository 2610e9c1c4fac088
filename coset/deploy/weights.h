/// Named tensors of a model file, taken one by one with their shapes checked, and their layout in padded rows.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "coset/compute/block_linear.h"
#include "coset/io/npz.h"
#include "coset/rep/irreps.h"

namespace coset::deploy {

class WeightReader {
 public:
  WeightReader(const io::Arrays& arrays, std::string source) : arrays_(arrays), source_(std::move(source)) {}

  bool has(const std::string& name) const { return arrays_.count(name) > 0; }
  /// @throws coset::Error when the tensor is missing, has another shape or holds a value that is not finite
  std::vector<double> take(const std::string& name, const std::vector<std::int64_t>& shape);
  compute::Matrix matrix(const std::string& name, std::int64_t rows, std::int64_t columns, double factor);
  /// @throws coset::Error naming the first tensor that nothing asked for
  void expect_all_taken() const;
  const std::vector<std::int64_t>& shape(const std::string& name) const;
  const std::string& source() const { return source_; }

 private:
  const io::Arrays& arrays_;
  std::string source_;
  std::set<std::string> taken_;
};

/// Multiplicities rounded up to whole vectors.
rep::Irreps padded(const rep::Irreps& irreps);

/// Consecutive entries of an index range, and where they begin in a padded range.
struct Segment {
  std::int64_t from = 0;
  std::int64_t count = 0;
  std::int64_t to = 0;
};

/// out[r.to + i, c.to + j] = m[r.from + i, c.from + j] for all pairs of segments; zeros elsewhere.
compute::Matrix place(const compute::Matrix& m, const std::vector<Segment>& rows, std::int64_t padded_rows,
                      const std::vector<Segment>& columns, std::int64_t padded_columns);

}  // namespace coset::deploy
