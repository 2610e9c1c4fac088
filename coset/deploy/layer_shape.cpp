#include "coset/deploy/layer_shape.h"

#include "coset/compute/padding.h"

namespace coset::deploy {

int RowShape::find(rep::Irrep irrep) const {
  for (std::size_t b = 0; b < blocks.size(); ++b)
    if (blocks[b].irrep == irrep) return static_cast<int>(b);
  return -1;
}

RowShape RowShape::plain(const rep::Irreps& irreps) {
  RowShape shape{irreps, padded(irreps), {}};
  for (std::size_t b = 0; b < irreps.size(); ++b)
    shape.parts.push_back({{static_cast<int>(b), Segment{0, irreps[b].mul, 0}}});
  return shape;
}

RowShape RowShape::gated(const rep::Irreps& irreps) {
  RowShape shape;
  shape.blocks = before_gate(irreps);
  const auto count = static_cast<int>(irreps.size());
  std::vector<rep::MulIrrep> stored;
  std::vector<std::pair<int, Segment>> scalars;
  std::int64_t from = 0;
  for (int g = 0; g < count; ++g) {
    const std::int64_t mul = irreps[static_cast<std::size_t>(g)].mul;
    stored.push_back({compute::padded(mul), irreps[0].irrep});
    scalars.emplace_back(g, Segment{from, mul, 0});
    from += mul;
  }
  shape.parts.push_back(std::move(scalars));
  for (int b = 1; b < count; ++b) {
    const auto& block = irreps[static_cast<std::size_t>(b)];
    stored.push_back({compute::padded(block.mul), block.irrep});
    shape.parts.push_back({{count - 1 + b, Segment{0, block.mul, 0}}});
  }
  shape.stored = rep::Irreps(std::move(stored));
  return shape;
}

LayerShape::LayerShape(const NetworkOptions& options, std::size_t t)
    : name("layers." + std::to_string(t) + "."),
      in(layer_input(options, t)),
      out(options.layers[t]),
      paths(message_paths(options, in, message_target(options, t))),
      messages(message_irreps(in, paths)),
      kept(options.correlation > 0 ? RowShape::plain(options.interaction) : RowShape::gated(out)),
      self(options.correlation > 0 ? RowShape::plain(out) : kept) {
  std::size_t path = 0;
  for (const auto& block : messages) {
    std::vector<Segment> segments;
    std::int64_t from = 0;
    std::int64_t to = 0;
    for (; path < paths.size() && paths[path].out == block.irrep; ++path) {
      const std::int64_t mul = in[static_cast<std::size_t>(paths[path].in)].mul;
      segments.push_back({from, mul, to});
      from += mul;
      to += compute::padded(mul);
    }
    message_segments.push_back(std::move(segments));
    message_sizes.push_back(to);
  }
}

void add_blocks(const RowShape& to, int in_block, std::size_t b, const compute::Matrix& m,
                const std::vector<Segment>& rows, std::int64_t padded_rows, std::vector<compute::BlockMatrix>& blocks) {
  for (const auto& [block, segment] : to.parts[b])
    blocks.push_back({in_block, block, place(m, rows, padded_rows, {segment}, compute::padded(segment.count))});
}

}  // namespace coset::deploy
