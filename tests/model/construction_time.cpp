/// Time to construct SEGNN when nothing has been computed before in the process: couplings, plans, initial weights.
///
///   construction_time            every setting in processes of its own, the best of five; exit code 1 above the limit
///   construction_time NAME       one setting in this process: prints milliseconds a layer
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

#include "coset/model/nbody_model.h"

namespace {

using namespace coset;

constexpr double kLimit = 10.0;  // milliseconds a layer
constexpr int kTries = 5;        // a busy machine delays some of them, hardly all

struct Setting {
  const char* name;
  model::NBodyModelOptions options;
};

const Setting kSettings[] = {
    {"published", model::published_nbody_options(model::SegnnVariant::segnn)},
    {"degree-2-attributes-3-width-128", {.lmax_hidden = 2, .lmax_attribute = 3, .width = 128}},
};

double milliseconds_a_layer(const model::NBodyModelOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const model::NBodyModel model(options);
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
  return taken.count() / static_cast<double>(options.layers);
}

/// The number that a process of its own prints; infinity when it fails.
double in_fresh_process(const char* program, const char* setting) {
  std::FILE* pipe = popen((std::string(program) + " " + setting).c_str(), "r");
  double value = std::numeric_limits<double>::infinity();
  if (pipe == nullptr || std::fscanf(pipe, "%lf", &value) != 1) value = std::numeric_limits<double>::infinity();
  return pipe != nullptr && pclose(pipe) == 0 ? value : std::numeric_limits<double>::infinity();
}

}  // namespace

int main(int argc, char** argv) {
  bool slow = false;
  for (const auto& [name, options] : kSettings) {
    if (argc > 1) {
      if (std::string(argv[1]) == name) std::printf("%.3f\n", milliseconds_a_layer(options));
      continue;
    }
    double best = std::numeric_limits<double>::infinity();
    for (int n = 0; n < kTries; ++n) best = std::min(best, in_fresh_process(argv[0], name));
    std::printf("%-34s %6.2f ms a layer, limit %.0f\n", name, best, kLimit);
    slow = slow || best > kLimit;
  }
  return slow ? 1 : 0;
}
