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
  RunFolder& operator=(RunFolder&&) = delete;  // and so no copies

  const std::string& path() const { return path_; }
  /// @throws coset::Error when the folder holds a run, or anything of a run's names: it is somebody's, and training
  /// would replace it
  void expect_no_run() const;

 private:
  std::string path_;
  int lock_ = -1;
};

/// What stands in `folder` under a name that a run writes ("tensorboard", "result.json"), "" where nothing does; a folder
/// that does not exist holds nothing.
std::string occupied_by(const std::string& folder);

/// Makes STEM, or STEM-2, STEM-3, ..., whichever is free, with its parents: the folder that mkdir made is ours, however
/// many processes ask at once.
std::string claim_folder(const std::string& stem);

}  // namespace coset::train
