#include "coset/data/idx.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "coset/base/error.h"

namespace coset::data {
namespace {

constexpr std::uint8_t kUnsignedByte = 0x08;

/// Decompresses on the way; a file that is not gzip passes through unchanged.
class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {
    check(!std::filesystem::exists(path_) || std::filesystem::is_regular_file(path_), path_,
          ": is a folder, a pipe or a device; expected an IDX file");
    file_ = gzopen(path_.c_str(), "rb");
    check(file_ != nullptr, path_, ": cannot open: ", std::strerror(errno));
  }
  ~Reader() { gzclose(file_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// At most `count` bytes; fewer only at the end. @throws coset::Error on damaged compression
  std::int64_t read(void* target, std::int64_t count) {
    constexpr std::int64_t kPiece = 1 << 20;
    std::int64_t done = 0;
    while (done < count) {
      const auto wanted = static_cast<unsigned>(std::min(kPiece, count - done));
      const int got = gzread(file_, static_cast<std::byte*>(target) + done, wanted);
      int code = Z_OK;
      const char* text = gzerror(file_, &code);
      check(got >= 0 && (code == Z_OK || code == Z_STREAM_END), path_,
            ": damaged gzip data: ", code == Z_BUF_ERROR ? "the file is cut short" : text);
      if (got == 0) break;
      done += got;
    }
    return done;
  }

 private:
  std::string path_;
  gzFile file_ = nullptr;
};

std::int64_t extent(Reader& reader, const std::string& path) {
  std::array<std::uint8_t, 4> bytes{};
  check(reader.read(bytes.data(), 4) == 4, path, ": the IDX header is cut short");
  std::int64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value * 256 + byte;
  return value;
}

}  // namespace

io::Array load_idx(const std::string& path) {
  Reader reader(path);
  std::array<std::uint8_t, 4> magic{};
  check(
      reader.read(magic.data(), 4) == 4 && magic[0] == 0 && magic[1] == 0 && magic[2] == kUnsignedByte && magic[3] > 0,
      path, ": not an IDX file of unsigned bytes: expected it to begin with 00 00 08 and the number of axes");
  io::Array array{.dtype = "u1", .shape = {}, .data = {}};
  for (int axis = 0; axis < magic[3]; ++axis) array.shape.push_back(extent(reader, path));
  const std::int64_t promised = io::checked_bytes("u1", array.shape, path);
  // Grown with the data, so that a damaged header cannot ask for more memory than the file fills.
  constexpr std::int64_t kPiece = 1 << 24;
  std::int64_t held = 0;
  while (held < promised) {
    const std::int64_t wanted = std::min(kPiece, promised - held);
    array.data.resize(static_cast<std::size_t>(held + wanted));
    const std::int64_t got = reader.read(array.data.data() + held, wanted);
    held += got;
    if (got < wanted) break;
  }
  check(held == promised, path, ": the header promises ", shape_text(array.shape), " = ", promised,
        " values, the file holds ", held);
  std::byte extra{};
  check(reader.read(&extra, 1) == 0, path, ": holds more than the ", promised, " values of its header ",
        shape_text(array.shape));
  return array;
}

std::string find_idx(const std::string& folder, const std::string& stem) {
  namespace fs = std::filesystem;
  std::string dotted = stem;
  if (const auto place = dotted.find("-idx"); place != std::string::npos) dotted[place] = '.';
  for (const std::string& name : {stem, stem + ".gz", dotted, dotted + ".gz"}) {
    const fs::path path = fs::path(folder) / name;
    if (fs::exists(path)) return path.string();
  }
  fail(folder, ": expected ", stem, " or ", stem, ".gz in this folder; found neither");
}

}  // namespace coset::data
