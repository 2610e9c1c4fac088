#include "coset/deploy/state_dict.h"

#include "coset/base/error.h"

namespace coset::deploy {

const io::Array* StateDict::find(const std::string& key) const {
  for (const char* prefix : {"model.func.", "model.", "func.", ""})
    if (const auto found = arrays_.find(prefix + key); found != arrays_.end()) return &found->second;
  return nullptr;
}

const io::Array& StateDict::at(const std::string& key) const {
  const io::Array* found = find(key);
  check(found != nullptr, path_, ": expected a state dict with '", key, "'; it is missing");
  return *found;
}

}  // namespace coset::deploy
