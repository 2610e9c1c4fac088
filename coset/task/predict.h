/// `coset predict`: a model's answers to the arrays of an npz file.
#pragma once

#include "coset/task/task.h"

namespace coset::task {

/// Reads `in`, runs the model on rows of it at a time, and writes its arrays with the model's outputs to `out`. Memory
/// does not grow with the number of rows (coset/io/npz_writer.h).
///
/// Arrays are named and shaped as the values of the model's signature, the batch first, unless `files` (null: no row
/// knows the model) says otherwise. Outputs are float32.
/// @throws coset::Error "IN: ..." for an array that is absent or has another shape or type, and where an answer is not
/// finite. Nothing is written then.
/// @return how many rows were answered
std::int64_t predict(model::Loaded& loaded, const PredictFiles* files, const std::string& in, const std::string& out);

}  // namespace coset::task
