/// The door through which torch's module base enters: parameters, buffers, train/eval mode, device and dtype moves.
#pragma once

#include "coset/ops/torch.h"

#include <torch/nn/cloneable.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
