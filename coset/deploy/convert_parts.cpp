#include "coset/deploy/convert_parts.h"

#include "coset/base/error.h"

namespace coset::deploy {

io::Array array_like(const io::Array& like, const std::vector<double>& values, std::vector<std::int64_t> shape) {
  if (like.dtype == "f8") return io::Array::from(values, std::move(shape));
  std::vector<float> rounded(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) rounded[i] = static_cast<float>(values[i]);
  return io::Array::from(rounded, std::move(shape));
}

FlatWeights::FlatWeights(const io::Array& array, std::string where) : array_(array), where_(std::move(where)) {
  check(array.dtype == "f4" || array.dtype == "f8", where_, ": expected float32 or float64; received ", array.dtype);
}

io::Array FlatWeights::next(std::vector<std::int64_t> shape) {
  std::int64_t size = 1;
  for (const std::int64_t extent : shape) size *= extent;
  check(at_ + size <= array_.size(), where_, ": expected at least ", at_ + size, " numbers; received ", array_.size());
  io::Array part;
  part.dtype = array_.dtype;
  part.shape = std::move(shape);
  const std::int64_t width = io::dtype_bytes(part.dtype);
  part.data.assign(array_.data.begin() + at_ * width, array_.data.begin() + (at_ + size) * width);
  at_ += size;
  return part;
}

void FlatWeights::expect_empty() const {
  check(at_ == array_.size(), where_, ": expected ", at_, " numbers; received ", array_.size());
}

io::Array sort_path_columns(const io::Array& matrix, const NetworkOptions& options, std::size_t t,
                            const std::string& where, const std::function<double(int, int, int)>& sign) {
  const rep::Irreps& in = layer_input(options, t);
  const auto loop = unsorted_message_paths(options, in, options.layers[t]);
  std::int64_t total = 0;
  for (const auto& path : loop) total += in[static_cast<std::size_t>(path.in)].mul;
  check(matrix.shape.size() == 2 && matrix.shape[1] == total, where, ": the radial network of layer ", t, " has shape ",
        shape_text(matrix.shape), ", its paths need ", total, " columns");
  const std::vector<double> from = matrix.as_doubles();
  std::vector<double> to(from.size());
  std::int64_t target = 0;
  for (const auto& path : message_paths(options, in, options.layers[t])) {
    std::int64_t source = 0;
    for (const auto& other : loop) {
      if (other.in == path.in && other.harmonic == path.harmonic && other.out == path.out) break;
      source += in[static_cast<std::size_t>(other.in)].mul;
    }
    const auto& block = in[static_cast<std::size_t>(path.in)];
    const double factor = sign(block.irrep.l, path.harmonic, path.out.l);
    for (std::int64_t r = 0; r < matrix.shape[0]; ++r)
      for (std::int64_t c = 0; c < block.mul; ++c) to[r * total + target + c] = factor * from[r * total + source + c];
    target += block.mul;
  }
  return array_like(matrix, to, matrix.shape);
}

}  // namespace coset::deploy
