/// trajectories.json: what the report's 3D view shows. The writer of a run fills it, the page reads it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace coset::report {

/// One system of n particles: its true motion from the input (first frame) to the target (last), and the prediction.
struct Trajectory {
  std::string label;               ///< "test trajectory 17"
  std::vector<double> charges;     ///< (n), colour the particles; may be empty
  std::int64_t frames = 0;         ///< F >= 2
  std::vector<double> path;        ///< (F, n, 3), row-major
  std::vector<double> prediction;  ///< (n, 3)
  /// Time of the first and of the last frame, and the units; the page says frames and no unit where they are empty.
  double begin = 0.0, end = 0.0;
  std::string time_unit = {}, length_unit = {};
};

/// {"samples":[{"label","charges":[n],"path":[F][n][3],"prediction":[n][3],"time"?:[begin,end],
/// "time_unit"?,"length_unit"?}]}
/// @throws coset::Error when sizes disagree or a value is not finite.
std::string trajectories_json(std::span<const Trajectory> samples);

/// Writes RUN_FOLDER/trajectories.json atomically.
void write_trajectories(const std::string& run_folder, std::span<const Trajectory> samples);

}  // namespace coset::report
