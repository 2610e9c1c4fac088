#include "bench/case.h"

namespace coset::bench {

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  add_spherical_harmonics(cases);
  add_tensor_product_conv(cases);
  add_gated_message(cases);
  add_group_conv(cases);
  return cases;
}

}  // namespace coset::bench
