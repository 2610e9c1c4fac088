/// Where the channels of one layer lie: names and shapes of its tensors as files hold them, and their places in padded
/// rows.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "coset/compute/block_linear.h"
#include "coset/deploy/network_options.h"
#include "coset/deploy/weights.h"

namespace coset::deploy {

/// Rows as files see them (one block an irrep) and as they are stored: a block may be cut into several.
struct RowShape {
  rep::Irreps blocks;
  rep::Irreps stored;  ///< padded
  /// For each of `blocks`, the stored blocks that hold its channels: (stored block, channels).
  std::vector<std::vector<std::pair<int, Segment>>> parts;

  /// The block of an irrep, -1 where there is none.
  int find(rep::Irrep irrep) const;

  static RowShape plain(const rep::Irreps& irreps);
  /// Scalars, gates and gated blocks before a gate with output `irreps`.
  static RowShape gated(const rep::Irreps& irreps);
};

struct LayerShape {
  std::string name;  ///< "layers.0."
  rep::Irreps in, out;
  std::vector<MessagePath> paths;
  rep::Irreps messages;
  std::vector<std::vector<Segment>> message_segments;  ///< channels of each block of `messages`
  std::vector<std::int64_t> message_sizes;             ///< padded channels of each
  RowShape kept;                                       ///< what `down` gives
  RowShape self;                                       ///< what self-connections are added to

  LayerShape(const NetworkOptions& options, std::size_t t);
};

/// The blocks of `m` (rows of one in-block, columns of block `b` of `to`).
void add_blocks(const RowShape& to, int in_block, std::size_t b, const compute::Matrix& m,
                const std::vector<Segment>& rows, std::int64_t padded_rows, std::vector<compute::BlockMatrix>& blocks);

}  // namespace coset::deploy
