#include "coset/train/run_folder.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coset/base/error.h"
#include "coset/train/loop.h"

namespace coset::train {

namespace fs = std::filesystem;

RunFolder::RunFolder(const std::string& path) : path_(path) {
  check(!path.empty(), "[train] expected a folder for the run");
  std::error_code error;
  fs::create_directories(path + "/checkpoints", error);
  check(!error, "cannot create the folder ", path, ": ", error.message());
  lock_ = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  check(lock_ >= 0, "cannot open the folder ", path, ": ", std::strerror(errno));
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const bool taken = errno == EWOULDBLOCK;
    const std::string reason = std::strerror(errno);
    close(lock_);
    fail(taken ? "another process is training in " : "cannot lock the folder ", path, taken ? "" : ": " + reason);
  }
}

RunFolder::~RunFolder() {
  close(lock_);
}

void RunFolder::expect_no_run() const {
  const std::string found = occupied_by(path_);
  if (found.empty()) return;
  const bool run = fs::exists(last_checkpoint(path_)) || fs::exists(path_ + "/metrics.jsonl");
  if (run) fail(path_, " already holds a run; resume it or choose another folder");
  fail(path_, " already holds ", found, ", which a run would replace; choose another folder");
}

std::string occupied_by(const std::string& folder) {
  for (const char* name : {"checkpoints", "metrics.jsonl", "config.yaml", "tensorboard", "model.safetensors",
                           "result.json", "certificate.json", "trajectories.json", "pictures", "report.html"}) {
    const fs::path place = fs::path(folder) / name;
    std::error_code error;
    const bool holds = fs::is_directory(place, error) ? !fs::is_empty(place, error) : fs::exists(place, error);
    if (holds) return name;
  }
  return "";
}

std::string claim_folder(const std::string& stem) {
  const fs::path parent = fs::path(stem).parent_path();
  std::error_code error;
  if (!parent.empty()) fs::create_directories(parent, error);
  for (int n = 1;; ++n) {
    const std::string folder = n == 1 ? stem : stem + "-" + std::to_string(n);
    if (::mkdir(folder.c_str(), 0777) == 0) return folder;
    check(errno == EEXIST, "cannot create the folder ", folder, ": ", std::strerror(errno));
  }
}

std::string last_checkpoint(const std::string& folder) {
  return folder + "/checkpoints/last.safetensors";
}
std::string best_checkpoint(const std::string& folder) {
  return folder + "/checkpoints/best.safetensors";
}

}  // namespace coset::train
