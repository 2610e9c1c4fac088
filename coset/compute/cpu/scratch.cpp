#include "coset/compute/cpu/scratch.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>
#include <vector>

namespace coset::compute {

namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kSmallestChunk = std::size_t{1} << 18;

std::atomic<std::size_t> held{0};

struct Release {
  void operator()(std::byte* memory) const { ::operator delete (memory, std::align_val_t{kLine}); }
};

struct Chunk {
  std::unique_ptr<std::byte, Release> memory;
  std::size_t size;
};

struct Arena {
  std::vector<Chunk> chunks;
  std::size_t chunk = 0;
  std::size_t used = 0;

  ~Arena() {
    for (const Chunk& c : chunks) held -= c.size;
  }
};

thread_local Arena arena;

}  // namespace

ScratchFrame::ScratchFrame() : chunk_(arena.chunk), used_(arena.used) {}

ScratchFrame::~ScratchFrame() {
  arena.chunk = chunk_;
  arena.used = used_;
}

void* ScratchFrame::bytes(std::size_t size) {
  size = (size + kLine - 1) / kLine * kLine;
  while (arena.chunk < arena.chunks.size() && arena.used + size > arena.chunks[arena.chunk].size) {
    ++arena.chunk;
    arena.used = 0;
  }
  if (arena.chunk == arena.chunks.size()) {
    const std::size_t chunk = std::max({size, kSmallestChunk, arena.chunks.empty() ? 0 : 2 * arena.chunks.back().size});
    auto* memory = static_cast<std::byte*>(::operator new (chunk, std::align_val_t{kLine}));
    arena.chunks.push_back({std::unique_ptr<std::byte, Release>(memory), chunk});
    arena.used = 0;
    held += chunk;
  }
  std::byte* start = arena.chunks[arena.chunk].memory.get() + arena.used;
  arena.used += size;
  return start;
}

std::size_t scratch_bytes() {
  return held;
}

}  // namespace coset::compute
