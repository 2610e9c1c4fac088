#include "coset/compute/scatter.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/compute/parallel.h"

namespace coset::compute {

EdgeGroups group_edges(std::int64_t groups, std::span<const std::int64_t> key) {
  EdgeGroups out{std::vector<std::int64_t>(static_cast<std::size_t>(groups) + 1),
                 std::vector<std::int64_t>(key.size())};
  for (std::size_t e = 0; e < key.size(); ++e) {
    check(key[e] >= 0 && key[e] < groups, "[compute::group_edges] expected node numbers in 0 .. ", groups - 1,
          "; received ", key[e], " at edge ", e);
    ++out.start[static_cast<std::size_t>(key[e]) + 1];
  }
  for (std::size_t g = 1; g < out.start.size(); ++g) out.start[g] += out.start[g - 1];
  std::vector<std::int64_t> next(out.start.begin(), out.start.end() - 1);
  for (std::size_t e = 0; e < key.size(); ++e) {
    auto& slot = next[static_cast<std::size_t>(key[e])];
    out.edge[static_cast<std::size_t>(slot++)] = static_cast<std::int64_t>(e);
  }
  return out;
}

NodeRange task_nodes(const std::int64_t* start, std::int64_t nodes, std::int64_t task, std::int64_t tasks) {
  const std::int64_t edges = start[nodes];
  // Nodes count a little, so that a graph without edges is shared out as well.
  auto border = [&](std::int64_t t) {
    if (t == tasks) return nodes;
    const std::int64_t wanted = (8 * edges + nodes) * t / tasks;
    std::int64_t low = 0;
    std::int64_t high = nodes;
    while (low < high) {
      const std::int64_t middle = (low + high) / 2;
      if (8 * start[middle] + middle < wanted)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  };
  return {border(task), border(task + 1)};
}

template <class T>
void gather_rows(std::int64_t count, std::int64_t columns, const std::int64_t* index, const T* rows, T* out) {
  const ItemCost cost{2.0 + 0.1 * static_cast<double>(columns)};
  parallel_ranges(count, 256, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t e = begin; e < end; ++e) std::copy_n(rows + index[e] * columns, columns, out + e * columns);
  });
}

template <class T>
void segment_sum(std::int64_t segments, std::int64_t columns, const std::int64_t* start, const std::int64_t* order,
                 const T* values, T* out) {
  const double rows = segments > 0 ? static_cast<double>(start[segments]) / static_cast<double>(segments) : 0.0;
  const ItemCost cost{(1.0 + rows) * (2.0 + 0.1 * static_cast<double>(columns))};
  parallel_ranges(segments, 32, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t s = begin; s < end; ++s) {
      T* row = out + s * columns;
      std::fill_n(row, columns, T(0));
      for (std::int64_t p = start[s]; p < start[s + 1]; ++p) {
        const T* value = values + (order ? order[p] : p) * columns;
        for (std::int64_t c = 0; c < columns; ++c) row[c] += value[c];
      }
    }
  });
}

#define COSET_INSTANTIATE(T)                                                                   \
  template void gather_rows<T>(std::int64_t, std::int64_t, const std::int64_t*, const T*, T*); \
  template void segment_sum<T>(std::int64_t, std::int64_t, const std::int64_t*, const std::int64_t*, const T*, T*);
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute
