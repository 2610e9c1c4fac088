/// Photographs of blood cells in MedMNIST layout (Yang et al., MedMNIST v2, Scientific Data 2023; Acevedo et al., Data in
/// Brief 2020).
#pragma once

#include "coset/task/task.h"

namespace coset::task {

Row bloodcells_row();

}  // namespace coset::task
