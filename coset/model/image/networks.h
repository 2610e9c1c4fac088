/// The image classifiers: one builder each, all made of a chain of fields and a readout.
#pragma once

#include <span>

#include "coset/model/image/dense_head.h"
#include "coset/model/image/sequential.h"

namespace coset::model {

struct ImageModelOptions {
  std::string model = "p4cnn";
  std::string group = {};         ///< "" : the published one
  std::string preset = "narrow";  ///< narrow: trains in minutes; paper: the published widths
  /// Of the first layer, in fields; 0: the model's own. Later convolutions keep their ratio to it, but not the last one
  /// of bspline, nor dense heads.
  std::int64_t width = 0;
  std::int64_t size = 28;  ///< pixels per side of the images
  std::int64_t channels = 1;
  std::int64_t classes = 10;
};

/// What a builder returns. `readout` takes the chain's output to logits (B, classes); its modules are in `head`.
struct ImageNetwork {
  field::GridPtr symmetry;  ///< the group under which the logits must not change; controls name what they break
  std::int64_t canvas = 0;  ///< pixels per side that the chain expects; smaller images are padded
  std::shared_ptr<Sequential> chain;
  std::shared_ptr<torch::nn::Module> head;
  std::function<Tensor(const field::Field&)> readout;
};

/// One row of the table of models.
struct ImageModelKind {
  std::string name;
  std::string group;  ///< the published one
  bool any_group;     ///< other groups of the same kind (finite and planar, or scales) can be asked for
  std::string about;
  /// Takes resolved options.
  ImageNetwork (*build)(const ImageModelOptions& options, const field::GridPtr& group);
  /// Its own width, for the preset paper or narrow and a group of so many elements.
  std::int64_t (*width)(bool paper, std::int64_t order);
};

std::span<const ImageModelKind> image_models();
/// @throws coset::Error that names the nearest model
const ImageModelKind& image_model(const std::string& name);

/// The same with the group and the width that were left open filled in by the model's own. What is written into a model
/// file, so that the network stays what it was when a model's own group or width changes.
/// @throws coset::Error on an unknown model, group or preset
ImageModelOptions resolved(ImageModelOptions options);

/// Of resolved(options). @throws coset::Error on an unknown model, group or preset
ImageNetwork build_network(const ImageModelOptions& options);

/// max over fibre and space, then a dense head (or the pooled fields as logits, when `head` is empty).
void read_pooled(ImageNetwork& network, nn::Pool kind, std::shared_ptr<DenseHead> head);

// planar_networks.cpp
/// 3x3 kernels with so much padding where the group preserves the lattice, else 5x5 ones with one cell more, so that
/// the maps have the same sizes: a 3x3 disk holds too few cells for the angles between quarter turns. No bias.
nn::GroupConvOptions hidden_kernels(const group::GroupGrid& group, std::int64_t padding);
/// Seven layers: 3x3 x 6, batch norm, ReLU, pooling after the second, last 4x4. Cohen and Welling 2016
ImageNetwork build_z2cnn(const ImageModelOptions& options, const field::GridPtr& group);
ImageNetwork build_p4cnn(const ImageModelOptions& options, const field::GridPtr& group);
/// Lifts and projects in every layer: no map keeps its orientations.
ImageNetwork build_p4cnn_rp(const ImageModelOptions& options, const field::GridPtr& group);
/// Two layers on C12, then orientations merged into channels, which ends the equivariance. SE2CNN
ImageNetwork build_se2cnn(const ImageModelOptions& options, const field::GridPtr& group);
// resnet.cpp
/// ResNet of three stages on p4m. Cohen and Welling 2016
ImageNetwork build_p4m_resnet(const ImageModelOptions& options, const field::GridPtr& group);
// oriented_network.cpp
/// How the convolutions of an oriented response network are biased. Shared over the orientations (in batch norm's
/// shift) is equivariant; one number per orientation is what the released code has, and breaks the symmetry.
enum class Bias { shared, per_orientation };
/// Oriented response network, of resolved options. Source: Zhou et al., arXiv 1701.01833.
/// @param readout  what the dense head sees of a fibre: Pool::none, all of it, rolled so that its largest entry comes
///                 first (ORAlign); Pool::max, that entry alone (ORPool)
ImageNetwork oriented_network(const ImageModelOptions& options, const field::GridPtr& group, Bias bias,
                              nn::Pool readout = nn::Pool::none);
/// The one of the table of models: shared, aligned.
ImageNetwork build_orn(const ImageModelOptions& options, const field::GridPtr& group);

// continuous_networks.cpp
/// B-spline kernels on the Lie algebra of SE(2). Bekkers 2020
ImageNetwork build_bspline(const ImageModelOptions& options, const field::GridPtr& group);
/// Hermite-Gauss kernels on scales: no element of the group is exact on pixels. Sosnovik et al. 2020
ImageNetwork build_sesn(const ImageModelOptions& options, const field::GridPtr& scales);
/// Circular-harmonic kernels, regular fields. Weiler and Cesa 2019
ImageNetwork build_steerable(const ImageModelOptions& options, const field::GridPtr& group);

}  // namespace coset::model
