#include "coset/ops/array.h"
#include "coset/verify/certificate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "coset/base/error.h"
#include "coset/base/random.h"
#include "coset/base/worse.h"
#include "coset/field/field.h"
#include "coset/rep/rotation.h"
#include "coset/verify/equivariance.h"

namespace coset::verify {

namespace {

using field::Action;
using field::Quantity;
using Quantities = std::vector<Quantity>;
using Matrix = std::array<double, 9>;  // row-major, orthogonal

constexpr std::array<double, 3> kSpans{1.0, 1e3, 1e6};

NamedValues cast(const NamedValues& values, at::ScalarType type) {
  NamedValues out;
  for (const auto& [name, value] : values) out[name] = value.is_floating_point() ? value.to(type) : value;
  return out;
}

/// `act` on every value that the quantities name; others stay.
template <class Act>
NamedValues moved(const Quantities& quantities, const NamedValues& values, const Act& act) {
  NamedValues out = values;
  for (const Quantity& quantity : quantities)
    if (const auto found = out.find(quantity.name); found != out.end()) found->second = act(quantity, found->second);
  return out;
}

bool turns(const Quantity& quantity) {
  return quantity.action != Action::invariant && quantity.action != Action::image;
}

Tensor rotate(const Quantity& quantity, const Tensor& x, const Matrix& matrix) {
  if (!turns(quantity)) return x;
  if (quantity.action == Action::direction) return field::Field(quantity.type, x).transform(matrix).data();
  const Tensor R = ops::real_tensor(matrix).view({3, 3}).to(x.scalar_type());
  const Tensor rows = at::matmul(x, R.t());
  return quantity.action == Action::stress ? at::matmul(R, rows) : rows;
}

/// Places of the axes called `symbol`.
std::vector<std::int64_t> axes_of(const Quantity& quantity, const std::string& symbol) {
  std::vector<std::int64_t> axes;
  for (std::size_t i = 0; i < quantity.shape.size(); ++i)
    if (quantity.shape[i] == symbol) axes.push_back(static_cast<std::int64_t>(i));
  return axes;
}

/// The size of a symbol in the example, 0 where no input has it.
std::int64_t size_of(const Signature& signature, const NamedValues& example, const std::string& symbol) {
  for (const Quantity& quantity : signature.inputs)
    for (const std::int64_t axis : axes_of(quantity, symbol)) return example.at(quantity.name).size(axis);
  return 0;
}

/// A random order of n >= 2 things that is not the order they have.
Tensor random_order(NumpyRandom& random, std::int64_t n) {
  std::vector<std::int64_t> order;
  do {
    order = random.permutation(n);
  } while (std::is_sorted(order.begin(), order.end()));
  return ops::index_tensor(order);
}

Tensor reordered(const Quantity& quantity, Tensor x, const std::string& symbol, const Tensor& order) {
  for (const std::int64_t axis : axes_of(quantity, symbol)) x = x.index_select(axis, order);
  return x;
}

/// The points of every example in an order of its own.
Tensor reordered_points(const Quantity& quantity, const Tensor& x, const std::vector<Tensor>& orders) {
  if (axes_of(quantity, "n").empty()) return x;
  if (quantity.shape.front() != "B") return reordered(quantity, x, "n", orders.front());
  std::vector<Tensor> parts;
  for (std::int64_t b = 0; b < x.size(0); ++b)
    parts.push_back(reordered(quantity, x.narrow(0, b, 1), "n", orders[static_cast<std::size_t>(b)]));
  return parts.empty() ? x : at::cat(parts);
}

/// Largest extent of the positions of an example along an axis, 1 where all coincide.
double extent(const Signature& signature, const NamedValues& example) {
  double span = 0.0;
  for (const Quantity& quantity : signature.inputs) {
    const Tensor& x = example.at(quantity.name);
    if (quantity.action != Action::position || x.numel() == 0) continue;
    for (const std::int64_t axis : axes_of(quantity, "n"))
      span = std::max(span, (x.amax(axis) - x.amin(axis)).max().item<double>());
  }
  return span > 0.0 ? span : 1.0;
}

bool any_input(const Signature& signature, bool (*wanted)(const Quantity&)) {
  return std::any_of(signature.inputs.begin(), signature.inputs.end(), wanted);
}

double largest_difference(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes()) return INFINITY;
  return a.numel() > 0 ? (a - b).abs().max().item<double>() : 0.0;
}

/// Runs every check in one precision. The same seed draws the same elements in both.
class Precision {
 public:
  using Map = std::function<NamedValues(const NamedValues&)>;

  Precision(const Map& map, const Signature& signature, NamedValues example, const CertificateOptions& options)
      : map_(map),
        signature_(signature),
        example_(std::move(example)),
        trials_(options.trials),
        random_(options.seed),
        answer_(map_(example_)) {}

