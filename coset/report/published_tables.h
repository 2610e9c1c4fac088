/// Published results of the tasks of the program, for runs whose folder has no task.json of its own.
#pragma once

#include <string_view>

#include "coset/report/published.h"

namespace coset::report {

/// The table of a task ("nbody", "rotmnist"), or nullptr where none is known.
const PublishedTable* published(std::string_view task);

}  // namespace coset::report
