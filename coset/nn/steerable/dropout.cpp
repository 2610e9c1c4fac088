#include "coset/nn/steerable/dropout.h"

#include "coset/base/error.h"
#include "coset/ops/columns.h"

namespace coset::nn {

Dropout::Dropout(rep::Irreps irreps, double p) : irreps_(std::move(irreps)), p_(p) {
  check(p >= 0 && p < 1, "[nn::Dropout] expected 0 <= p < 1; received ", p);
  copy_of_column_ = ops::copy_of_column(irreps_);
}

field::SteerableTensor Dropout::forward(const field::SteerableTensor& x) const {
  field::expect_irreps("nn::Dropout", irreps_, x);
  if (!is_training() || p_ == 0) return x;
  std::vector<std::int64_t> shape = x.data().sizes().vec();
  shape.back() = irreps_.num_irreps();
  const Tensor keep = at::bernoulli(at::full(shape, 1 - p_, x.data().options())) / (1 - p_);
  return {irreps_, x.data() * keep.index_select(-1, copy_of_column_)};
}

}  // namespace coset::nn
