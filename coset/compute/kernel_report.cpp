#include "coset/compute/kernel_report.h"

#include <array>
#include <atomic>

namespace coset::compute {

namespace {
std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(Kernel::count_)> calls{};
std::atomic<Route> default_route{Route::automatic};
}  // namespace

const char* to_string(Route route) {
  switch (route) {
    case Route::automatic:
      return "automatic";
    case Route::reference:
      return "reference";
    case Route::fused:
      return "fused";
  }
  return "?";
}

ReferenceRoute::ReferenceRoute() : before_(default_route.exchange(Route::reference)) {}
ReferenceRoute::~ReferenceRoute() {
  default_route = before_;
}

Route resolved(Route route) {
  return route == Route::automatic ? default_route.load(std::memory_order_relaxed) : route;
}

const char* to_string(Kernel kernel) {
  switch (kernel) {
    case Kernel::harmonics_reference:
      return "spherical harmonics, reference";
    case Kernel::harmonics_fused:
      return "spherical harmonics, SIMD over points";
    case Kernel::product_reference:
      return "tensor product, reference";
    case Kernel::product_fully_connected:
      return "tensor product, dense channel mixing";
    case Kernel::conv_reference:
      return "tensor product convolution, reference";
    case Kernel::conv_channelwise:
      return "tensor product convolution, channel-wise";
    case Kernel::gated_message:
      return "gated message";
    case Kernel::instance_norm:
      return "instance norm";
    case Kernel::filter_expansion:
      return "filter expansion";
    case Kernel::filter_expansion_adjoint:
      return "filter expansion, adjoint";
    case Kernel::count_:
      break;
  }
  return "?";
}

std::uint64_t kernel_calls(Kernel kernel) {
  return calls[static_cast<std::size_t>(kernel)];
}

void count_kernel(Kernel kernel) {
  calls[static_cast<std::size_t>(kernel)].fetch_add(1, std::memory_order_relaxed);
}

}  // namespace coset::compute