  /// Rotations, or rotoinversions -R of other rotations R.
  double orthogonal(double sign) {
    double worst = 0.0;
    for (int t = 0; t < trials_; ++t) {
      Matrix R = rep::random_rotation(random_);
      for (double& entry : R) entry *= sign;
      const auto act = [&](const Quantity& quantity, const Tensor& x) { return rotate(quantity, x, R); };
      worst = worse(worst, error(act, answer_));
    }
    return worst;
  }

  double points(std::int64_t n) {
    const std::int64_t examples = std::max<std::int64_t>(1, size_of(signature_, example_, "B"));
    double worst = 0.0;
    for (int t = 0; t < trials_; ++t) {
      std::vector<Tensor> orders;
      for (std::int64_t b = 0; b < examples; ++b) orders.push_back(random_order(random_, n));
      const auto act = [&](const Quantity& quantity, const Tensor& x) { return reordered_points(quantity, x, orders); };
      worst = worse(worst, error(act, answer_));
    }
    return worst;
  }

  double batch(std::int64_t examples) {
    double worst = 0.0;
    for (int t = 0; t < trials_; ++t) {
      const Tensor order = random_order(random_, examples);
      const auto act = [&](const Quantity& quantity, const Tensor& x) { return reordered(quantity, x, "B", order); };
      worst = worse(worst, error(act, answer_));
    }
    return worst;
  }

  double lattice(std::int64_t h) {
    return error(
        [&](const Quantity& quantity, const Tensor& x) {
          return quantity.action == Action::image ? field::Field(quantity.type, x).transform(h).data() : x;
        },
        answer_);
  }

  /// `span` is that of the example; `tolerance` that of the row.
  double translation(double span, std::int64_t n, double tolerance) {
    double worst = 0.0;
    for (const double spans : kSpans)
      for (int t = 0; t < trials_; ++t) {
        const Matrix R = rep::random_rotation(random_);
        worst = worse(worst, translated({R[0] * spans * span, R[3] * spans * span, R[6] * spans * span}, n, tolerance));
      }
    return worst;
  }

 private:
  template <class Act>
  double error(const Act& act, const NamedValues& answer) const {
    const NamedValues found = map_(moved(signature_.inputs, example_, act));
    const NamedValues expected = moved(signature_.outputs, answer, act);
    double worst = 0.0;
    for (const Quantity& quantity : signature_.outputs)
      worst = worse(worst, relative_error(of(found, quantity).to(at::kDouble), of(expected, quantity).to(at::kDouble)));
    return worst;
  }

  static const Tensor& of(const NamedValues& values, const Quantity& quantity) {
    const auto found = values.find(quantity.name);
    check(found != values.end(), "[verify::certify] expected the output '", quantity.name, "'; received none");
    return found->second;
  }

  /// x + t rounds; x' = (x + t) - t does not (the difference of near numbers is exact), so f(x + t) is compared with
  /// f(x') + t. What rounding is left there is that of outputs at t and of means that the map takes there: as much as
  /// moving the input by its last digit at t moves the output, a few times over.
  double translated(const std::array<double, 3>& shift, std::int64_t n, double tolerance) const {
    const auto type = example_.at(position_input()).scalar_type();
    const Tensor t = ops::real_tensor(shift).to(type);
    const double digit = (type == at::kDouble ? 0x1p-52 : 0x1p-23) * t.abs().max().item<double>();
    const auto placed = [](const Tensor& vector) {
      return [vector](const Quantity& q, const Tensor& x) { return q.action == Action::position ? x + vector : x; };
    };
    const auto jittered = [digit](const Quantity& q, const Tensor& x) {
      return q.action == Action::position ? x + digit * at::arange(x.numel(), x.options()).cos().sign().view_as(x) : x;
    };
    const NamedValues far = moved(signature_.inputs, example_, placed(t));
    const NamedValues near = moved(signature_.inputs, far, placed(-t));
    const NamedValues at_far = map_(far), at_near = map_(near), beside = map_(moved(signature_.inputs, near, jittered));
    const double times = 2.0 + std::log2(std::max(1.0, static_cast<double>(n)));
    double worst = 0.0;
    for (const Quantity& quantity : signature_.outputs) {
      const Tensor found = of(at_far, quantity).to(at::kDouble), origin = of(at_near, quantity).to(at::kDouble);
      const Tensor expected = placed(t.to(at::kDouble))(quantity, origin);
      const double off = largest_difference(found, expected);
      const double sensitivity = largest_difference(of(beside, quantity).to(at::kDouble), origin);
      const double rounding = times * (digit + (std::isfinite(sensitivity) ? sensitivity : 0.0));
      const double size = origin.numel() > 0 ? origin.abs().max().item<double>() : 0.0;
      worst = worse(worst, off / (std::max(1.0, size) + rounding / tolerance));
    }
    return worst;
  }

  const std::string& position_input() const {
    for (const Quantity& quantity : signature_.inputs)
      if (quantity.action == Action::position) return quantity.name;
    fail("[verify::certify] expected an input that is a position");
  }

