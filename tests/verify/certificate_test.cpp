/// Certificates: maps that keep every symmetry, and for each symmetry one that breaks it.
#include "coset/verify/certificate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coset/base/error.h"

namespace coset::verify {
namespace {

using field::Action;
using field::NamedValues;
using field::Signature;

Signature clouds() {
  Signature signature;
  signature.inputs = {{.name = "x", .shape = {"B", "n", "3"}, .action = Action::position},
                      {.name = "v", .shape = {"B", "n", "3"}, .action = Action::direction, .type = rep::Irreps("1o")},
                      {.name = "q", .shape = {"B", "n"}}};
  signature.outputs = {{.name = "x", .shape = {"B", "n", "3"}, .action = Action::position},
                       {.name = "energy", .shape = {"B"}}};
  signature.rotations = signature.reflections = signature.translations = signature.permutations = true;
  return signature;
}

NamedValues example(std::int64_t batch = 3, std::int64_t points = 5) {
  at::manual_seed(4);
  return {
      {"x", at::randn({batch, points, 3})}, {"v", at::randn({batch, points, 3})}, {"q", at::randn({batch, points})}};
}

/// x + v + the attraction to the weighted centre, and its energy; `spoil` changes the positions that come out.
using Spoil = Tensor (*)(const Tensor& out, const Tensor& centred, const Tensor& v, const Tensor& q);

NamedValues attract(const NamedValues& in, Spoil spoil) {
  const Tensor &x = in.at("x"), &v = in.at("v"), &q = in.at("q");
  const Tensor centred = x - x.mean(1, true);
  const Tensor energy = (q * (centred * centred).sum(-1)).sum(1);
  const Tensor out = x + 0.1 * v + 0.1 * q.unsqueeze(-1) * centred;
  return {{"x", spoil ? spoil(out, centred, v, q) : out}, {"energy", energy}};
}

Certificate certificate_of(Spoil spoil, const NamedValues& values = example()) {
  return certify([&](const NamedValues& in) { return attract(in, spoil); }, clouds(), values);
}

/// The symmetries whose row is above tolerance, in order.
std::string broken(const Certificate& certificate) {
  std::string names;
  for (const CertificateRow& row : certificate.rows)
    if (!(row.f32 <= certificate.tolerance_f32 && row.f64 <= certificate.tolerance_f64))
      names += (names.empty() ? "" : " ") + row.symmetry;
  return names;
}

TEST(Certificate, AnEquivariantMapPasses) {
  const Certificate certificate = certificate_of(nullptr);
  EXPECT_EQ(broken(certificate), "") << certificate.to_string();
  EXPECT_EQ(certificate.verdict(), Verdict::equivariant);
  EXPECT_TRUE(certificate.not_checked.empty());
  ASSERT_EQ(certificate.rows.size(), 5U);
  EXPECT_NE(certificate.rows[0].f64, certificate.rows[1].f64) << "reflections turn by rotations of their own";
}

TEST(Certificate, EachSymmetryAloneIsCaughtWhenBroken) {
  EXPECT_EQ(broken(certificate_of([](auto& out, auto&, auto& v, auto&) {
              return out + 0.01 * v * at::tensor({1.0, 0.5, 1.0}, v.scalar_type());
            })),
            "rotation reflection");
  EXPECT_EQ(broken(certificate_of([](auto& out, auto& centred, auto& v, auto&) {
              return out + 0.01 * at::linalg_cross(centred, v, -1);
            })),
            "reflection");
  EXPECT_EQ(broken(certificate_of([](auto& out, auto&, auto&, auto&) { return 1.01 * out; })), "translation");
  EXPECT_EQ(broken(certificate_of([](auto& out, auto& centred, auto&, auto&) {
              return out + 0.01 * centred * at::arange(5, centred.options()).view({1, 5, 1});
            })),
            "permutation");
  EXPECT_EQ(broken(certificate_of(
                [](auto& out, auto& centred, auto&, auto& q) { return out + 0.01 * q[0].sum() * centred; })),
            "batch");
}

TEST(Certificate, RoundingToSinglePrecisionFarAwayIsCaught) {
  const Certificate certificate = certify(
      [](const NamedValues& in) {
        NamedValues rounded = in;
        rounded["x"] = in.at("x").to(at::kFloat).to(in.at("x").scalar_type());
        NamedValues out = attract(rounded, nullptr);
        out["x"] = in.at("x") + (out["x"] - rounded["x"]);
        return out;
      },
      clouds(), example());
  EXPECT_NE(broken(certificate).find("translation"), std::string::npos) << certificate.to_string();
  double off = 0.0;
  for (const CertificateRow& row : certificate.rows)
    if (row.symmetry == "translation") off = row.f64;
  EXPECT_GE(off, 100 * certificate.tolerance_f64);
}

TEST(Certificate, SaysWhatItDidNotCheck) {
  Signature signature = clouds();
  signature.reflections = false;
  const auto map = [](const NamedValues& in) { return attract(in, nullptr); };
  const Certificate small = certify(map, signature, example(1, 1));
  const std::vector<std::string> expected{"reflection: not promised",
                                          "permutation: the example has fewer than two points",
                                          "batch: the example is not a batch of two or more"};
  EXPECT_EQ(small.not_checked, expected);
  EXPECT_EQ(small.rows.size(), 2U);

  Signature blind;
  blind.inputs = {{.name = "q", .shape = {"B", "n"}}};
  blind.outputs = {{.name = "sum", .shape = {"B"}}};
  blind.rotations = blind.translations = true;
  const Certificate none = certify(
      [](const NamedValues& in) {
        return NamedValues{{"sum", in.at("q").sum(1)}};
      },
      blind, {{"q", at::randn({2, 3})}});
  EXPECT_EQ(none.verdict(), Verdict::nothing_to_check);
  EXPECT_NE(none.to_json().find("\"pass\":null"), std::string::npos);
  EXPECT_NE(none.to_string().find("nothing to check"), std::string::npos);
  EXPECT_EQ(none.not_checked.size(), 4U);
}

TEST(Certificate, CellsStressesAndIrrepsTurnToo) {
  Signature signature;
  signature.inputs = {{.name = "cell", .shape = {"B", "3", "3"}, .action = Action::cell},
                      {.name = "f", .shape = {"B", "6"}, .action = Action::direction, .type = rep::Irreps("1o+1e")}};
  signature.outputs = {{.name = "stress", .shape = {"B", "3", "3"}, .action = Action::stress},
                       {.name = "torque", .shape = {"B", "3"}, .action = Action::direction, .type = rep::Irreps("1e")}};
  signature.rotations = signature.reflections = true;
  const NamedValues values{{"cell", at::randn({2, 3, 3})}, {"f", at::randn({2, 6})}};
  const auto map = [](bool polar) {
    return [polar](const NamedValues& in) {
      const Tensor& cell = in.at("cell");
      const Tensor vector = in.at("f").narrow(-1, 0, 3), axial = in.at("f").narrow(-1, 3, 3);
      return NamedValues{{"stress", at::matmul(cell.transpose(-1, -2), cell)},
                         {"torque", at::linalg_cross(vector, cell.select(1, 0), -1) + (polar ? vector : axial)}};
    };
  };
  EXPECT_EQ(broken(certify(map(false), signature, values)), "");
  EXPECT_EQ(broken(certify(map(true), signature, values)), "reflection");
}

Signature pictures(const std::string& group) {
  Signature signature;
  signature.grid = field::shared_grid(group, 2);
  signature.inputs = {{.name = "images",
                       .shape = {"B", "1", "6", "6"},
                       .action = Action::image,
                       .type = field::FieldType::trivial(signature.grid, 1)}};
  signature.outputs = {{.name = "logits", .shape = {"B", "1"}}};
  return signature;
}

/// Mean over quarter turns of the square of what a template sees: no mirror keeps it unless the template has one.
NamedValues seen(const NamedValues& in, bool every_turn) {
  const Tensor& x = in.at("images");
  const Tensor pattern = at::arange(36, x.options()).view({6, 6}).sin();
  Tensor sum = at::zeros({x.size(0), 1}, x.options());
  for (int turn = 0; turn < (every_turn ? 4 : 1); ++turn)
    sum = sum + (x * at::rot90(pattern, turn, {0, 1})).sum({1, 2, 3}).square().unsqueeze(-1) / 36.0;
  return {{"logits", sum}};
}

TEST(Certificate, EveryLatticeElementOfAnImageIsTried) {
  const NamedValues values{{"images", at::randn({2, 1, 6, 6})}};
  const auto all = [](const NamedValues& in) { return seen(in, true); };
  const auto upright = [](const NamedValues& in) { return seen(in, false); };
  const Certificate c4 = certify(all, pictures("c4"), values);
  EXPECT_EQ(broken(c4), "") << c4.to_string();
  ASSERT_EQ(c4.rows.size(), 2U);
  EXPECT_EQ(c4.rows[0].symmetry, "rotation");
  EXPECT_EQ(c4.rows[0].elements, 3);
  EXPECT_EQ(broken(certify(all, pictures("d4"), values)), "reflection");
  EXPECT_EQ(broken(certify(upright, pictures("c4"), values)), "rotation");
  const Certificate c8 = certify(all, pictures("c8"), values);
  EXPECT_EQ(c8.not_checked.front(), "translation: not promised");
  EXPECT_EQ(c8.not_checked[1], "4 of 8 elements of C8: they do not move pixels onto pixels");
}

TEST(Certificate, JsonHoldsEveryRow) {
  Certificate certificate;
  certificate.rows = {{"rotation", 10, 1e-7, 1e-15}, {"batch", 2, 0.0, INFINITY}};
  certificate.curves = {{"degrees", "turned", {{15.0, 0.25}}}};
  EXPECT_EQ(certificate.to_json(),
            R"({"f32":{"rotation":1e-07,"batch":0.0},"f64":{"rotation":1e-15,"batch":null},)"
            R"("tolerance":{"f32":1e-05,"f64":1e-11},"elements":{"rotation":10,"batch":2},"not_checked":[],)"
            R"("curves":[{"name":"degrees","caption":"turned","points":[[15.0,0.25]]}],"pass":false})");
  certificate.rows.pop_back();
  EXPECT_NE(certificate.to_json().find("\"pass\":true"), std::string::npos);
}

TEST(Certificate, RefusesWhatTheSignatureDoesNotAllow) {
  const auto map = [](const NamedValues& in) { return attract(in, nullptr); };
  EXPECT_THROW(certify(map, clouds(), {{"x", at::randn({2, 5, 3})}}), Error);
  EXPECT_THROW(certify([](const NamedValues&) { return NamedValues{}; }, clouds(), example()), Error);
  EXPECT_THROW(certify(map, clouds(), example(), {.trials = 0}), Error);
}

}  // namespace
}  // namespace coset::verify
