/// Which implementation runs, and proof that it ran: every kernel counts its calls. Tests compare counts before and
/// after; `coset info` prints the route of each layer.
#pragma once

#include <cstdint>

namespace coset::compute {

/// Which of the two implementations executes a plan.
enum class Route {
  automatic,  ///< the fused kernel where one fits, else the reference
  reference,  ///< the loops that read like the formula
  fused,      ///< SIMD; asking for it where none fits throws
};
const char* print(Route route);

/// Things that are counted, one count per call of a public function.
enum class Kernel {
  harmonics_reference,
  harmonics_fused,
  product_reference,
  product_fully_connected,
  conv_reference,
  conv_channelwise,
  segnn_message,
  filter_expansion,
  filter_expansion_adjoint,
  count_,
};
const char* print(Kernel kernel);

/// Calls since the program began. Thread-safe.
std::uint64_t kernel_calls(Kernel kernel);
void count_kernel(Kernel kernel);

}  // namespace coset::compute
