#include "coset/task/run_record.h"

#include <chrono>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "coset/base/version.h"
#include "coset/io/atomic_write.h"

namespace coset::task {
namespace {

std::string date_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32] = {};
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
  return text;
}

/// "Intel(R) Xeon(R) ..., 2 CPUs, 2 threads used"
std::string machine_of(int threads) {
  std::ifstream file("/proc/cpuinfo");
  std::string text;
  for (std::string line; std::getline(file, line) && text.empty();)
    if (line.starts_with("model name") && line.find(": ") != std::string::npos)
      text = line.substr(line.find(": ") + 2) + ", ";
  const unsigned cpus = std::thread::hardware_concurrency();
  return text + std::to_string(cpus) + (cpus == 1 ? " CPU, " : " CPUs, ") + std::to_string(threads) +
         (threads == 1 ? " thread used" : " threads used");
}

}  // namespace

void write_record(const std::string& folder, const RunRecord& record) {
  nlohmann::ordered_json json{{"date", date_now()}, {"version", kVersion}};
  if (!record.commit.empty()) json["commit"] = record.commit;
  if (!record.command.empty()) json["command"] = record.command;
  json["seconds"] = static_cast<double>(static_cast<std::int64_t>(10 * record.seconds)) / 10;
  json["machine"] = machine_of(record.threads);
  if (!record.data.empty()) json["data"] = record.data;
  if (!record.layers.empty()) json["layers"] = record.layers;
  io::atomic_write(folder + "/run.json", json.dump(2) + "\n");
}

}  // namespace coset::task
