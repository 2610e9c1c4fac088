#include "coset/compute/silu_gate.h"

#include <vector>

#include "coset/base/error.h"
#include "coset/compute/cpu/row_kernels.h"

namespace coset::compute {

SiluGate::SiluGate(const rep::Irreps& out, double factor) : out_size_(out.dim()), plan_(std::make_unique<GatePlan>()) {
  check(out.size() > 0 && out[0].irrep.is_scalar(), "[compute::SiluGate] expected scalars first; received ",
        out.to_string());
  std::vector<rep::MulIrrep> blocks(out.begin(), out.begin() + 1);
  for (std::size_t b = 1; b < out.size(); ++b) blocks.push_back({out[b].mul, out[0].irrep});
  for (std::size_t b = 1; b < out.size(); ++b) blocks.push_back(out[b]);
  for (const auto& block : blocks)
    check(block.mul % kLanePadding == 0, "[compute::SiluGate] expected multiplicities that are multiples of ",
          kLanePadding, "; received ", out.to_string());
  in_ = rep::Irreps(blocks);
  const auto in_offset = in_.offsets();
  const auto out_offset = out.offsets();
  plan_->scalars = out[0].mul;
  plan_->scalar_factor = plan_->gate_factor = factor;
  plan_->silu_gates = true;
  for (std::size_t b = 1; b < out.size(); ++b) {
    const std::int64_t mul = out[b].mul;
    plan_->groups.push_back(
        {in_offset[b], in_offset[b + out.size() - 1], out_offset[b], mul, mul, out[b].irrep.dim(), mul});
  }
}

SiluGate::~SiluGate() = default;
SiluGate::SiluGate(SiluGate&&) noexcept = default;
SiluGate& SiluGate::operator=(SiluGate&&) noexcept = default;

template <class T>
void SiluGate::forward(std::int64_t rows, const T* y, T* z) const {
  row_kernels<T>().gate(*plan_, rows, y, in_.dim(), z, out_size_);
}

template <class T>
void SiluGate::backward(std::int64_t rows, const T* y, const T* gz, T* gy) const {
  row_kernels<T>().gate_backward(*plan_, rows, y, in_.dim(), gz, out_size_, gy);
}

#define COSET_INSTANTIATE(T)                                            \
  template void SiluGate::forward<T>(std::int64_t, const T*, T*) const; \
  template void SiluGate::backward<T>(std::int64_t, const T*, const T*, T*) const;
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute
