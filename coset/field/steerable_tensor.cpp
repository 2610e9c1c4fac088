#include "coset/field/steerable_tensor.h"

#include "coset/base/error.h"
#include "coset/rep/wigner_d.h"

namespace coset::field {

SteerableTensor::SteerableTensor(rep::Irreps irreps, Tensor data) : irreps_(std::move(irreps)), data_(std::move(data)) {
  check(data_.dim() >= 1 && data_.size(-1) == irreps_.dim(), "[field::SteerableTensor] expected a last axis of ",
        irreps_.dim(), " for ", irreps_, "; received ", shape_text(data_.sizes()));
}

SteerableTensor SteerableTensor::transform(std::span<const double, 9> R) const {
  const auto offsets = irreps_.offsets();
  std::vector<Tensor> blocks;
  for (std::size_t b = 0; b < irreps_.size(); ++b) {
    const auto [mul, irrep] = irreps_[b];
    const std::vector<double> d = rep::wigner_d(irrep, R);
    const Tensor D = torch::tensor(at::ArrayRef<double>(d), data_.options()).view({irrep.dim(), irrep.dim()});
    const Tensor block = data_.narrow(-1, offsets[b], irreps_[b].dim());
    blocks.push_back(at::matmul(block.unflatten(-1, {mul, irrep.dim()}), D.t()).flatten(-2));
  }
  return blocks.empty() ? *this : SteerableTensor(irreps_, at::cat(blocks, -1));
}

SteerableTensor concatenate(std::span<const SteerableTensor> parts) {
  rep::Irreps irreps;
  std::vector<Tensor> data;
  for (const SteerableTensor& part : parts) {
    irreps = irreps + part.irreps();
    data.push_back(part.data());
  }
  return {irreps, at::cat(data, -1)};
}

void expect_irreps(const char* where, const rep::Irreps& expected, const SteerableTensor& found) {
  check(found.irreps() == expected, "[", where, "] expected ", expected, "; received ", found.irreps());
}

}  // namespace coset::field
