/// Digits turned by random angles, made anew from the MNIST files by the protocol of Larochelle et al., ICML 2007.
#pragma once

#include "coset/task/task.h"

namespace coset::task {

Row rotmnist_row();

}  // namespace coset::task
