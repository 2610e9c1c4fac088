#include "coset/compute/gated_product.h"

#include <utility>

#include "coset/base/error.h"
#include "coset/compute/cpu/fully_connected.h"

namespace coset::compute {

std::string to_string(const GatedProductOptions& options) {
  const std::vector<double> parts(options.part_blocks.begin(), options.part_blocks.end());
  RecordWriter writer;
  writer.numbers("parts", parts);
  if (options.gate) writer.record(to_string(*options.gate));
  return writer.text();
}

GatedProductOptions parse_gated_product_options(const std::string& text) {
  RecordReader reader(text, "compute::parse_gated_product_options");
  GatedProductOptions options;
  for (const std::string& part : reader.pieces("parts", 1024))
    options.part_blocks.push_back(static_cast<int>(reader.to_integer(part, 0, 1 << 20)));
  if (reader.next_is("scalars")) options.gate = read_gate_shape(reader);
  reader.end();
  return options;
}

GatedProduct::GatedProduct(rep::TensorProductPlan plan, GatedProductOptions options)
    : plan_(std::move(plan)), options_(std::move(options)) {
  check(fits(plan_), "[compute::GatedProduct] expected uvw paths with weights and attribute multiplicity 1; received ",
        plan_.paths.size(), " paths that are not");
  if (options_.part_blocks.empty()) options_.part_blocks = {static_cast<int>(plan_.in1.size())};
  kernel_ = std::make_unique<FullyConnectedKernel>(plan_, options_.part_blocks, options_.gate);
}
GatedProduct::~GatedProduct() = default;
GatedProduct::GatedProduct(GatedProduct&&) noexcept = default;
GatedProduct& GatedProduct::operator=(GatedProduct&&) noexcept = default;

bool GatedProduct::fits(const rep::TensorProductPlan& plan) {
  return mixing_fits(plan);
}

std::vector<std::int64_t> GatedProduct::part_columns() const {
  std::vector<std::int64_t> columns;
  std::size_t block = 0;
  for (const int blocks : options_.part_blocks) {
    columns.push_back(0);
    for (int b = 0; b < blocks; ++b, ++block) columns.back() += plan_.in1[block].dim();
  }
  return columns;
}

std::int64_t GatedProduct::output_dim() const {
  return kernel_->output().public_size;
}

std::int64_t GatedProduct::bias_numel() const {
  return kernel_->bias_size();
}

std::int64_t GatedProduct::saved_numel(std::int64_t rows) const {
  return options_.gate ? rows * kernel_->saved_size() : 0;
}

template <class T>
void GatedProduct::forward(const GatedProductInputs<T>& in, T* z, T* saved) const {
  check(in.x.size() == options_.part_blocks.size(), "[compute::GatedProduct] expected ", options_.part_blocks.size(),
        " parts of x; received ", in.x.size());
  count_kernel(Kernel::product_fully_connected);
  kernel_->forward<T>({in.rows, in.x.data(), in.y, in.w, in.b, in.layout == Layout::ir_mul, false}, z,
                      options_.gate ? saved : nullptr);
}

template <class T>
void GatedProduct::backward(const GatedProductInputs<T>& in, const T* saved, const T* gz,
                            const GatedProductGradients<T>& out) const {
  count_kernel(Kernel::product_fully_connected);
  kernel_->backward<T>({in.rows, in.x.data(), in.y, in.w, in.b, in.layout == Layout::ir_mul, false}, saved, gz,
                       {out.x.empty() ? nullptr : out.x.data(), out.y, out.w, out.b});
}

#define COSET_INSTANTIATE(T)                                                                \
  template void GatedProduct::forward<T>(const GatedProductInputs<T>&, T*, T*) const;       \
  template void GatedProduct::backward<T>(const GatedProductInputs<T>&, const T*, const T*, \
                                          const GatedProductGradients<T>&) const;
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute
