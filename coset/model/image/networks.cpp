#include "coset/model/image/networks.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "coset/base/error.h"
#include "coset/base/words.h"

namespace coset::model {
namespace {

template <std::int64_t kNarrow, std::int64_t kPaper>
std::int64_t fixed(bool paper, std::int64_t) {
  return paper ? kPaper : kNarrow;
}

/// 22 fields match the parameters of the P4CNN, 20 are the published ones.
std::int64_t z2cnn_width(bool paper, std::int64_t) {
  return paper ? 20 : 22;
}

/// 20 of the ordinary network, 20 / sqrt(N) on a group of N elements.
std::int64_t p4cnn_width(bool, std::int64_t order) {
  return std::llround(20.0 / std::sqrt(static_cast<double>(order)));
}

/// The published widths are for 16 elements. Another group keeps the parameters of the wide network, and of the narrow
/// one the channels: 30 epochs of rotated MNIST take half an hour on two cores.
std::int64_t steerable_width(bool paper, std::int64_t order) {
  const double ratio = static_cast<double>(order) / 16.0;
  return std::max<std::int64_t>(1, std::llround(paper ? 24.0 / std::sqrt(ratio) : 4.0 / ratio));
}

bool on_scales(const ImageModelKind& kind) {
  return kind.group.rfind("r+", 0) == 0;
}

}  // namespace

std::span<const ImageModelKind> image_models() {
  static const std::array<ImageModelKind, 10> all{{
      {"z2cnn", "c4", false, "ordinary CNN, the control", build_z2cnn, z2cnn_width},
      {"p4cnn", "c4", true, "group convolutions, maximum over the group at the end", build_p4cnn, p4cnn_width},
      {"p4cnn_rp", "c4", true, "rotation pooling in every layer", build_p4cnn_rp, fixed<20, 20>},
      {"se2cnn", "c12", true, "two layers on SE(2,N), then an ordinary CNN", build_se2cnn, fixed<4, 4>},
      {"p4m_resnet", "d4", true, "residual network on rotations and reflections", build_p4m_resnet, fixed<6, 25>},
      {"orn", "c8", false, "active rotating filters, aligned orientations", build_orn, fixed<5, 10>},
      {"bspline", "c8", true, "B-spline kernels on SE(2)", build_bspline, fixed<7, 14>},
      {"sesn", "r+:4:1.26", true, "Hermite-Gauss kernels on scales", build_sesn, fixed<8, 32>},
      {"steerable_c16", "c16", true, "circular harmonics, regular fields of C16", build_steerable, steerable_width},
      {"steerable_d16", "d16", true, "the same on D16", build_steerable, steerable_width},
  }};
  return all;
}

const ImageModelKind& image_model(const std::string& name) {
  std::vector<std::string> names;
  for (const ImageModelKind& kind : image_models()) {
    if (kind.name == name) return kind;
    names.push_back(kind.name);
  }
  unknown_word("model::image_model", name, names);
}

ImageModelOptions resolved(ImageModelOptions options) {
  const ImageModelKind& kind = image_model(options.model);
  check(options.preset == "narrow" || options.preset == "paper",
        "[model::resolved] expected the preset narrow or paper; received '", options.preset, "'");
  if (options.group.empty()) options.group = kind.group;
  if (options.width == 0) {
    const auto order = field::shared_grid(options.group, on_scales(kind) ? 2 : 0)->size;
    options.width = std::max<std::int64_t>(1, kind.width(options.preset == "paper", order));
  }
  return options;
}

ImageNetwork build_network(const ImageModelOptions& options) {
  const ImageModelKind& kind = image_model(options.model);
  const ImageModelOptions all = resolved(options);
  const bool scales = on_scales(kind);
  const field::GridPtr grid = field::shared_grid(all.group, scales ? 2 : 0);
  check(grid->space == 2 && grid->closed() != scales, "[model::build_network] expected ",
        scales ? "a grid of scales" : "a finite group of the plane", " for the model ", kind.name, "; received ",
        grid->name);
  check(kind.any_group || grid->name == field::shared_grid(kind.group)->name,
        "[model::build_network] expected the group ", kind.group, " for the model ", kind.name, "; received ",
        all.group);
  return kind.build(all, grid);
}

void read_pooled(ImageNetwork& network, nn::Pool kind, std::shared_ptr<DenseHead> head) {
  network.head = head;
  network.readout = [kind, head](const field::Field& f) {
    const Tensor pooled = nn::global_pool(f, kind);
    return head ? head->forward(pooled) : pooled;
  };
}

}  // namespace coset::model
