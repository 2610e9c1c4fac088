#include "coset/train/journal.h"

#include <chrono>
#include <filesystem>
#include <vector>

#include <nlohmann/json.hpp>

#include "coset/io/json_lines.h"
#include "coset/io/tensorboard.h"

namespace coset::train {

namespace {

using Json = nlohmann::ordered_json;

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// The events of earlier sessions, which are written afresh; nothing else that may lie there.
void remove_events(const std::string& board) {
  namespace fs = std::filesystem;
  fs::create_directories(board);
  std::vector<fs::path> events;
  for (const fs::directory_entry& entry : fs::directory_iterator(board))
    if (entry.is_regular_file() && entry.path().filename().string().starts_with("events.out.tfevents."))
      events.push_back(entry.path());
  for (const fs::path& path : events) fs::remove(path);
}

}  // namespace

Journal::Journal(const std::string& folder, std::int64_t keep) {
  const std::string path = folder + "/metrics.jsonl";
  file_ = std::make_unique<io::JsonLines>(path, keep);
  const std::string board = folder + "/tensorboard";
  remove_events(board);
  events_ = std::make_unique<io::TensorBoardWriter>(board);
  const auto kept = io::read_json_lines(path);
  lines_ = static_cast<std::int64_t>(kept.size());
  const double trained = kept.empty() ? 0.0 : Json::parse(kept.back()).value("seconds", 0.0);
  for (const std::string& line : kept) add_events(line, now() - trained);
}

Journal::~Journal() = default;

void Journal::add(const std::string& split, const Progress& progress, const Metrics& metrics) {
  Json line{{"step", progress.step}, {"epoch", progress.epoch}, {"split", split}};
  for (const auto& [name, value] : metrics) line[name] = value;
  line["seconds"] = progress.seconds;
  const std::string text = line.dump();
  file_->append(text);
  ++lines_;
  add_events(text, now() - progress.seconds);
}

void Journal::add_events(const std::string& line, double started) {
  const Json json = Json::parse(line);
  const std::string split = json.at("split");
  for (const auto& [name, value] : json.items()) {
    if (!value.is_number() || name == "step" || name == "seconds" || name == "epoch") continue;
    events_->add_scalar(split + "/" + name, value.get<double>(), json.at("step"), started + json.value("seconds", 0.0));
  }
}

}  // namespace coset::train
