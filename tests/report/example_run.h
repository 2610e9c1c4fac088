/// A run's folder with every file the report knows, for the tests of this room.
#pragma once

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "coset/io/atomic_write.h"
#include "coset/report/trajectories.h"

namespace coset::report {

inline constexpr const char* kResult =
    R"({"title":"SEGNN <test>","task":"nbody","model":"segnn","parameters":147424,"epoch":50,"val_mse":0.0051,"test_mse":0.0045,"seed":1})";
inline constexpr const char* kTask =
    R"({"name":"nbody","about":"particles","published":{"metric":"test_mse","caption":"Mean squared error.","source":"Brandstetter et al., ICLR 2022","rows":[{"name":"Linear","value":0.0819,"seconds":0.0001,"parameters":1},{"name":"SEGNN_G","value":0.0056,"spread":0.00025,"parameters":147424},{"name":"SEGNN_G+P","value":0.0043,"parameters":147424}]}})";
inline constexpr const char* kRun =
    R"({"date":"2026-11-28 06:00 UTC","version":"0.1.0","commit":"abc1234","command":"coset train nbody seed=1","seconds":61.5,"machine":"2 CPUs","data":"3,000 trajectories","layers":["lift","project"]})";
inline constexpr const char* kCertificate =
    R"({"f32":{"rotation":2.1e-6,"reflection":1.9e-6,"translation":3.4e-7,"permutation":1.2e-7},"f64":{"rotation":4e-15,"reflection":3e-15,"translation":2e-14,"permutation":1e-16},"tolerance":{"f32":1e-5,"f64":1e-11},"pass":true})";
inline constexpr const char* kPicture =
    R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20" fill="#2f4bd0"/></svg>)";

/// n particles on circular arcs, predicted slightly off their ends.
inline Trajectory example_trajectory(const std::string& label, double phase) {
  Trajectory sample{.label = label, .charges = {1, -1, 1, -1, -1}, .frames = 11, .path = {}, .prediction = {}};
  const auto point = [&](double i, double t) {
    const double angle = phase + i + t;
    return std::vector<double>{(1 + 0.3 * i) * std::cos(angle), 0.5 * i * std::sin(2 * angle),
                               (1 + 0.2 * i) * std::sin(angle)};
  };
  for (int f = 0; f < 11; ++f)
    for (int i = 0; i < 5; ++i)
      for (const double x : point(i, 0.1 * f)) sample.path.push_back(x);
  for (int i = 0; i < 5; ++i)
    for (const double x : point(i, 1.07)) sample.prediction.push_back(x);
  return sample;
}

inline void write_example_run(const std::string& folder) {
  std::filesystem::create_directories(folder + "/pictures");
  std::string metrics;
  for (int epoch = 1; epoch <= 60; ++epoch) {
    const double wave = 1 + 0.15 * std::sin(1.7 * epoch);
    const double loss = wave * (0.004 + 0.08 / epoch);
    const double rate = 0.0025 * (1 + std::cos(0.0524 * epoch));
    metrics += R"({"step":)" + std::to_string(30 * epoch) + R"(,"epoch":)" + std::to_string(epoch) +
               R"(,"split":"train","loss":)" + std::to_string(loss) + R"(,"lr":)" + std::to_string(rate) +
               R"(,"gradient_norm":)" + std::to_string(wave / epoch) + "}\n";
    if (epoch % 5 == 0)
      metrics += R"({"step":)" + std::to_string(30 * epoch) + R"(,"epoch":)" + std::to_string(epoch) +
                 R"(,"split":"validation","mse":)" + std::to_string(1.2 * loss) + "}\n";
    if (epoch % 10 == 0)
      metrics += R"({"step":)" + std::to_string(30 * epoch) + R"(,"epoch":)" + std::to_string(epoch) +
                 R"(,"split":"test","mse":)" + std::to_string(1.1 * loss) + "}\n";
  }
  io::atomic_write(folder + "/metrics.jsonl", metrics);
  io::atomic_write(folder + "/result.json", kResult);
  io::atomic_write(folder + "/task.json", kTask);
  io::atomic_write(folder + "/certificate.json", kCertificate);
  io::atomic_write(folder + "/config.yaml", "model: segnn\nlr: 5e-3  # <fast>\n");
  io::atomic_write(folder + "/pictures/blue.svg", kPicture);
  io::atomic_write(folder + "/pictures/captions.json", R"({"blue.svg":"A rectangle & nothing else"})");
  write_trajectories(folder, std::vector<Trajectory>{example_trajectory("test trajectory 0", 0.2),
                                                     example_trajectory("test trajectory 7", 1.5)});
}

}  // namespace coset::report
