/// What statistics over a batch need.
#pragma once

#include <cstdint>

#include "coset/base/error.h"

namespace coset::nn {

/// Throws one line naming `where` when statistics would be of one value: its variance is no number (n / (n - 1)) or
/// zero, and would stay in the running values. `values`: how many the statistics of one field are taken over.
inline void expect_statistics(const char* where, std::int64_t values) {
  check(values != 1, "[", where,
        "] expected two or more values a field in train mode; received one: a single value has no variance, choose "
        "another batch_size");
}

}  // namespace coset::nn
