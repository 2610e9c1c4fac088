#include "coset/model/edited.h"

#include "coset/io/atomic_write.h"
#include "coset/io/safetensors.h"
#include "coset/model/model.h"
#include "tests/io/scratch.h"
#include "tests/laws/tolerance.h"

namespace coset::model {
namespace {

using io::error_of;

class Edited : public io::Scratch {
 protected:
  /// A small model file with random weights.
  std::string written(const std::string& name, std::uint64_t seed) {
    at::manual_seed(seed);
    const Architecture& row = architecture("nbody");
    Settings options = row.options();
    options.set("variant", "segnn", "test");
    options.set("width", "8", "test");
    options = resolved(row, options);
    const auto model = row.build(options);
    NamedValues example;
    for (const auto& quantity : model->signature().inputs) {
      std::vector<std::int64_t> shape;
      for (const std::string& axis : quantity.shape)
        shape.push_back(axis == "B"                                                 ? 2
                        : axis.find_first_not_of("0123456789") == std::string::npos ? std::stoll(axis)
                                                                                    : 5);
      example[quantity.name] = at::randn(shape);
    }
    save(path(name), *model, "nbody", options, example, {.training = R"({"task":"nbody"})"});
    return path(name);
  }

  static io::Array& first_weight(io::SafeTensors& file) {
    for (auto& [name, array] : file.tensors)
      if (name.starts_with("weights.") && array.dtype == "f4" && array.size() > 1) return array;
    throw Error("no weights");
  }
};

TEST_F(Edited, AnEditedFileLoadsOnceItIsSealed) {
  const std::string file = written("a.safetensors", 1);
  io::SafeTensors content = io::load_safetensors(file);
  auto values = first_weight(content).as<float>();
  values[0] += 0.5F;
  first_weight(content) = io::Array::from(values, first_weight(content).shape);
  io::save_safetensors(file, content);
  EXPECT_NE(error_of([&] { load(file); }).find("the stored example is not reproduced"), std::string::npos);
  seal(file);
  const Loaded loaded = load(file);
  EXPECT_EQ(loaded.provenance.training, R"({"task":"nbody"})");
  io::SafeTensors sealed = io::load_safetensors(file);
  EXPECT_EQ(first_weight(sealed).as<float>(), values);
}

TEST_F(Edited, AChecksumThatDoesNotFitIsNoObstacleToSealing) {
  const std::string file = written("a.safetensors", 1);
  auto bytes = io::read_file(file);
  bytes.back() ^= std::byte{1};
  io::write_plainly(file, bytes);
  EXPECT_NE(error_of([&] { load(file); }).find("checksum"), std::string::npos);
  seal(file);
  EXPECT_NO_THROW(load(file));
}

TEST_F(Edited, TheMeanOfTwoFiles) {
  const std::vector<std::string> files{written("a.safetensors", 1), written("b.safetensors", 2)};
  average(files, path("mean.safetensors"));
  const Loaded mean = load(path("mean.safetensors"));
  const auto a = load(files[0]).model->named_parameters(), b = load(files[1]).model->named_parameters();
  for (const auto& item : mean.model->named_parameters()) {
    const Tensor expected = (a[item.key()].to(at::kDouble) + b[item.key()].to(at::kDouble)) / 2;
    EXPECT_LT((item.value().to(at::kDouble) - expected).abs().max().item<double>(), laws::kFused32) << item.key();
  }
  EXPECT_NE(mean.provenance.training.find("average_of"), std::string::npos);
  EXPECT_NE(error_of([&] { average(std::vector<std::string>{files[0]}, path("x")); }).find("two model files"),
            std::string::npos);
}

}  // namespace
}  // namespace coset::model
