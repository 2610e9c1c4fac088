/// Temporary arrays without a call to the allocator: each thread keeps the memory it once needed and hands it out in
/// stack order. Arrays live until their frame is destroyed and start on a cache line; they are not initialised.
#pragma once

#include <cstddef>
#include <cstdint>

namespace coset::compute {

class ScratchFrame {
 public:
  ScratchFrame();
  ~ScratchFrame();
  ScratchFrame& operator=(ScratchFrame&&) = delete;  // and so no copies

  template <class T>
  T* take(std::int64_t count) {
    return static_cast<T*>(bytes(static_cast<std::size_t>(count) * sizeof(T)));
  }

 private:
  void* bytes(std::size_t size);

  std::size_t chunk_;
  std::size_t used_;
};

/// Bytes that all threads hold; they never give any back.
std::size_t scratch_bytes();

}  // namespace coset::compute
