/// The gate whose gates pass through silu, on padded rows: z_0 = c silu(y_0), z_b[k, u] = y_b[k, u] c silu(gate_b[u]).
///
/// Input rows hold the scalars, one block of gates for each gated block in order, then the gated blocks; all
/// multiplicities are multiples of kLanePadding, Layout::ir_mul. Source: Batzner et al., arXiv 2101.03164, eq. 8; Nequix
/// and SevenNet gate with silu.
#pragma once

#include <cstdint>
#include <memory>

#include "coset/rep/irreps.h"

namespace coset::compute {

struct GatePlan;

class SiluGate {
 public:
  /// @param out  scalars first, then the gated blocks
  /// @throws coset::Error unless every multiplicity is padded and the first block is 0e
  SiluGate(const rep::Irreps& out, double factor);
  ~SiluGate();
  SiluGate(SiluGate&&) noexcept;
  SiluGate& operator=(SiluGate&&) noexcept;

  const rep::Irreps& in() const { return in_; }

  /// y (rows, in().dim()) -> z (rows, out.dim())
  template <class T>
  void forward(std::int64_t rows, const T* y, T* z) const;
  /// gy = the gradient of <gz, z>
  template <class T>
  void backward(std::int64_t rows, const T* y, const T* gz, T* gy) const;

 private:
  rep::Irreps in_;
  std::int64_t out_size_ = 0;
  std::unique_ptr<GatePlan> plan_;
};

}  // namespace coset::compute
