#include "coset/task/predict.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/ops/array.h"

namespace coset::task {

namespace {

constexpr std::int64_t kBytesAtATime = 4 << 20;  // of inputs, as the file holds them

/// (the model's value, the file's array)
Assignments names_of(const std::vector<field::Quantity>& values, const Assignments& said) {
  if (!said.empty()) return said;
  Assignments names;
  for (const field::Quantity& value : values) names.emplace_back(value.name, value.name);
  return names;
}

std::int64_t row_bytes(const io::Array& array) {
  return array.shape.empty() || array.shape[0] == 0 ? 0 : static_cast<std::int64_t>(array.data.size()) / array.shape[0];
}

/// Rows [begin, end) of the first axis.
io::Array rows_of(const io::Array& array, std::int64_t begin, std::int64_t end) {
  const std::int64_t stride = row_bytes(array);
  io::Array part{array.dtype, array.shape, {}};
  part.shape[0] = end - begin;
  part.data.assign(array.data.begin() + begin * stride, array.data.begin() + end * stride);
  return part;
}

void append(io::Array& whole, const io::Array& part) {
  if (whole.data.empty() && whole.shape == std::vector<std::int64_t>{0}) {
    whole = part;
    return;
  }
  check(part.dtype == whole.dtype && part.shape.size() == whole.shape.size(),
        "[task::predict] expected answers of one type and shape");
  whole.shape[0] += part.shape[0];
  whole.data.insert(whole.data.end(), part.data.begin(), part.data.end());
}

class Prediction {
 public:
  Prediction(model::Loaded& loaded, const PredictFiles* files, const std::string& in)
      : loaded_(loaded), in_(in), all_(io::load_npz(in)) {
    if (files != nullptr) files_ = *files;
    const field::Signature signature = loaded.model->signature();
    inputs_ = names_of(signature.inputs, files_.inputs);
    outputs_ = names_of(signature.outputs, files_.outputs);
    for (const auto& [value, name] : inputs_) check(all_.count(name) == 1, in, ": expected an array '", name, "'");
    rows_ = common_rows();
  }

  std::int64_t rows() const { return rows_; }

  io::Arrays run() {
    std::int64_t bytes = 1;
    for (const auto& [value, name] : inputs_) bytes += row_bytes(all_.at(name));
    const std::int64_t chunk = std::max<std::int64_t>(1, kBytesAtATime / bytes);
    for (std::int64_t begin = 0; begin == 0 || begin < rows_; begin += chunk) {
      const std::int64_t end = std::min(rows_, begin + chunk);
      add(model::predict(*loaded_.model, inputs(begin, end)), begin);
    }
    for (auto& [name, array] : made_) all_[name] = std::move(array);
    return std::move(all_);
  }

 private:
  /// Rows that all inputs have; 0 where they disagree, which the conversion of the whole then explains.
  std::int64_t common_rows() {
    std::int64_t rows = -1;
    for (const auto& [value, name] : inputs_) {
      const auto& shape = all_.at(name).shape;
      const std::int64_t own = shape.empty() ? -2 : shape[0];
      if (rows == -1) rows = own;
      if (own == rows && own >= 0) continue;
      inputs_of_whole();
      fail(in_, ": expected as many rows in every input; received ", name, " ", shape_text(shape));
    }
    return rows;
  }
  void inputs_of_whole() {
    if (files_.convert != nullptr) files_.convert(all_, loaded_, in_);
  }

  model::NamedValues inputs(std::int64_t begin, std::int64_t end) const {
    io::Arrays part;
    for (const auto& [value, name] : inputs_) part[name] = rows_of(all_.at(name), begin, end);
    if (files_.convert != nullptr) return files_.convert(part, loaded_, in_);
    model::NamedValues values;
    for (const auto& [value, name] : inputs_) {
      const Tensor tensor = ops::to_tensor(part.at(name), in_ + ": '" + name + "'");
      values[value] = tensor.is_floating_point() ? tensor.to(at::kFloat) : tensor;
    }
    return values;
  }

  void add(const model::NamedValues& answers, std::int64_t begin) {
    for (const auto& [value, name] : outputs_) {
      const Tensor answer = answers.at(value).to(at::kFloat);
      const Tensor unusable = at::isfinite(answer).logical_not();
      const Tensor lost = (unusable.dim() > 1 ? unusable.flatten(1).any(1) : unusable).nonzero();
      check(lost.numel() == 0, in_, ": the prediction is not finite for ", lost.numel(), " of ", answer.size(0),
            " samples, the first of them ", lost.numel() == 0 ? 0 : begin + lost.flatten()[0].item<std::int64_t>(),
            ": its input is too large for the model");
      append(made_[name], ops::to_array(answer));
    }
    if (files_.derive == nullptr) return;
    for (const auto& [name, array] : files_.derive(answers)) append(made_[name], array);
  }

  model::Loaded& loaded_;
  std::string in_;
  io::Arrays all_;
  PredictFiles files_;
  Assignments inputs_, outputs_;
  std::int64_t rows_ = 0;
  io::Arrays made_;
};

}  // namespace

std::int64_t predict(model::Loaded& loaded, const PredictFiles* files, const std::string& in, const std::string& out) {
  Prediction prediction(loaded, files, in);
  io::save_npz(out, prediction.run());
  return prediction.rows();
}

}  // namespace coset::task
