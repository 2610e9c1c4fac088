/// The verbs for N-body models.
#pragma once

#include "cli/experiments.h"

namespace coset::cli {

void add_train_nbody(CLI::App& train);
Answer evaluate_nbody(const std::string& run, int threads);
void predict_nbody(const std::string& model, const std::string& in, const std::string& out);

/// {"model","parameters","epoch","val_mse","test_mse"} and its table, beside the published values.
Answer nbody_answer(const std::string& model, std::int64_t parameters, std::int64_t epoch, double val_mse,
                    double test_mse);

}  // namespace coset::cli
