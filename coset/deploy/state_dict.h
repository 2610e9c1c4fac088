/// A PyTorch state dict exported as npz: numpy.savez(path, **{name: tensor.numpy()}).
#pragma once

#include <string>

#include "coset/deploy/convert_parts.h"
#include "coset/io/npz.h"

namespace coset::deploy {

/// Keys may stand behind "model.func.", "model." or "func.".
class StateDict {
 public:
  explicit StateDict(const std::string& path) : path_(path), arrays_(io::load_npz(path)) {}

  const io::Array* find(const std::string& key) const;
  /// @throws coset::Error naming the file and the key
  const io::Array& at(const std::string& key) const;
  FlatWeights flat(const std::string& key) const { return {at(key), where(key)}; }
  double number(const std::string& key) const { return at(key).as_doubles().at(0); }
  std::string where(const std::string& key) const { return path_ + ": '" + key + "'"; }

 private:
  std::string path_;
  io::Arrays arrays_;
};

}  // namespace coset::deploy
