#include "coset/train/run_folder.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
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

bool RunFolder::holds_a_run() const {
  return fs::exists(last_checkpoint(path_)) || fs::exists(path_ + "/metrics.jsonl");
}

std::string last_checkpoint(const std::string& folder) {
  return folder + "/checkpoints/last.safetensors";
}
std::string best_checkpoint(const std::string& folder) {
  return folder + "/checkpoints/best.safetensors";
}

}  // namespace coset::train