  const Map& map_;
  const Signature& signature_;
  NamedValues example_;
  int trials_;
  NumpyRandom random_;
  NamedValues answer_;
};

/// Both precisions of one map, and what became of each symmetry.
class Certifier {
 public:
  Certifier(const Precision::Map& map, const Signature& signature, const NamedValues& example,
            const CertificateOptions& options)
      : map_(map), signature_(signature), example_(example), options_(options) {}

  Certificate certify() {
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
      const NamedValues values = cast(example_, type);
      Precision precision(map_, signature_, values, options_);
      first_ = type == at::kFloat;
      tolerance_ = first_ ? made_.tolerance_f32 : made_.tolerance_f64;
      geometry(precision, values);
      pixels(precision);
      order(precision, values);
    }
    return std::move(made_);
  }

 private:
  void geometry(Precision& precision, const NamedValues& values) {
    const bool movable = any_input(signature_, turns);
    const char* missing = movable ? nullptr : "no input turns";
    if (!signature_.grid) {
      row("rotation", signature_.rotations, missing, options_.trials, [&] { return precision.orthogonal(1.0); });
      row("reflection", signature_.reflections, missing, options_.trials, [&] { return precision.orthogonal(-1.0); });
    }
    const bool placed = any_input(signature_, [](const Quantity& q) { return q.action == Action::position; });
    row("translation", signature_.translations, placed ? nullptr : "no input is a position",
        options_.trials * std::ssize(kSpans), [&] {
          return precision.translation(extent(signature_, values), size_of(signature_, values, "n"), tolerance_);
        });
  }

  /// All elements but the identity that move pixels onto pixels of a picture of the same shape.
  void pixels(Precision& precision) {
    if (!signature_.grid) return;
    const auto& grid = *signature_.grid;
    double worst[2] = {0.0, 0.0};
    std::int64_t count[2] = {0, 0}, off = 0;
    for (std::int64_t h = 0; h < grid.size; ++h) {
      if (grid.find(identity_matrix(grid.space)) == h) continue;
      if (!grid.on_lattice(h) || !keeps_shapes(h)) {
        ++off;
        continue;
      }
      const int mirror = grid.determinant(h) < 0.0 ? 1 : 0;
      worst[mirror] = worse(worst[mirror], precision.lattice(h));
      ++count[mirror];
    }
    if (count[0] > 0) row("rotation", true, nullptr, count[0], [&] { return worst[0]; });
    if (count[1] > 0) row("reflection", true, nullptr, count[1], [&] { return worst[1]; });
    if (off > 0)
      skip(fmt::format("{} of {} elements of {}: they do not move pixels onto pixels", off, grid.size, grid.name));
  }

  void order(Precision& precision, const NamedValues& values) {
    const std::int64_t n = size_of(signature_, values, "n"), examples = size_of(signature_, values, "B");
    row("permutation", signature_.permutations, n < 2 ? "the example has fewer than two points" : nullptr,
        options_.trials, [&] { return precision.points(n); });
    row("batch", true, examples < 2 ? "the example is not a batch of two or more" : nullptr, options_.trials,
        [&] { return precision.batch(examples); });
  }

  template <class Measure>
  void row(const std::string& symmetry, bool promised, const char* missing, std::int64_t elements,
           const Measure& measure) {
    if (!promised || missing != nullptr) return skip(symmetry + ": " + (promised ? missing : "not promised"));
    const double error = measure();
    auto& rows = made_.rows;
    if (first_)
      rows.push_back({symmetry, elements, error, 0.0});
    else
      std::find_if(rows.begin(), rows.end(), [&](const auto& known) { return known.symmetry == symmetry; })->f64 =
          error;
  }

  void skip(const std::string& what) {
    if (first_) made_.not_checked.push_back(what);
  }

  static std::vector<double> identity_matrix(int space) {
    std::vector<double> matrix(static_cast<std::size_t>(space * space), 0.0);
    for (int i = 0; i < space; ++i) matrix[static_cast<std::size_t>(i * (space + 1))] = 1.0;
    return matrix;
  }

  bool keeps_shapes(std::int64_t h) const {
    for (const Quantity& quantity : signature_.inputs) {
      const Tensor& x = example_.at(quantity.name);
      if (quantity.action == Action::image && field::move_pixels(*signature_.grid, h, x).sizes() != x.sizes())
        return false;
    }
    return true;
  }

  const Precision::Map& map_;
  const Signature& signature_;
  const NamedValues& example_;
  const CertificateOptions& options_;
  Certificate made_;
  bool first_ = true;
  double tolerance_ = 0.0;
};

}  // namespace

Certificate certify(const std::function<NamedValues(const NamedValues&)>& map, const Signature& signature,
                    const NamedValues& example, const CertificateOptions& options) {
  check(options.trials >= 1, "[verify::certify] expected at least one trial; received ", options.trials);
  field::expect_inputs("verify::certify", signature, example);
  const torch::NoGradGuard guard;
  return Certifier(map, signature, example, options).certify();
}

}  // namespace coset::verify
