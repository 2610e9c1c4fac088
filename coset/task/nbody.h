/// The charged N-body task: where five charged particles are 1,000 steps ahead.
///
/// Loss and score: mean squared error over systems, particles and coordinates. Data: simulated from the recipe of
/// Satorras, Hoogeboom, Welling, ICML 2021 (arXiv 2102.09844), section 5.1. Published rows: Brandstetter, Hesselink,
/// van der Pol, Bekkers, Welling, ICLR 2022 (arXiv 2110.02905), table 1.
#pragma once

#include "coset/task/task.h"

namespace coset::task {

Row nbody_row();

}  // namespace coset::task
