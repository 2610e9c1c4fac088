/// TensorBoard event files with scalar curves, written without TensorFlow.
///
/// A file is a sequence of records: length (u64), masked CRC-32C of the length, payload, masked CRC-32C of the payload,
/// where masked(c) = rotate_right(c, 15) + 0xa282ead8. A payload is the protocol-buffer message tensorflow.Event; the
/// first one says file_version "brain.Event:2", the others hold a Summary of one value {tag, simple_value}. Source: the
/// TFRecord guide, and event.proto and summary.proto of TensorFlow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "coset/io/descriptor.h"

namespace coset::io {

class TensorBoardWriter {
 public:
  /// Creates events.out.tfevents.SECONDS.HOST.PID.N in `folder`, a new file per writer as TensorBoard expects; of
  /// several files in one folder it shows the union.
  explicit TensorBoardWriter(const std::string& folder);

  /// One point of the curve `tag`; wall_time in seconds since 1970 (0: now). Stored in float32, as the format has it.
  void add_scalar(const std::string& tag, double value, std::int64_t step, double wall_time = 0.0);

  const std::string& path() const { return file_.path(); }

 private:
  AppendFile file_;
};

struct ScalarEvent {
  std::string tag;
  float value = 0.0F;
  std::int64_t step = 0;
  double wall_time = 0.0;
};

/// The scalar events of a file that add_scalar wrote.
/// @throws coset::Error "PATH, byte N: ..." on a cut record or a checksum that does not match.
std::vector<ScalarEvent> read_tensorboard(const std::string& path);

/// CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), not masked.
std::uint32_t crc32c(std::span<const std::byte> bytes);

}  // namespace coset::io
