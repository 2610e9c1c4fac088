#include "coset/model/segnn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "coset/base/error.h"
#include "coset/compute/kernel_report.h"
#include "coset/model/balanced_irreps.h"
#include "coset/model/nbody_model.h"
#include "coset/verify/equivariance.h"
#include "coset/verify/gradient_check.h"
#include "tests/golden/tensors.h"
#include "tests/laws/tolerance.h"

namespace coset::model {
namespace {

using rep::Irreps;

TEST(Segnn, ParameterCountsArePublished) {
  const auto count = [](const char* variant) {
    return count_parameters(NBodyModel(published_nbody_options(parse_segnn_variant(variant))));
  };
  EXPECT_EQ(count("segnn"), 147424);
  EXPECT_EQ(count("segnn_g"), 147424);
  EXPECT_EQ(count("se_linear"), 97800);
  EXPECT_EQ(count("se_nonlinear"), 81888);
  NBodyModelOptions linear11 = published_nbody_options(SegnnVariant::se_linear);
  linear11.lmax_hidden = linear11.lmax_attribute = 1;
  EXPECT_EQ(count_parameters(NBodyModel(linear11)), 88600);
}

TEST(Segnn, ParameterCountsOnQm9ArePublished) {
  for (const auto& [lh, la, expected] : {std::tuple{0, 0, 744833}, {1, 2, 998761}, {2, 3, 1033525}, {1, 1, 1039233}}) {
    SegnnOptions options;
    options.in = Irreps("5x0e");
    options.out = options.edge_scalars = Irreps("1x0e");
    options.lmax_hidden = lh;
    options.lmax_attribute = la;
    options.width = 128;
    options.layers = 7;
    options.norm = nn::FeatureNorm::instance;
    options.pool = nn::Pool::mean;
    EXPECT_EQ(count_parameters(Segnn(options)), expected) << lh << la;
  }
}

TEST(Segnn, HiddenIrreps) {
  const auto sh = [](int l) { return Irreps::spherical_harmonics(l); };
  EXPECT_EQ(weight_balanced_irreps(64, sh(1), 1).to_string(), "32x0e+32x1o");
  EXPECT_EQ(weight_balanced_irreps(128, sh(2), 1).to_string(), "58x0e+58x1o");
  EXPECT_EQ(weight_balanced_irreps(128, sh(3), 2).to_string(), "36x0e+36x1o+36x2e");
  EXPECT_EQ(weight_balanced_irreps(80, sh(2), 2).to_string(), "25x0e+25x1o+25x2e");
  EXPECT_EQ(balanced_irreps(1, 64).to_string(), "34x0e+10x1o");
}

/// Copies the reference implementation's parameters into ours: its names, e3nn's flat weight order.
void load_reference(Segnn& network, const golden::Tensors& golden, const std::string& prefix) {
  torch::NoGradGuard guard;
  network.to(at::kDouble);
  const std::vector<std::pair<std::string, std::string>> rules{
      {"embed", "embedding_layer"}, {"message", "message_layer_"}, {"update", "update_layer_"},
      {"layer0", "layers.0"},       {"layer1", "layers.1"},        {"pre", "pre_pool"},
      {"post", "post_pool"},        {".norm.", ".feature_norm."}};
  for (auto& item : network.named_parameters()) {
    if (item.value().numel() == 0) continue;
    std::string name = item.key();
    for (const auto& [ours, theirs] : rules)
      if (const auto at = name.find(ours); at != std::string::npos) name.replace(at, ours.size(), theirs);
    if (const auto at = name.find(".product"); at != std::string::npos) name.erase(at, 8);
    const bool normalisation = name.find("feature_norm") != std::string::npos;
    if (!normalisation) {
      const auto dot = name.rfind('.');
      name = name.substr(0, dot) + (name.substr(dot) == ".bias" ? ".biases" : ".tp.weight");
    }
    item.value().copy_(golden(prefix + "_p_" + name));
  }
}

void expect_reference(const std::string& prefix, SegnnOptions options) {
  const golden::Tensors golden("segnn.npz");
  options.in = Irreps("2x1o+1x0e");
  options.edge_scalars = Irreps("2x0e");
  options.lmax_hidden = options.lmax_attribute = 2;
  options.width = 13;  // 4 copies of 0e+1o+2e: 11 paths, 11 * 16 >= 169
  options.layers = 2;
  Segnn network(options);
  ASSERT_EQ(network.hidden().to_string(), "4x0e+4x1o+4x2e");
  load_reference(network, golden, prefix);
  // The reference lists edges in its own order; ours are sorted by receiver.
  const Tensor edges = golden(prefix + "_in_edge_index");
  const Tensor order = std::get<1>(at::sort(edges[1], /*stable=*/true, 0, false));
  neighbour::NeighbourList list;
  for (std::int64_t e = 0; e < order.size(0); ++e) {
    list.sender.push_back(edges[0][order[e]].item<std::int64_t>());
    list.receiver.push_back(edges[1][order[e]].item<std::int64_t>());
    list.shift.push_back({});
  }
  graph::Graph graph = graph::make_graph(8, list);
  graph.graph_of_node = golden(prefix + "_in_batch");
  graph.num_graphs = graph.graph_of_node.max().item<std::int64_t>() + 1;
  Tensor node = golden(prefix + "_in_node_attr").clone();
  node.select(1, 0).fill_(1.0);
  const Irreps attribute = Irreps::spherical_harmonics(2);
  const nn::Attributes attributes{{attribute, golden(prefix + "_in_edge_attr").index_select(0, order)},
                                  {attribute, node}};
  const auto out = network.forward({options.in, golden(prefix + "_in_x")}, graph, attributes,
                                   golden(prefix + "_in_amf").index_select(0, order));
  EXPECT_LE(verify::relative_error(out.data(), golden(prefix + "_out")), laws::kGolden64);
}

TEST(Segnn, NodeTaskMatchesTheReferenceImplementation) {
  SegnnOptions options;
  options.out = Irreps("1x1o");
  expect_reference("segnn_node", options);
}

TEST(Segnn, GraphTaskMatchesTheReferenceImplementation) {
  SegnnOptions options;
  options.out = Irreps("1x0e");
  options.norm = nn::FeatureNorm::instance;
  options.pool = nn::Pool::mean;
  expect_reference("segnn_graph", options);
}

TEST(Segnn, UnknownVariantNamesTheNearest) {
  try {
    parse_segnn_variant("segn");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'segnn'"), std::string::npos);
  }
}

NBodyBatch random_batch(std::int64_t systems, std::int64_t particles) {
  at::manual_seed(8);
  const auto f64 = at::TensorOptions(at::kDouble);
  return {at::randn({systems, particles, 3}, f64), at::randn({systems, particles, 3}, f64),
          at::randn({systems, particles}, f64).sign()};
}

TEST(NBodyModel, EveryVariantIsEquivariant) {
  for (const char* variant : {"segnn", "segnn_g", "se_linear", "se_nonlinear"}) {
    NBodyModelOptions options = published_nbody_options(parse_segnn_variant(variant));
    options.width = 12;
    NBodyModel model(options);
    const verify::Certificate certificate = certify(model, random_batch(3, 5).values(), {.trials = 3});
    EXPECT_EQ(certificate.rows.size(), 5U);
    for (const auto& row : certificate.rows) {
      EXPECT_LE(row.f32, laws::kEquivariance32) << variant << " " << row.symmetry;
      EXPECT_LE(row.f64, laws::kEquivariance64) << variant << " " << row.symmetry;
    }
    EXPECT_TRUE(certificate.not_checked.empty());
  }
}

// Positions are float64 in files; where the weights are float32 the centre must go before the rounding does.
TEST(NBodyModel, FarFromTheOriginNothingIsLost) {
  NBodyModelOptions options = published_nbody_options(SegnnVariant::segnn);
  options.width = 12;
  NBodyModel model(options);
  const NBodyBatch b = random_batch(3, 5);
  const Tensor here = predict(model, b.values()).at("positions");
  EXPECT_EQ(here.scalar_type(), at::kDouble);
  for (const double length : {1e1, 1e4, 1e7}) {
    const Tensor shift = at::tensor({1.0, -0.7, 0.3}, at::kDouble) * length;
    const Tensor there =
        predict(model, {{"positions", b.positions + shift}, {"velocities", b.velocities}, {"charges", b.charges}})
            .at("positions");
    EXPECT_LE(((there - shift) - here).abs().max().item<double>(), 1e-6 + 1e-15 * length) << length;
  }
}

/// The N-body model with another node feature than the centred position; everything else reads differences only.
std::map<std::string, double> errors_with_centring(const std::function<Tensor(const Tensor&)>& centre,
                                                   bool along_diagonal) {
  NBodyModel published(published_nbody_options(SegnnVariant::segnn));
  Segnn network(published.network().options());
  network.to(at::kDouble);
  const auto map = [&](const NBodyBatch& c) {
    network.to(c.positions.scalar_type());
    const graph::Graph graph = graph::fully_connected_batch(c.positions.size(0), c.positions.size(1));
    const Tensor x = c.positions.reshape({-1, 3}), v = c.velocities.reshape({-1, 3}), q = c.charges.reshape({-1, 1});
    const Tensor relative = graph::edge_vectors(graph, x);
    const Tensor charges = q.index_select(0, graph.edges.sender) * q.index_select(0, graph.edges.receiver);
    const auto attributes = nn::make_attributes(graph, relative, v, published.options().lmax_attribute,
                                                compute::HarmonicsNormalization::integral);
    const Tensor features = at::cat({centre(c.positions).reshape({-1, 3}), v, v.norm(2, -1, true)}, 1);
    const Tensor scalars = at::cat({relative.norm(2, -1, true), charges}, 1);
    return c.positions +
           network.forward({network.options().in, features}, graph, attributes, scalars).data().view_as(c.positions);
  };
  const NBodyBatch b = random_batch(3, 5);
  std::map<std::string, double> errors;
  if (along_diagonal) {
    torch::NoGradGuard guard;
    errors["translation"] = verify::relative_error(map({b.positions + 0.5, b.velocities, b.charges}), map(b) + 0.5);
    return errors;
  }
  const auto named = [&](const NamedValues& in) {
    return NamedValues{{"positions", map({in.at("positions"), in.at("velocities"), in.at("charges")})}};
  };
  for (const auto& row : verify::certify(named, published.signature(), b.values(), {.trials = 5}).rows)
    errors[row.symmetry] = row.f64;
  return errors;
}

// Position features measured from the graph's mean know no origin. As they are, they know it: translations break and
// nothing else. The released reference code subtracts each particle's mean over its own x, y, z, which projects on the
// plane orthogonal to (1, 1, 1): rotations and reflections break, and so do all translations but those along (1, 1, 1).
TEST(NBodyModel, OtherCentringsBreakTranslationsOrRotations) {
  constexpr double kBroken = laws::kControlFactor * laws::kEquivariance64;
  const auto graph_mean = [](const Tensor& x) { return x - x.mean(1, true); };
  for (const auto& [symmetry, error] : errors_with_centring(graph_mean, false))
    EXPECT_LE(error, laws::kEquivariance64) << symmetry;

  auto as_they_are = errors_with_centring([](const Tensor& x) { return x; }, false);
  EXPECT_GE(as_they_are["translation"], kBroken);
  EXPECT_LE(std::max({as_they_are["rotation"], as_they_are["reflection"], as_they_are["permutation"]}),
            laws::kEquivariance64);

  const auto own_mean = [](const Tensor& x) { return x - x.mean(2, true); };
  auto reference = errors_with_centring(own_mean, false);
  EXPECT_GE(std::min({reference["rotation"], reference["reflection"], reference["translation"]}), kBroken);
  EXPECT_LE(reference["permutation"], laws::kEquivariance64);
  EXPECT_LE(errors_with_centring(own_mean, true)["translation"], laws::kEquivariance64);
}

TEST(NBodyModel, RunsOnTheFusedKernels) {
  const NBodyModel model(published_nbody_options(SegnnVariant::segnn));
  for (const auto& [layer, route] : model.network().routes())
    EXPECT_EQ(route.find("reference"), std::string::npos) << layer;
}

/// Forces of a pooled energy, and a network whose layers share attributes: d/dx and d/dx d/dx against differences.
TEST(Segnn, DerivativesInPositionsToSecondOrder) {
  NBodyModelOptions options;
  options.width = 6;
  options.layers = 2;
  for (const char* variant : {"segnn", "se_linear", "se_nonlinear"}) {
    options.variant = parse_segnn_variant(variant);
    NBodyModel model(options);
    model.to(at::kDouble);
    const NBodyBatch b = random_batch(1, 3);
    const auto errors = verify::gradient_errors(
        [&](const std::vector<Tensor>& in) {
          return model.forward({in[0], in[1], b.charges});
        },
        {b.positions, b.velocities});
    EXPECT_LE(errors.first, laws::kGradient) << variant;
    EXPECT_LE(errors.second, laws::kGradient) << variant;
  }
  for (const auto norm : {nn::FeatureNorm::none, nn::FeatureNorm::instance, nn::FeatureNorm::batch}) {
    SegnnOptions segnn;
    segnn.in = Irreps("2x0e");
    segnn.out = segnn.edge_scalars = Irreps("1x0e");
    segnn.width = 6;
    segnn.layers = 2;
    segnn.norm = norm;
    segnn.pool = nn::Pool::mean;
    Segnn network(segnn);
    network.to(at::kDouble);
    const graph::Graph graph = graph::fully_connected_batch(2, 3);
    at::manual_seed(9);
    const Tensor features = at::randn({6, 2}, at::kDouble);
    const auto energy = [&](const std::vector<Tensor>& in) {
      const Tensor relative = graph::edge_vectors(graph, in[0]);
      const auto attributes = nn::make_attributes(graph, relative, {}, 1, compute::HarmonicsNormalization::component);
      return network.forward({segnn.in, features}, graph, attributes, relative.square().sum(1, true)).data();
    };
    const auto errors = verify::gradient_errors(energy, {at::randn({6, 3}, at::kDouble)});
    EXPECT_LE(errors.first, laws::kGradient) << static_cast<int>(norm);
    EXPECT_LE(errors.second, laws::kGradient) << static_cast<int>(norm);
  }
}

void compare_routes(SegnnVariant variant, compute::Kernel kernel) {
  at::manual_seed(8);
  NBodyModel model(published_nbody_options(variant));
  model.to(at::kDouble);
  const NBodyBatch batch = random_batch(3, 5);
  const auto run = [&](bool reference) {
    std::optional<compute::ReferenceRoute> route;
    if (reference) route.emplace();
    const auto fused = compute::kernel_calls(kernel);
    const auto loops = compute::kernel_calls(compute::Kernel::product_reference);
    model.zero_grad();
    const Tensor out = model.forward(batch);
    out.square().sum().backward();
    EXPECT_EQ(compute::kernel_calls(kernel) == fused, reference);
    EXPECT_EQ(compute::kernel_calls(compute::Kernel::product_reference) > loops, reference);
    std::vector<Tensor> all{out.detach()};
    for (const Tensor& p : model.parameters()) all.push_back(p.grad().clone());
    return all;
  };
  const auto fused = run(false), reference = run(true);
  for (std::size_t i = 0; i < fused.size(); ++i)
    EXPECT_LE(verify::relative_error(fused[i], reference[i]), laws::kFused64) << i;
}

TEST(NBodyModel, FusedEqualsTheReferenceRouteInValueAndGradients) {
  compare_routes(SegnnVariant::segnn, compute::Kernel::gated_message);
  compare_routes(SegnnVariant::se_linear, compute::Kernel::conv_channelwise);
}

TEST(NBodyModel, SmallAndEmptySystemsAreValid) {
  NBodyModel model(published_nbody_options(SegnnVariant::segnn));
  model.to(at::kDouble);
  for (const auto& [systems, particles] : {std::pair{0, 5}, {2, 1}, {1, 0}, {3, 2}}) {
    const Tensor out = model.forward(random_batch(systems, particles));
    EXPECT_EQ(out.sizes(), at::IntArrayRef({systems, particles, 3}));
    EXPECT_TRUE(at::isfinite(out).all().item<bool>());
  }
  NBodyBatch bad = random_batch(2, 5);
  bad.charges = bad.charges.slice(1, 1);
  EXPECT_THROW(model.forward(bad), Error);
}

}  // namespace
}  // namespace coset::model
