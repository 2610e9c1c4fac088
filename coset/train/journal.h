/// The curves of a run, as JSON lines and as TensorBoard events.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "coset/train/checkpoint.h"

namespace coset::io {
class JsonLines;
class TensorBoardWriter;
}  // namespace coset::io

namespace coset::train {

/// metrics.jsonl in the run's folder: {"step":150,"epoch":5,"split":"train","loss":0.02,...,"seconds":3.1}. The events
/// in tensorboard/ are derived from it: curve "train/loss", and so on.
class Journal {
 public:
  /// Keeps the first `keep` lines (all, where there are fewer) and takes back the rest, and writes the events of the
  /// kept lines afresh, so that no point of a curve stands twice after a resume.
  Journal(const std::string& folder, std::int64_t keep);
  ~Journal();

  void add(const std::string& split, const Progress& progress, const Metrics& metrics);
  std::int64_t lines() const { return lines_; }

 private:
  void add_events(const std::string& line, double started);

  std::unique_ptr<io::JsonLines> file_;
  std::unique_ptr<io::TensorBoardWriter> events_;
  std::int64_t lines_ = 0;
};

}  // namespace coset::train
