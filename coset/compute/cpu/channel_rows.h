/// Feature rows as the kernels want them: blocks of equal irreps joined, channels side by side and padded.
///
///
///   public row   [block][mul][2l+1]  or, with channels inside,  [block][2l+1][mul]
///   channel row  [group][2l+1][mul, padded to kLanePadding]
#pragma once

#include <cstdint>
#include <vector>

#include "coset/compute/cpu/row_kernels.h"
#include "coset/rep/irreps.h"

namespace coset::compute {

struct ChannelGroup {
  rep::Irrep irrep;
  std::int64_t mul = 0;     ///< of all joined blocks
  std::int64_t offset = 0;  ///< start in a channel row
  std::int64_t stride = 0;  ///< elements from one component to the next
  std::int64_t dim() const { return irrep.dim(); }
};

struct BlockPlace {
  std::int64_t column = 0;  ///< start in a public row
  std::int64_t mul = 0;
  std::int64_t dim = 0;
  std::size_t group = 0;
  std::int64_t first = 0;  ///< first channel within the group
};

struct ChannelLayout {
  std::vector<ChannelGroup> groups;  ///< distinct irreps in order of first appearance
  std::vector<BlockPlace> blocks;    ///< one per block of the irreps, empty ones included
  std::int64_t size = 0;             ///< of a channel row
  std::int64_t public_size = 0;

  std::int64_t find(rep::Irrep irrep) const;  ///< group number, -1 when absent
};
ChannelLayout make_channel_layout(const rep::Irreps& irreps);

/// A range of blocks that stands in a public row of its own.
struct RowPart {
  std::size_t first_block = 0;
  std::size_t end_block = 0;
  std::int64_t columns = 0;  ///< length of the part's public row
};

template <class T>
void load_part(const ChannelLayout& layout, const RowPart& part, std::int64_t rows, const T* from, bool channels_inside,
               T* to);
template <class T>
void store_part(const ChannelLayout& layout, const RowPart& part, std::int64_t rows, const T* from,
                bool channels_inside, T* to, bool accumulate);

}  // namespace coset::compute
