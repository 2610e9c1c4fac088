#include "coset/io/tensorboard.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <concepts>
#include <cstring>
#include <string_view>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"

namespace coset::io {
namespace {

// Protocol-buffer wire types and the field numbers of Event, Summary and Summary.Value.
enum Wire : std::uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
constexpr std::uint64_t kEventWallTime = 1, kEventStep = 2, kEventFileVersion = 3, kEventSummary = 5;
constexpr std::uint64_t kSummaryValue = 1;
constexpr std::uint64_t kValueTag = 1, kValueSimple = 2;

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

class Message {
 public:
  void put_varint(std::uint64_t value) {
    for (; value >= 128; value >>= 7U) text_ += static_cast<char>(value | 128U);
    text_ += static_cast<char>(value);
  }
  void key(std::uint64_t field, Wire wire) { put_varint((field << 3U) | wire); }
  void number(std::uint64_t field, std::int64_t value) {
    key(field, kVarint);
    put_varint(static_cast<std::uint64_t>(value));
  }
  void real(std::uint64_t field, double value) { raw(field, kFixed64, value); }
  void real(std::uint64_t field, float value) { raw(field, kFixed32, value); }
  void text(std::uint64_t field, std::string_view value) {
    key(field, kBytes);
    put_varint(value.size());
    text_ += value;
  }
  const std::string& bytes() const { return text_; }

 private:
  template <class T>
  void raw(std::uint64_t field, Wire wire, T value) {
    key(field, wire);
    const auto bytes = std::bit_cast<std::array<char, sizeof(T)>>(value);
    text_.append(bytes.data(), bytes.size());
  }
  std::string text_;
};

std::uint32_t masked_crc(std::string_view bytes) {
  return std::rotr(crc32c(std::as_bytes(std::span(bytes))), 15) + 0xa282ead8U;
}

template <class T>
std::string little_endian(T value) {
  const auto bytes = std::bit_cast<std::array<char, sizeof(T)>>(value);
  return {bytes.data(), bytes.size()};
}

void append_record(AppendFile& file, const Message& event) {
  const std::string length = little_endian(static_cast<std::uint64_t>(event.bytes().size()));
  const std::string record =
      length + little_endian(masked_crc(length)) + event.bytes() + little_endian(masked_crc(event.bytes()));
  file.append(std::as_bytes(std::span(record)));
}

std::string new_path(const std::string& folder) {
  static std::atomic<unsigned> counter{0};
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host = {'h', 'o', 's', 't'};
  return folder + "/events.out.tfevents." + std::to_string(static_cast<std::int64_t>(now())) + "." + host.data() + "." +
         std::to_string(::getpid()) + "." + std::to_string(counter++);
}

/// Reads the fields of one message; throws std::out_of_range past its end.
class MessageReader {
 public:
  explicit MessageReader(std::string_view message) : rest_(message) {}
  bool next() {
    if (rest_.empty()) return false;
    const std::uint64_t key = varint();
    field = key >> 3U;
    switch (key & 7U) {
      case kVarint:
        value = varint();
        break;
      case kFixed64:
        bytes = take(8);
        break;
      case kFixed32:
        bytes = take(4);
        break;
      case kBytes:
        bytes = take(varint());
        break;
      default:
        throw std::out_of_range("wire type");
    }
    return true;
  }
  template <class T>
  T real() const {
    if (bytes.size() != sizeof(T)) throw std::out_of_range("width");
    T result;
    std::memcpy(&result, bytes.data(), sizeof(T));
    return result;
  }
  std::uint64_t field = 0;
  std::uint64_t value = 0;
  std::string_view bytes;

 private:
  std::uint64_t varint() {
    std::uint64_t result = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      result |= std::uint64_t{byte & 127U} << shift;
      if (byte < 128) return result;
    }
    throw std::out_of_range("varint");
  }
  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) throw std::out_of_range("message");
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::string_view rest_;
};

void read_event(std::string_view payload, std::vector<ScalarEvent>& events) {
  ScalarEvent event;
  bool is_scalar = false;
  for (MessageReader field(payload); field.next();) {
    if (field.field == kEventWallTime) event.wall_time = field.real<double>();
    if (field.field == kEventStep) event.step = static_cast<std::int64_t>(field.value);
    if (field.field != kEventSummary) continue;
    for (MessageReader value(field.bytes); value.next();) {
      if (value.field != kSummaryValue) continue;
      for (MessageReader part(value.bytes); part.next();) {
        if (part.field == kValueTag) event.tag = part.bytes;
        if (part.field == kValueSimple) event.value = part.real<float>();
        is_scalar = is_scalar || part.field == kValueSimple;
      }
    }
  }
  if (is_scalar) events.push_back(event);
}

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes) {
  static const std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      entries[i] = i;
      for (int bit = 0; bit < 8; ++bit) entries[i] = (entries[i] >> 1U) ^ ((entries[i] & 1U) ? 0x82f63b78U : 0U);
    }
    return entries;
  }();
  std::uint32_t crc = 0xffffffffU;
  for (const std::byte byte : bytes) crc = (crc >> 8U) ^ table[(crc ^ std::to_integer<std::uint32_t>(byte)) & 255U];
  return ~crc;
}

TensorBoardWriter::TensorBoardWriter(const std::string& folder) : file_(new_path(folder)) {
  Message event;
  event.real(kEventWallTime, now());
  event.text(kEventFileVersion, "brain.Event:2");
  append_record(file_, event);
}

void TensorBoardWriter::add_scalar(const std::string& tag, double value, std::int64_t step, double wall_time) {
  Message scalar;
  scalar.text(kValueTag, tag);
  scalar.real(kValueSimple, static_cast<float>(value));
  Message summary;
  summary.text(kSummaryValue, scalar.bytes());
  Message event;
  event.real(kEventWallTime, wall_time > 0.0 ? wall_time : now());
  event.number(kEventStep, step);
  event.text(kEventSummary, summary.bytes());
  append_record(file_, event);
}

std::vector<ScalarEvent> read_tensorboard(const std::string& path) {
  const std::string text = read_text_file(path);
  std::string_view rest = text;
  std::vector<ScalarEvent> events;
  while (!rest.empty()) {
    const std::size_t at = text.size() - rest.size();
    std::uint64_t length = 0;
    const bool has_length = rest.size() >= 12 && rest.substr(8, 4) == little_endian(masked_crc(rest.substr(0, 8)));
    if (has_length) std::memcpy(&length, rest.data(), sizeof(length));
    check(has_length && rest.size() - 12 >= 4 && length <= rest.size() - 16, path, ", byte ", at,
          ": expected a record; received one that is cut short or damaged");
    const std::string_view payload = rest.substr(12, length);
    check(rest.substr(12 + length, 4) == little_endian(masked_crc(payload)), path, ", byte ", at,
          ": the record's checksum does not match");
    try {
      read_event(payload, events);
    } catch (const std::out_of_range&) {
      fail(path, ", byte ", at, ": expected an Event message; received a malformed one");
    }
    rest.remove_prefix(16 + length);
  }
  return events;
}

}  // namespace coset::io
