/// Every layer of nn against the laws of tests/laws/layer_laws.h: a line each.
#include "tests/laws/layer_laws.h"

#include "coset/nn/activation.h"
#include "coset/nn/dropout.h"
#include "coset/nn/fourier_activation.h"
#include "coset/nn/gate.h"
#include "coset/nn/graph/conv_message.h"
#include "coset/nn/graph/mlp_message.h"
#include "coset/nn/graph/tensor_product_conv.h"
#include "coset/nn/grid/fourier.h"
#include "coset/nn/grid/group_conv.h"
#include "coset/nn/grid/normalization.h"
#include "coset/nn/grid/scale_conv.h"
#include "coset/nn/grid/spline_conv.h"
#include "coset/nn/grid/steerable_conv.h"
#include "coset/nn/irreps/linear.h"
#include "coset/nn/irreps/normalization.h"
#include "coset/nn/irreps/o3_tensor_product.h"
#include "coset/nn/norm_activation.h"
#include "coset/nn/pooling.h"

namespace coset::laws {
namespace {

using field::Field;
using field::FieldType;
using rep::Irreps;

/// A layer that is called with its field alone.
template <class L, class... Arguments>
Built made(const FieldType& in, Arguments&&... arguments) {
  const auto layer = std::make_shared<L>(std::forward<Arguments>(arguments)...);
  return {layer, [layer](const Field& f) { return layer->forward(f); }, in};
}

/// A product of a field with itself.
template <class L, class... Arguments>
Built squared(const Irreps& in, Arguments&&... arguments) {
  const auto layer = std::make_shared<L>(std::forward<Arguments>(arguments)...);
  return {layer, [layer](const Field& f) { return layer->forward(f, f); }, in};
}

template <class L, class... Arguments>
Built convolution(Arguments&&... arguments) {
  const auto layer = std::make_shared<L>(std::forward<Arguments>(arguments)...);
  return {layer, [layer](const Field& f) { return layer->forward(f); }, layer->in()};
}

Built function(FieldType in, Layer run) {
  return {nullptr, std::move(run), std::move(in)};
}

const Irreps kMixed("2x0e+1x0o+2x1o+1x1e+1x2e");
const Irreps kHidden("3x0e+2x1o");

struct Edges {
  graph::Graph graph;
  nn::Attributes attributes;
  Tensor length;  // (E, 1)
};

Edges edges_of(const Tensor& positions) {
  Edges edges;
  edges.graph = graph::fully_connected_batch(1, positions.size(0));
  const Tensor relative = graph::edge_vectors(edges.graph, positions);
  edges.attributes = nn::make_attributes(edges.graph, relative, {}, 1, compute::HarmonicsNormalization::component);
  edges.length = relative.square().sum(1, true).sqrt();
  return edges;
}

/// A layer on graphs: the first vector of a node is its position.
Built on_graph(std::shared_ptr<torch::nn::Module> module, std::function<Field(const Field&, const Edges&)> layer) {
  const FieldType features = kHidden, in = Irreps("1x1o") + kHidden;
  const auto run = [=](const Field& f) {
    field::expect_type("laws::on_graph", in, f);
    return layer({features, f.data().narrow(1, 3, features.channels())}, edges_of(f.data().narrow(1, 0, 3)));
  };
  return {std::move(module), run, in};
}

template <class L, class... Arguments>
Built messages(Arguments&&... arguments) {
  const auto layer = std::make_shared<L>(std::forward<Arguments>(arguments)...);
  return on_graph(
      layer, [layer](const Field& f, const Edges& e) { return layer->forward(f, e.graph, e.attributes, e.length); });
}

nn::SteerableMlpMessage::Options message_options(nn::FeatureNorm norm) {
  return {kHidden, Irreps::spherical_harmonics(1), Irreps("1x0e"), norm};
}

Built product_conv() {
  const auto layer = std::make_shared<nn::TensorProductConv>(
      nn::TensorProductConv::Options{kHidden, Irreps::spherical_harmonics(1), kHidden, {.hidden = {8}}, 2.0});
  return on_graph(layer, [layer](const Field& f, const Edges& e) {
    return layer->forward(f, e.graph, e.attributes.edge, e.length.squeeze(1));
  });
}

Built instance_norm() {
  const auto layer = std::make_shared<nn::InstanceNorm>(kMixed);
  const auto run = [layer](const Field& f) { return layer->forward(f, at::zeros({f.data().size(0)}, at::kLong), 1); };
  return {layer, run, kMixed};
}

Built dropout(const FieldType& in) {
  const auto layer = std::make_shared<nn::Dropout>(0.3, in.on_grid() ? nn::DropoutUnit::map : nn::DropoutUnit::point);
  const auto run = [layer](const Field& f) {
    at::manual_seed(2);  // the same coins for both ways round the square
    return layer->forward(f);
  };
  return {layer, run, in};
}

FieldType mixed(const field::GridPtr& grid) {
  return {grid,
          {{rep::planar_irrep(*grid, 1), 1},
           {rep::trivial_representation(*grid), 1},
           {rep::regular_representation(*grid), 1}}};
}

const field::GridPtr kC4 = field::shared_grid("c4"), kD4 = field::shared_grid("d4"), kO = field::shared_grid("o"),
                     kScales = field::shared_grid("r+:3:1.414", 2);
const FieldType kRegular = FieldType::regular(kC4, 2), kFields = mixed(kD4);
const nn::GroupConvOptions kConv{.size = 3, .geometry = {.padding = 1}};
const nn::SplineConvOptions kSplines{.count = 3, .size = 5, .geometry = {.padding = 2}};
const nn::ScaleConvOptions kScaled{.basis = {.size = 5, .order = 2, .width = 0.6},
                                   .geometry = {.padding = 2, .mode = ops::PaddingMode::circular}};
const kernel::FibreSplines kTurns = kernel::dense_rotations(*kC4, 4);

INSTANTIATE_TEST_SUITE_P(
    Irreps, LayerLaws,
    ::testing::Values(
        LayerCase{"Linear", [] { return made<nn::Linear>(kMixed, kMixed, kMixed, nn::LinearOptions{.biases = true}); }},
        LayerCase{"TensorProduct",
                  [] { return squared<nn::FullyConnectedTensorProduct>(kMixed, kMixed, kMixed, kHidden); }},
        LayerCase{"O3TensorProduct", [] { return squared<nn::O3TensorProduct>(kHidden, kHidden, kHidden, kHidden); }},
        LayerCase{"O3TensorProductGate",
                  [] { return squared<nn::O3TensorProductGate>(kHidden, kHidden, kHidden, kHidden); }},
        LayerCase{"Gate",
                  [] {
                    return made<nn::Gate>(Irreps("5x0e+2x1o"), Irreps("3x0e"), Irreps("2x0e"), Irreps("2x1o"),
                                          nn::Gate::Options());
                  }},
        LayerCase{"NormActivation",
                  [] { return made<nn::NormActivation>(kMixed, kMixed, nn::NormActivationOptions{.bias = true}); }},
        LayerCase{.name = "FourierActivation",
                  .build =
                      [] {
                        return made<nn::FourierActivation>(
                            Irreps::spherical_harmonics(2), Irreps::spherical_harmonics(2),
                            nn::SphereActivationOptions{.activation = ops::Activation::tanh, .res_beta = 64});
                      },
                  .tolerance = 1e-4},
        LayerCase{"BatchNorm", [] { return made<nn::BatchNorm>(kMixed, kMixed); }},
        LayerCase{.name = "InstanceNorm", .build = instance_norm, .any_rows = false},
        LayerCase{.name = "Dropout", .build = [] { return dropout(kMixed); }, .any_type = true}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Graph, LayerLaws,
    ::testing::Values(
        LayerCase{.name = "MlpMessage",
                  .build = [] { return messages<nn::SteerableMlpMessage>(message_options(nn::FeatureNorm::none)); },
                  .any_rows = false},
        LayerCase{.name = "MlpMessageInstanceNorm",
                  .build = [] { return messages<nn::SteerableMlpMessage>(message_options(nn::FeatureNorm::instance)); },
                  .any_rows = false},
        LayerCase{.name = "MlpMessageBatchNorm",
                  .build = [] { return messages<nn::SteerableMlpMessage>(message_options(nn::FeatureNorm::batch)); },
                  .any_rows = false},
        LayerCase{.name = "ConvMessage",
                  .build =
                      [] {
                        return messages<nn::SteerableConvMessage>(kHidden, Irreps::spherical_harmonics(1),
                                                                  Irreps("1x0e"), nn::ConvKernel::linear);
                      },
                  .any_rows = false},
        LayerCase{.name = "ConvMessageNonlinear",
                  .build =
                      [] {
                        return messages<nn::SteerableConvMessage>(kHidden, Irreps::spherical_harmonics(1),
                                                                  Irreps("1x0e"), nn::ConvKernel::nonlinear);
                      },
                  .any_rows = false},
        LayerCase{.name = "TensorProductConv", .build = product_conv, .any_rows = false}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Grid, LayerLaws,
    ::testing::Values(
        LayerCase{"Lifting", [] { return convolution<nn::LiftingConv>(kC4, 2, 2, kConv); }},
        LayerCase{"Group", [] { return convolution<nn::GroupConv>(kC4, 2, 1, kConv); }},
        LayerCase{"Isotropic", [] { return convolution<nn::IsotropicConv>(kC4, 2, 2, kConv); }},
        LayerCase{.name = "Voxels", .build = [] { return convolution<nn::LiftingConv>(kO, 1, 1, kConv); }, .size = 3},
        LayerCase{"SplineLifting", [] { return convolution<nn::SplineLiftingConv>(kC4, 2, 1, kSplines); }},
        LayerCase{"SplineGroup", [] { return convolution<nn::SplineGroupConv>(kC4, 1, 2, kTurns, kSplines); }},
        LayerCase{.name = "Deformable",
                  .build = [] { return convolution<nn::DeformableSplineConv>(kC4, 1, 2, &kTurns, kSplines); },
                  .tolerance = kFused32},  // its tables began as float32
        LayerCase{"ScaleLifting", [] { return convolution<nn::ScaleLiftingConv>(kScales, 1, 2, kScaled); }},
        LayerCase{"ScaleGroup", [] { return convolution<nn::ScaleGroupConv>(kScales, 1, 2, kScaled); }},
        LayerCase{"Steerable",
                  [] {
                    return convolution<nn::SteerableConv>(
                        kFields, kFields, nn::SteerableConvOptions{.size = 3, .geometry = {.padding = 1}});
                  }},
        LayerCase{"BatchNorm", [] { return made<nn::FieldBatchNorm>(kFields, kFields); }},
        LayerCase{"InstanceNorm", [] { return made<nn::FieldInstanceNorm>(kFields, kFields); }},
        LayerCase{"LayerNorm", [] { return made<nn::FieldLayerNorm>(kFields, kFields); }},
        LayerCase{.name = "Gate", .build = [] { return convolution<nn::Gate>(kFields, ops::Activation::tanh); }},
        LayerCase{
            .name = "NormActivation",
            .build = [] { return made<nn::NormActivation>(kFields, kFields, nn::NormActivationOptions::threshold()); },
            .smooth = false},
        LayerCase{.name = "FourierActivation",
                  .build = [] { return convolution<nn::FourierActivation>(kD4, 2, 2, ops::Activation::tanh); }},
        LayerCase{.name = "Dropout", .build = [] { return dropout(kFields); }, .any_type = true}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Functions, LayerLaws,
    ::testing::Values(
        LayerCase{.name = "Activate",
                  .build =
                      [] {
                        return function(kRegular,
                                        [](const Field& f) { return nn::activate(f, ops::Activation::tanh); });
                      },
                  .any_type = true},
        LayerCase{
            .name = "ProjectMax",
            .build = [] { return function(kRegular, [](const Field& f) { return nn::project(f, nn::Pool::max); }); },
            .smooth = false,
            .any_type = true},
        LayerCase{
            .name = "SpatialMean",
            .build =
                [] { return function(kFields, [](const Field& f) { return nn::spatial_pool(f, nn::Pool::mean); }); },
            .size = 4,
            .any_type = true},
        LayerCase{
            .name = "SpatialMax",
            .build =
                [] { return function(kRegular, [](const Field& f) { return nn::spatial_pool(f, nn::Pool::max); }); },
            .size = 4,
            .smooth = false,
            .any_type = true},
        LayerCase{.name = "ToIrreps", .build = [] { return function(kRegular, nn::to_irreps); }, .any_type = true},
        LayerCase{"ToRegular", [] { return function(nn::fourier_type(kC4, 2, 2), nn::to_regular); }}),
    case_name);

}  // namespace
}  // namespace coset::laws
