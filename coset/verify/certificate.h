/// A model's certificate, made from its signature: random elements of every symmetry it promises.
///
///   error(g) = max over outputs of |f(g x) - g f(x)| / max(1, max |g f(x)|)
///
/// Rotations and rotoinversions are Haar-random and drawn separately; translations are of 1, 1e3 and 1e6 times the
/// extent of the example (judged against the rounding of the input at that place); permutations are of the points and
/// of the batch; lattice elements of a grid are all tried. What the signature does not promise, or the example cannot
/// show, is listed as not checked. A certificate with nothing checked neither passes nor fails.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "coset/field/signature.h"

namespace coset::verify {

using field::NamedValues;
using field::Signature;

/// One symmetry: the largest error in each precision.
struct CertificateRow {
  std::string symmetry;  ///< "rotation", "reflection", "translation", "permutation", "batch", ...
  std::int64_t elements = 0;
  double f32 = 0.0, f64 = 0.0;
};

/// An optional measurement beside the verdict: an error against an angle, a scale, a size.
struct Curve {
  std::string name;                               ///< "degrees", "enlargement"
  std::string caption;                            ///< one sentence for people
  std::vector<std::pair<double, double>> points;  ///< (value, error)
};

enum class Verdict { equivariant, broken, nothing_to_check };

struct Certificate {
  std::vector<CertificateRow> rows;
  std::vector<std::string> not_checked;  ///< "reflection: not promised", ...
  std::vector<Curve> curves;
  double tolerance_f32 = 1e-5, tolerance_f64 = 1e-11;

  Verdict verdict() const;
  /// {"f32": {symmetry: error}, "f64": {...}, "tolerance": {...}, "not_checked": [...], "curves": [...], "pass": true}
  std::string to_json() const;
  std::string to_string() const;  ///< a table for people, with the verdict
};

struct CertificateOptions {
  int trials = 10;
  std::uint32_t seed = 1;
};

/// `map` computes in the element type of its input. Called with float32 and float64 copies of `example`.
Certificate certify(const std::function<NamedValues(const NamedValues&)>& map, const Signature& signature,
                    const NamedValues& example, const CertificateOptions& options = {});

/// The same for anything with signature(), forward(values) and to(type), as coset/model/model.h has.
template <class Model>
Certificate certify(Model& model, const NamedValues& example, const CertificateOptions& options = {}) {
  const auto map = [&model](const NamedValues& values) {
    for (const auto& [name, value] : values)
      if (value.is_floating_point()) {
        model.to(value.scalar_type());
        break;
      }
    return model.forward(values);
  };
  return certify(map, model.signature(), example, options);
}

}  // namespace coset::verify
