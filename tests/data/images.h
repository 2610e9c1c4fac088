/// Small image files for tests: digits-like pictures written in the formats that are read.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace coset::data {

/// Bytes of an IDX file.
inline std::vector<std::uint8_t> idx_bytes(const std::vector<std::uint32_t>& shape,
                                           const std::vector<std::uint8_t>& values) {
  std::vector<std::uint8_t> bytes{0, 0, 8, static_cast<std::uint8_t>(shape.size())};
  for (const std::uint32_t extent : shape)
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(extent >> shift));
  bytes.insert(bytes.end(), values.begin(), values.end());
  return bytes;
}

inline void write_bytes(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream out(path, std::ios::binary);
  for (const std::uint8_t byte : bytes) out.put(static_cast<char>(byte));
}

inline void write_gzip(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
}

/// Picture i of class i % classes: a bar from the centre to the right (as far as the picture goes) whose length and grey tell the class.
inline std::vector<std::uint8_t> bars(std::int64_t count, std::int64_t size, std::int64_t channels,
                                      std::int64_t classes) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count * size * size * channels));
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t row = size / 2; row < size / 2 + 2; ++row)
      for (std::int64_t column = size / 2; column < std::min(size, size / 2 + 2 + i % classes); ++column)
        for (std::int64_t c = 0; c < channels; ++c)
          pixels[static_cast<std::size_t>(((i * size + row) * size + column) * channels + c)] =
              static_cast<std::uint8_t>(90 + 15 * (i % classes) + i % 7 + c);
  return pixels;
}

/// The four MNIST files with `train` and `test` pictures of 28 x 28 pixels; the training files compressed.
inline void write_mnist(const std::string& folder, std::uint32_t train, std::uint32_t test) {
  const auto labels = [](std::uint32_t count) {
    std::vector<std::uint8_t> values(count);
    for (std::uint32_t i = 0; i < count; ++i) values[i] = static_cast<std::uint8_t>(i % 10);
    return values;
  };
  write_gzip(folder + "/train-images-idx3-ubyte.gz", idx_bytes({train, 28, 28}, bars(train, 28, 1, 10)));
  write_gzip(folder + "/train-labels-idx1-ubyte.gz", idx_bytes({train}, labels(train)));
  write_bytes(folder + "/t10k-images-idx3-ubyte", idx_bytes({test, 28, 28}, bars(test, 28, 1, 10)));
  write_bytes(folder + "/t10k-labels-idx1-ubyte", idx_bytes({test}, labels(test)));
}

}  // namespace coset::data
