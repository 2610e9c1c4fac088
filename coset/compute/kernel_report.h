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
const char* to_string(Route route);

/// While one lives, `automatic` means `reference` in the whole process: steerable networks run through the composed
/// operations and reference loops, to compare with. (Convolutions in ir_mul have no reference and stay fused; filter
/// expansion has one kernel.) Not to be made or destroyed while kernels run.
class ReferenceRoute {
 public:
  ReferenceRoute();
  ~ReferenceRoute();
  ReferenceRoute& operator=(ReferenceRoute&&) = delete;  // and so no copies

 private:
  Route before_;
};
/// `route`, or what `automatic` means at present.
Route resolved(Route route = Route::automatic);

/// Things that are counted, one count per call of a public function.
enum class Kernel {
  harmonics_reference,
  harmonics_fused,
  product_reference,
  product_fully_connected,
  conv_reference,
  conv_channelwise,
  gated_message,
  instance_norm,
  filter_expansion,
  filter_expansion_adjoint,
  count_,
};
const char* to_string(Kernel kernel);

/// Calls since the program began. Thread-safe.
std::uint64_t kernel_calls(Kernel kernel);
void count_kernel(Kernel kernel);

}  // namespace coset::compute
