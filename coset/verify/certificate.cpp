#include "coset/verify/certificate.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace coset::verify {

Verdict Certificate::verdict() const {
  bool symmetries = false, within = true;
  for (const CertificateRow& row : rows) {
    symmetries = symmetries || row.symmetry != "batch";
    within = within && row.f32 <= tolerance_f32 && row.f64 <= tolerance_f64;
  }
  if (!within) return Verdict::broken;
  return symmetries ? Verdict::equivariant : Verdict::nothing_to_check;
}

std::string Certificate::to_json() const {
  using nlohmann::ordered_json;
  ordered_json f32 = ordered_json::object(), f64 = ordered_json::object(), elements = ordered_json::object();
  for (const CertificateRow& row : rows) {
    f32[row.symmetry] = row.f32;
    f64[row.symmetry] = row.f64;
    elements[row.symmetry] = row.elements;
  }
  ordered_json drawn = ordered_json::array();
  for (const Curve& curve : curves)
    drawn.push_back({{"name", curve.name}, {"caption", curve.caption}, {"points", curve.points}});
  ordered_json json{{"f32", f32},
                    {"f64", f64},
                    {"tolerance", {{"f32", tolerance_f32}, {"f64", tolerance_f64}}},
                    {"elements", elements},
                    {"not_checked", not_checked},
                    {"curves", drawn},
                    {"pass", nullptr}};
  if (verdict() != Verdict::nothing_to_check) json["pass"] = verdict() == Verdict::equivariant;
  return json.dump();
}

std::string Certificate::to_string() const {
  std::string text = fmt::format("{:<12} {:>10} {:>10}   largest relative error\n", "symmetry", "float32", "float64");
  for (const CertificateRow& row : rows)
    text += fmt::format("{:<12} {:>10.2e} {:>10.2e}   {} element{}\n", row.symmetry, row.f32, row.f64, row.elements,
                        row.elements == 1 ? "" : "s");
  text += fmt::format("{:<12} {:>10.2e} {:>10.2e}\n", "tolerance", tolerance_f32, tolerance_f64);
  for (const std::string& what : not_checked) text += "not checked: " + what + "\n";
  for (const Curve& curve : curves) {
    text += curve.caption + "\n";
    for (const auto& [value, error] : curve.points)
      text += fmt::format("  {:<10} {:>6g} {:>10.2e}\n", curve.name, value, error);
  }
  switch (verdict()) {
    case Verdict::equivariant:
      return text + "equivariant\n";
    case Verdict::broken:
      return text + "NOT equivariant\n";
    case Verdict::nothing_to_check:
      break;
  }
  return text + "nothing to check\n";
}

}  // namespace coset::verify
