#include "coset/model/image/networks.h"

#include <array>

#include "coset/base/error.h"

namespace coset::model {

std::span<const ImageModelKind> image_models() {
  static const std::array<ImageModelKind, 10> all{{
      {"z2cnn", "c4", false, "ordinary CNN, the control", build_z2cnn},
      {"p4cnn", "c4", true, "group convolutions, maximum over the group at the end", build_p4cnn},
      {"p4cnn_rp", "c4", true, "rotation pooling in every layer", build_p4cnn_rp},
      {"se2cnn", "c12", true, "two layers on SE(2,N), then an ordinary CNN", build_se2cnn},
      {"p4m_resnet", "d4", true, "residual network on rotations and reflections", build_p4m_resnet},
      {"orn", "c8", false, "active rotating filters, aligned orientations", build_orn},
      {"bspline", "c8", true, "B-spline kernels on SE(2)", build_bspline},
      {"sesn", "r+:4:1.26", true, "Hermite-Gauss kernels on scales", build_sesn},
      {"steerable_c16", "c16", true, "circular harmonics, regular fields of C16", build_steerable},
      {"steerable_d16", "d16", true, "the same on D16", build_steerable},
  }};
  return all;
}

const ImageModelKind& image_model(const std::string& name) {
  std::vector<std::string> names;
  for (const ImageModelKind& kind : image_models()) {
    if (kind.name == name) return kind;
    names.push_back(kind.name);
  }
  std::string list;
  for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
  const std::string nearest = nearest_word(name, names);
  fail("[model::image_model] expected one of ", list, "; received '", name, "'",
       nearest.empty() ? "" : "; did you mean '" + nearest + "'?");
}

ImageNetwork build_network(const ImageModelOptions& options) {
  const ImageModelKind& kind = image_model(options.model);
  check(options.preset == "narrow" || options.preset == "paper",
        "[model::build_network] expected the preset narrow or paper; received '", options.preset, "'");
  const std::string group = options.group.empty() ? kind.group : options.group;
  const bool scales = kind.group.rfind("r+", 0) == 0;
  const field::GridPtr grid = field::shared_grid(group, scales ? 2 : 0);
  check(grid->space == 2 && grid->closed() != scales, "[model::build_network] expected ",
        scales ? "a grid of scales" : "a finite group of the plane", " for the model ", kind.name, "; received ",
        grid->name);
  check(kind.any_group || grid->name == field::shared_grid(kind.group)->name,
        "[model::build_network] expected the group ", kind.group, " for the model ", kind.name, "; received ", group);
  return kind.build(options, grid);
}

void read_pooled(ImageNetwork& network, nn::PoolKind kind, std::shared_ptr<DenseHead> head) {
  network.head = head;
  network.readout = [kind, head](const field::RegularField& f) {
    const Tensor pooled = nn::global_pool(f, kind);
    return head ? head->forward(pooled) : pooled;
  };
}

}  // namespace coset::model
