/// Data out of Python pickles and PyTorch archives, without Python: a reader that executes nothing.
///
/// A pickle is a program for a small stack machine that may name any Python function and call it. This reader runs the
/// machine on plain data only: None, bool, int, float, str, bytes, list, tuple, dict, set, ordered dict, torch tensors
/// and numpy arrays. Of the names of functions and classes a fixed table is known, each with a meaning that is built in
/// here; any other name is refused in one line that says it. Sizes and depth are bounded by the file.
/// Source: Python's pickletools (protocols 2 to 5), torch.serialization, numpy.core.multiarray.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "coset/io/array.h"

namespace coset::io {

struct PickleValue;
/// Values are shared where the pickle shares them, and never change once read.
using PickleRef = std::shared_ptr<const PickleValue>;

/// A list, tuple or set.
struct PickleSequence {
  std::vector<PickleRef> items;
};
/// A dict, in order.
struct PickleDict {
  std::vector<std::pair<PickleRef, PickleRef>> items;
};

/// A name that stands for itself: a function or class of the fixed table, a device, a type, a tensor's storage.
struct PickleName {
  std::string text;         ///< "torch.device"
  std::string detail = {};  ///< of a storage its key, of a numpy type its code ("<f4")
  std::string type = {};    ///< of a storage: the code of its values
};

struct PickleValue {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, PickleSequence, PickleDict, Array, PickleName>
      data;
  int depth = 0;        ///< of what it holds
  bool sealed = false;  ///< part of another value, no more to be changed

  /// The value of a text key of a dict; null when there is none or this is no dict.
  const PickleValue* find(const std::string& key) const;
  /// Data of that type, or null: get<double>().
  template <class T>
  const T* get() const {
    return std::get_if<T>(&data);
  }
  /// What it is, for messages: "a dict".
  const char* kind() const;
};

/// @param name  stands in error messages
/// @throws coset::Error "NAME: ..." on a damaged pickle, a name that is not data, or an archive's tensors (they need
/// read_torch_file)
PickleRef decode_pickle(std::span<const std::byte> bytes, const std::string& name);

/// The object in a file of torch.save (the zip format of PyTorch 1.6 and later); tensors become contiguous arrays,
/// whatever their strides, on whatever device they were. @throws coset::Error "PATH: ..."
PickleRef read_torch_file(const std::string& path);

}  // namespace coset::io
