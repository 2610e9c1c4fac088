/// Objects made from text, kept by their text.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace coset::ops {

/// The last `most` objects asked for. Thread-safe; `make` may throw, and then nothing is kept.
template <class Object>
class PlanCache {
 public:
  using Pointer = std::shared_ptr<const Object>;

  explicit PlanCache(std::size_t most = 256) : most_(most) {}

  Pointer get(const std::string& text, const std::function<Object(const std::string&)>& make) {
    {
      const std::lock_guard lock(mutex_);
      if (const auto known = place_.find(text); known != place_.end()) {
        entries_.splice(entries_.begin(), entries_, known->second);
        return entries_.front().object;
      }
    }
    const auto object = std::make_shared<const Object>(make(text));  // outside the lock: it may take long
    const std::lock_guard lock(mutex_);
    if (const auto known = place_.find(text); known != place_.end()) return known->second->object;
    entries_.push_front({text, object});
    place_.emplace(entries_.front().text, entries_.begin());
    if (entries_.size() > most_) {
      place_.erase(entries_.back().text);
      entries_.pop_back();
    }
    return object;
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  struct Entry {
    std::string text;
    Pointer object;
  };

  std::size_t most_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  ///< the latest first
  std::unordered_map<std::string_view, typename std::list<Entry>::iterator> place_;
};

}  // namespace coset::ops
