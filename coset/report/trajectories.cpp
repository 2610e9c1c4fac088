#include "coset/report/trajectories.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"

namespace coset::report {
namespace {

using Json = nlohmann::ordered_json;

/// Six significant digits: a page's worth, at a third of the bytes.
double rounded(double value, const std::string& label) {
  check(std::isfinite(value), "[report::trajectories_json] ", label, ": expected finite coordinates; received ", value);
  if (value == 0.0) return 0.0;
  const double scale = std::pow(10.0, 5.0 - std::floor(std::log10(std::abs(value))));
  return std::isfinite(scale) ? std::round(value * scale) / scale : 0.0;
}

Json points(const double* values, std::int64_t n, const std::string& label) {
  Json list = Json::array();
  for (std::int64_t i = 0; i < n; ++i) {
    const double* x = values + 3 * i;
    list.push_back({rounded(x[0], label), rounded(x[1], label), rounded(x[2], label)});
  }
  return list;
}

}  // namespace

std::string trajectories_json(std::span<const Trajectory> samples) {
  Json list = Json::array();
  for (const Trajectory& sample : samples) {
    const std::int64_t n = std::ssize(sample.prediction) / 3;
    check(std::ssize(sample.prediction) == 3 * n && sample.frames >= 2 &&
              std::ssize(sample.path) == sample.frames * n * 3 &&
              (sample.charges.empty() || std::ssize(sample.charges) == n),
          "[report::trajectories_json] ", sample.label,
          ": expected path (F >= 2, n, 3), prediction (n, 3) and no or n charges; "
          "received ",
          sample.path.size(), ", ", sample.prediction.size(), " and ", sample.charges.size(),
          " values, F = ", sample.frames);
    Json path = Json::array();
    for (std::int64_t f = 0; f < sample.frames; ++f)
      path.push_back(points(sample.path.data() + f * n * 3, n, sample.label));
    list.push_back({{"label", sample.label},
                    {"charges", sample.charges},
                    {"path", path},
                    {"prediction", points(sample.prediction.data(), n, sample.label)}});
    if (sample.end != sample.begin) list.back()["time"] = {sample.begin, sample.end};
    if (!sample.time_unit.empty()) list.back()["time_unit"] = sample.time_unit;
    if (!sample.length_unit.empty()) list.back()["length_unit"] = sample.length_unit;
  }
  return Json{{"samples", list}}.dump();
}

void write_trajectories(const std::string& run_folder, std::span<const Trajectory> samples) {
  io::atomic_write(run_folder + "/trajectories.json", trajectories_json(samples) + "\n");
}

}  // namespace coset::report
