#include "coset/kernel/grid_symmetry.h"

#include "coset/base/error.h"

namespace coset::kernel {

std::int64_t output_size(std::int64_t input, const Window& w) {
  const std::int64_t reach = input + 2 * w.padding - w.dilation * (w.size - 1) - 1;
  return reach < 0 ? 0 : reach / w.stride + 1;
}

bool keeps_symmetry(std::int64_t input, const Window& w) {
  return (input + 2 * w.padding - w.dilation * (w.size - 1) - 1) % w.stride == 0;
}

void check_grid_symmetry(const char* where, std::span<const std::int64_t> sizes, const Window& w) {
  for (std::int64_t size : sizes) {
    check(output_size(size, w) >= 1, "[", where, "] expected images of at least ",
          w.dilation * (w.size - 1) + 1 - 2 * w.padding, " cells per axis for a window of ", w.size, "; received ",
          size);
    if (keeps_symmetry(size, w)) continue;
    std::int64_t smaller = size, larger = size;
    while (smaller > 0 && !keeps_symmetry(smaller, w)) --smaller;
    while (!keeps_symmetry(larger, w)) ++larger;
    const std::string either = output_size(smaller, w) >= 1 ? std::to_string(smaller) + " or " : "";
    fail("[", where, "] expected an axis on which a window of ", w.size, " with stride ", w.stride, ", padding ",
         w.padding, w.dilation != 1 ? ", dilation " + std::to_string(w.dilation) : "",
         " stays symmetric about the centre; received ", size, " cells; ", either, larger, " would work");
  }
}

}  // namespace coset::kernel
