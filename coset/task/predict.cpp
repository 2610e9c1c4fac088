#include "coset/task/predict.h"

#include <algorithm>
#include <map>

#include "coset/base/error.h"
#include "coset/io/npz_writer.h"
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

class Prediction {
 public:
  Prediction(model::Loaded& loaded, const PredictFiles* files, const std::string& in, const std::string& out)
      : loaded_(loaded), in_(in), file_(in), writer_(out) {
    if (files != nullptr) files_ = *files;
    const field::Signature signature = loaded.model->signature();
    inputs_ = names_of(signature.inputs, files_.inputs);
    outputs_ = names_of(signature.outputs, files_.outputs);
    for (const auto& [value, name] : inputs_) {
      check(file_.contains(name) && file_.obstacle(name).empty(), in, ": expected an array '", name, "'");
      if (streams_.count(name) == 0) streams_.emplace(name, file_.rows(name));
    }
    rows_ = common_rows();
  }

  /// Answers all rows, then adds the arrays that were there. @return how many rows
  std::int64_t run() {
    std::int64_t bytes = 1;
    for (const auto& [name, stream] : streams_) bytes += stream.row_bytes();
    const std::int64_t chunk = std::max<std::int64_t>(1, kBytesAtATime / bytes);
    for (std::int64_t begin = 0; begin == 0 || begin < rows_; begin += chunk)
      add(model::predict(*loaded_.model, inputs(chunk)), begin);
    streams_.clear();
    for (const std::string& name : file_.names())
      if (!writer_.has(name) && file_.obstacle(name).empty()) copy(name);
    writer_.commit();
    return rows_;
  }

 private:
  /// Rows that all inputs have. Where they disagree, the conversion of the whole explains it if it can.
  std::int64_t common_rows() const {
    std::int64_t rows = -1;
    for (const auto& [value, name] : inputs_) {
      const auto shape = file_.describe(name).shape;
      const std::int64_t own = shape.empty() ? -2 : shape[0];
      if (rows == -1) rows = own;
      if (own == rows && own >= 0) continue;
      if (files_.convert != nullptr) files_.convert(io::load_npz(in_), loaded_, in_);
      fail(in_, ": expected as many rows in every input; received ", name, " ", shape_text(shape));
    }
    return rows;
  }

  void copy(const std::string& name) {
    const io::Array about = file_.describe(name);
    writer_.declare(name, about.dtype, about.shape);
    io::NpzRows rows = file_.rows(name);
    const std::int64_t chunk = std::max<std::int64_t>(1, kBytesAtATime / std::max<std::int64_t>(1, rows.row_bytes()));
    while (rows.left() > 0) writer_.append(name, rows.next(chunk).data);
  }

  /// Adds answers to the next rows; the first ones say type and shape.
  void append(const std::string& name, const io::Array& part) {
    if (!writer_.has(name)) {
      std::vector<std::int64_t> shape = part.shape;
      check(!shape.empty(), "[task::predict] expected an answer for each row in '", name, "'; received a scalar");
      shape[0] = rows_;
      writer_.declare(name, part.dtype, shape);
    }
    writer_.append(name, part.data);
  }

  /// The next rows of every input.
  model::NamedValues inputs(std::int64_t count) {
    io::Arrays part;
    for (auto& [name, stream] : streams_) part[name] = stream.next(count);
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
      append(name, ops::to_array(answer));
    }
    if (files_.derive == nullptr) return;
    for (const auto& [name, array] : files_.derive(answers)) append(name, array);
  }

  model::Loaded& loaded_;
  std::string in_;
  io::NpzFile file_;
  io::NpzWriter writer_;
  PredictFiles files_;
  Assignments inputs_, outputs_;
  std::map<std::string, io::NpzRows> streams_;  // by the array's name
  std::int64_t rows_ = 0;
};

}  // namespace

std::int64_t predict(model::Loaded& loaded, const PredictFiles* files, const std::string& in, const std::string& out) {
  return Prediction(loaded, files, in, out).run();
}

}  // namespace coset::task
