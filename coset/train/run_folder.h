/// The folder of a run: its paths, and the promise that one process at a time writes there.
#pragma once

#include <string>

namespace coset::train {

class RunFolder {
 public:
  /// Creates the folder and takes its lock, which the system gives back when the process ends, however it ends.
  /// @throws coset::Error when it cannot be created or another process trains in it.
  explicit RunFolder(const std::string& path);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::string& path() const { return path_; }
  bool holds_a_run() const;

 private:
  std::string path_;
  int lock_ = -1;
};

}  // namespace coset::train
