#include "coset/compute/gate.h"

#include <cmath>

#include "coset/compute/parallel.h"
#include "coset/rep/tensor_product_plan.h"

namespace coset::compute {

namespace {

constexpr std::int64_t kRowsPerBlock = 64;

template <class T>
T sigmoid(T t) {
  return T(1) / (T(1) + std::exp(-t));
}

/// Value and first two derivatives of sigmoid and of silu(t) = t sigmoid(t).
template <class T>
struct Activation {
  T value, first, second;
};

template <class T>
Activation<T> sigmoid_at(T t) {
  const T s = sigmoid(t);
  const T d = s * (T(1) - s);
  return {s, d, d * (T(1) - T(2) * s)};
}

template <class T>
Activation<T> silu_at(T t) {
  const auto s = sigmoid_at(t);
  return {t * s.value, s.value + t * s.first, T(2) * s.first + t * s.second};
}

/// Calls f(gate column, input column, output column, dim) for every gated copy of a row.
template <class F>
void for_copies(const GateShape& shape, F&& f) {
  std::int64_t gate = shape.scalars;
  std::int64_t in = shape.scalars + shape.gates();
  std::int64_t out = shape.scalars;
  for (const auto& block : shape.gated)
    for (std::int64_t u = 0; u < block.mul; ++u, ++gate, in += block.irrep.dim(), out += block.irrep.dim())
      f(gate, in, out, static_cast<std::int64_t>(block.irrep.dim()));
}

template <class F>
void for_rows(const GateShape& shape, std::int64_t rows, F&& f) {
  // 5 ns an exponential, half a nanosecond a column
  const ItemCost cost{5.0 * static_cast<double>(shape.scalars + shape.gates()) +
                      0.5 * static_cast<double>(shape.output_dim())};
  parallel_ranges(rows, kRowsPerBlock, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) f(r);
  });
}

}  // namespace

std::int64_t GateShape::gates() const {
  std::int64_t count = 0;
  for (const auto& block : gated) count += block.mul;
  return count;
}

std::int64_t GateShape::output_dim() const {
  std::int64_t dim = scalars;
  for (const auto& block : gated) dim += block.dim();
  return dim;
}

std::int64_t GateShape::input_dim() const {
  return output_dim() + gates();
}

std::string to_string(const GateShape& shape) {
  return RecordWriter()
      .integer("scalars", shape.scalars)
      .word("gated", rep::Irreps(shape.gated).to_string())
      .number("scalar_factor", shape.scalar_factor)
      .number("gate_factor", shape.gate_factor)
      .text();
}

GateShape read_gate_shape(RecordReader& reader) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;  // columns: sums of a few stay far within 63 bits
  GateShape shape;
  shape.scalars = reader.integer("scalars", 0, kMost);
  const rep::Irreps gated = rep::read_irreps(reader, "gated");
  if (gated.dim() > kMost) reader.refuse("fewer gated columns", std::to_string(gated.dim()));
  shape.gated = gated.blocks();
  shape.scalar_factor = reader.number("scalar_factor");
  shape.gate_factor = reader.number("gate_factor");
  return shape;
}

GateShape parse_gate_shape(const std::string& text) {
  RecordReader reader(text, "compute::parse_gate_shape");
  GateShape shape = read_gate_shape(reader);
  reader.end();
  return shape;
}

template <class T>
void gate(const GateShape& shape, std::int64_t rows, const T* x, T* z) {
  const auto scalar_factor = static_cast<T>(shape.scalar_factor);
  const auto gate_factor = static_cast<T>(shape.gate_factor);
  for_rows(shape, rows, [&](std::int64_t r) {
    const T* in = x + r * shape.input_dim();
    T* out = z + r * shape.output_dim();
    for (std::int64_t c = 0; c < shape.scalars; ++c) out[c] = scalar_factor * in[c] * sigmoid(in[c]);
    for_copies(shape, [&](std::int64_t t, std::int64_t from, std::int64_t to, std::int64_t dim) {
      const T s = gate_factor * sigmoid(in[t]);
      for (std::int64_t i = 0; i < dim; ++i) out[to + i] = s * in[from + i];
    });
  });
}

template <class T>
void gate_backward(const GateShape& shape, std::int64_t rows, const T* x, const T* gz, T* gx) {
  const auto scalar_factor = static_cast<T>(shape.scalar_factor);
  const auto gate_factor = static_cast<T>(shape.gate_factor);
  for_rows(shape, rows, [&](std::int64_t r) {
    const T* in = x + r * shape.input_dim();
    const T* g = gz + r * shape.output_dim();
    T* out = gx + r * shape.input_dim();
    for (std::int64_t c = 0; c < shape.scalars; ++c) out[c] = scalar_factor * silu_at(in[c]).first * g[c];
    for_copies(shape, [&](std::int64_t t, std::int64_t from, std::int64_t to, std::int64_t dim) {
      const auto s = sigmoid_at(in[t]);
      T along = 0;
      for (std::int64_t i = 0; i < dim; ++i) {
        out[from + i] = gate_factor * s.value * g[to + i];
        along += in[from + i] * g[to + i];
      }
      out[t] = gate_factor * s.first * along;
    });
  });
}

template <class T>
void gate_second(const GateShape& shape, std::int64_t rows, const GateSecond<T>& at, T* ggz, T* dx) {
  const auto scalar_factor = static_cast<T>(shape.scalar_factor);
  const auto gate_factor = static_cast<T>(shape.gate_factor);
  for_rows(shape, rows, [&](std::int64_t r) {
    const T* in = at.x + r * shape.input_dim();
    const T* g = at.gz + r * shape.output_dim();
    const T* hin = at.h + r * shape.input_dim();
    T* to_g = ggz ? ggz + r * shape.output_dim() : nullptr;
    T* to_x = dx ? dx + r * shape.input_dim() : nullptr;
    for (std::int64_t c = 0; c < shape.scalars; ++c) {
      const auto s = silu_at(in[c]);
      if (to_g) to_g[c] = scalar_factor * s.first * hin[c];
      if (to_x) to_x[c] = scalar_factor * s.second * g[c] * hin[c];
    }
    // <h, gx> of one copy = a (s h_v . g + s' h_t v . g) with value v, gate input t.
    for_copies(shape, [&](std::int64_t t, std::int64_t from, std::int64_t to, std::int64_t dim) {
      const auto s = sigmoid_at(in[t]);
      T value_g = 0;
      T h_g = 0;
      for (std::int64_t i = 0; i < dim; ++i) {
        value_g += in[from + i] * g[to + i];
        h_g += hin[from + i] * g[to + i];
        if (to_g) to_g[to + i] = gate_factor * (s.value * hin[from + i] + s.first * hin[t] * in[from + i]);
        if (to_x) to_x[from + i] = gate_factor * s.first * hin[t] * g[to + i];
      }
      if (to_x) to_x[t] = gate_factor * (s.first * h_g + s.second * hin[t] * value_g);
    });
  });
}

#define COSET_INSTANTIATE(T)                                                              \
  template void gate<T>(const GateShape&, std::int64_t, const T*, T*);                    \
  template void gate_backward<T>(const GateShape&, std::int64_t, const T*, const T*, T*); \
  template void gate_second<T>(const GateShape&, std::int64_t, const GateSecond<T>&, T*, T*);
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute
