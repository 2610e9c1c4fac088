#include "coset/io/npz.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>
#include <numeric>

#include "coset/io/atomic_write.h"
#include "coset/io/npy.h"
#include "coset/io/npz_writer.h"
#include "tests/io/scratch.h"

namespace coset::io {
namespace {

namespace fs = std::filesystem;
using Npz = Scratch;

std::vector<double> counting(std::int64_t n) {
  std::vector<double> values(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), 0.0);
  return values;
}

TEST_F(Npz, ReadsEveryTypeAndOrderNumpyWrites) {
  for (const char* name : {"numpy_stored.npz", "numpy_deflated.npz"}) {
    const Arrays arrays = load_npz(golden(name));
    EXPECT_EQ(arrays.size(), 48U);
    for (const auto& [key, array] : arrays) {
      const bool is_bool = key.starts_with("b1");
      EXPECT_EQ(array.dtype, key.substr(0, 2));
      EXPECT_EQ(array.shape, (std::vector<std::int64_t>{2, 3})) << key;
      EXPECT_EQ(array.as_doubles(), is_bool ? (std::vector<double>{0, 1, 0, 1, 0, 1}) : counting(6)) << key;
    }
  }
}

TEST_F(Npz, ReadsNpyVersionsShapesAndFortranOrder) {
  for (const char* name : {"version1.npy", "version2.npy", "version3.npy"})
    EXPECT_EQ(load_npy(golden(name)).as_doubles(), counting(6)) << name;
  EXPECT_EQ(load_npy(golden("scalar.npy")).as_doubles(), std::vector<double>{2.5});
  EXPECT_TRUE(load_npy(golden("scalar.npy")).shape.empty());
  EXPECT_EQ(load_npy(golden("empty.npy")).shape, (std::vector<std::int64_t>{0, 3}));
  EXPECT_EQ(load_npy(golden("three_axes_fortran.npy")).as_doubles(), counting(24));
}

TEST_F(Npz, RefusesTypesThatAreNotNumbers) {
  EXPECT_NE(error_of([] { load_npy(golden("complex.npy")); }).find("received numpy type '<c16'"), std::string::npos);
  EXPECT_NE(error_of([] { load_npy(golden("record.npy")); }).find("record array"), std::string::npos);
}

TEST_F(Npz, WritesWhatItReads) {
  const Arrays arrays{{"loc", Array::from(counting(24), {2, 3, 4})},
                      {"charges", Array::from(std::vector<std::int32_t>{-1, 1}, {2})},
                      {"flags", Array::from(std::vector<std::uint8_t>{1, 0, 255}, {3})},
                      {"scalar", Array::from(std::vector<float>{0.5F}, {})},
                      {"none", Array::from(std::vector<std::int64_t>{}, {0, 5})}};
  for (const bool compressed : {false, true}) {
    save_npz(path("data.npz"), arrays, compressed);
    EXPECT_EQ(load_npz(path("data.npz")), arrays);
    const auto first = read_file(path("data.npz"));
    save_npz(path("data.npz"), arrays, compressed);
    EXPECT_EQ(read_file(path("data.npz")), first) << "the same arrays must give the same bytes";
  }
  EXPECT_EQ(load_npz(path("data.npz"), {"loc"}).size(), 1U);
  EXPECT_NE(error_of([&] {
              load_npz(path("data.npz"), {"vel"});
            }).find("expected array 'vel'; received charges, flags, loc, none, scalar"),
            std::string::npos);
  EXPECT_EQ(files(), std::set<std::string>{"data.npz"});
}

TEST_F(Npz, WhatIsNotAskedForSpoilsNothing) {
  // names: texts beside numbers; numpy's types of text, bytes, objects, dates and records are all in use there.
  const NpzFile names(golden("names.npz"));
  ASSERT_TRUE(names.contains("loc"));
  EXPECT_EQ(names.read("loc").dtype, "f8");
  std::vector<std::string> left_out;
  const Arrays numbers = load_npz(golden("names.npz"), {}, &left_out);
  EXPECT_TRUE(numbers.contains("loc"));
  ASSERT_FALSE(left_out.empty());
  EXPECT_EQ(numbers.size() + left_out.size(), names.names().size());
  EXPECT_NE(left_out[0].find("received numpy type '<U"), std::string::npos) << left_out[0];
  EXPECT_NE(error_of([&] { names.read("names"); }).find("numpy type '<U"), std::string::npos);
}

TEST_F(Npz, ArchivesZippedAgainByMacOsAreRead) {
  for (const std::string& name : NpzFile(golden("mac.npz")).names()) {
    EXPECT_EQ(name.find("__MACOSX"), std::string::npos);
    EXPECT_NO_THROW(NpzFile(golden("mac.npz")).read(name));
  }
  EXPECT_FALSE(load_npz(golden("mac.npz")).empty());
}

TEST_F(Npz, TwoMembersOfOneNameAreNamed) {
  EXPECT_NE(error_of([] { load_npz(golden("dup.npz")); }).find("two members of one name"), std::string::npos);
}

/// Writes a number of four bytes over every place where `from` stands.
void replace_number(std::vector<std::byte>& bytes, std::uint32_t from, std::uint32_t to) {
  for (std::size_t at = 0; at + 4 <= bytes.size(); ++at) {
    std::uint32_t found = 0;
    std::memcpy(&found, &bytes[at], 4);
    if (found == from) std::memcpy(&bytes[at], &to, 4);
  }
}

TEST_F(Npz, ClaimsAreNotBelieved) {
  const Array much = Array::from(std::vector<double>(12345, 0.0), {12345});
  save_npz(path("data.npz"), {{"bomb", much}, {"loc", Array::from(counting(3), {3})}}, true);
  auto bytes = read_file(path("data.npz"));
  replace_number(bytes, static_cast<std::uint32_t>(encode_npy(much).size()), 0x7ff00000U);
  write_plainly(path("claim.npz"), bytes);
  EXPECT_NE(error_of([&] { load_npz(path("claim.npz"), {"bomb"}); }).find("expected at most 100 times"),
            std::string::npos);
  EXPECT_EQ(load_npz(path("claim.npz"), {"loc"}).size(), 1U);
  EXPECT_EQ(load_npz(path("claim.npz")).size(), 1U);
}

TEST_F(Npz, RefusesEveryTruncation) {
  save_npz(path("data.npz"), {{"loc", Array::from(counting(40), {40})}}, false);
  const auto whole = read_file(path("data.npz"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_plainly(path("cut.npz"), std::span(whole).first(size));
    EXPECT_NE(error_of([&] { load_npz(path("cut.npz")); }), "") << size << " of " << whole.size() << " bytes";
  }
}

TEST_F(Npz, RefusesOrSurvivesEveryFlippedByte) {
  const Arrays arrays{{"loc", Array::from(counting(20), {20})}};
  for (const bool compressed : {false, true}) {
    save_npz(path("data.npz"), arrays, compressed);
    const auto whole = read_file(path("data.npz"));
    std::size_t refused = 0;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      auto damaged = whole;
      damaged[i] ^= std::byte{0x20};
      write_plainly(path("bad.npz"), damaged);
      // A changed date or attribute is harmless; changed values must never come back.
      Arrays read;
      const std::string error = error_of([&] { read = load_npz(path("bad.npz")); });
      refused += error.empty() ? 0U : 1U;
      EXPECT_TRUE(!error.empty() || !read.contains("loc") || read == arrays) << "byte " << i;
    }
    EXPECT_GT(refused, whole.size() / 2);
  }
}

TEST_F(Npz, RefusesOtherFiles) {
  EXPECT_NE(error_of([&] { load_npz(path("absent.npz")); }).find("No such file"), std::string::npos);
  atomic_write(path("text.npz"), "not an archive");
  EXPECT_NE(error_of([&] { load_npz(path("text.npz")); }).find("expected an npz archive"), std::string::npos);
  EXPECT_NE(error_of([&] { load_npy(path("text.npz")); }).find("expected a numpy array"), std::string::npos);
}

TEST_F(Npz, RefusesDamagedNpyHeaders) {
  const auto whole = encode_npy(Array::from(counting(3), {3}));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(error_of([&] { decode_npy(std::span(whole).first(size), "cut"); }), "") << size;
  const auto with_header = [&](const std::string& header) {
    std::string text = std::string("\x93NUMPY\x01", 7) + '\0' + static_cast<char>(header.size()) + '\0' + header;
    text.append(24, '\0');
    return error_of([&] { decode_npy(std::as_bytes(std::span(text)), "x"); });
  };
  EXPECT_EQ(with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (3,)}"), "");
  EXPECT_EQ(with_header("{\"shape\": (3L,), 'fortran_order': True, 'descr': '<f8'}"), "");
  for (const char* header :
       {"", "{}", "{'descr': '<f8', 'fortran_order': False, 'shape': (4,)}", "{'descr': '<f8', 'fortran_order': False}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3,)} junk",
        "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (3,)}",
        "{'descr': '<f8', 'fortran_order': Maybe, 'shape': (3,)}",
        "{'descr': '', 'fortran_order': False, 'shape': (3,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-3,)}"})
    EXPECT_NE(with_header(header), "") << header;
}

/// Every array of `from` through pieces of `rows` rows into `to`.
void copy_in_pieces(const std::string& from, const std::string& to, std::int64_t rows) {
  const NpzFile file(from);
  NpzWriter writer(to);
  for (const std::string& name : file.names()) {
    const Array about = file.describe(name);
    writer.declare(name, about.dtype, about.shape);
    NpzRows pieces = file.rows(name);
    do writer.append(name, pieces.next(rows).data);
    while (pieces.left() > 0);
  }
  writer.commit();
}

TEST_F(Npz, PiecesGiveTheBytesOfTheWhole) {
  const Arrays more{{"scalar", Array::from(std::vector<float>{0.5F}, {})},
                    {"none", Array::from(std::vector<std::int64_t>{}, {0, 5})},
                    {"b", Array::from(counting(24), {6, 4})}};
  save_npz(path("more.npz"), more, true);
  for (const std::string& name : {golden("numpy_stored.npz"), golden("numpy_deflated.npz"), path("more.npz")}) {
    save_npz(path("whole.npz"), load_npz(name));
    for (const std::int64_t rows : {1, 5}) {
      copy_in_pieces(name, path("pieces.npz"), rows);
      EXPECT_EQ(read_file(path("pieces.npz")), read_file(path("whole.npz"))) << name << " by " << rows;
    }
  }
  EXPECT_EQ(files(), (std::set<std::string>{"more.npz", "pieces.npz", "whole.npz"}));
}

TEST_F(Npz, ArraysMayGrowTogetherAndMustBecomeWhole) {
  NpzWriter writer(path("a.npz"));
  writer.declare("z", "f8", {4});
  writer.declare("a", "f8", {4});
  const Array all = Array::from(counting(4), {4});
  for (std::size_t i = 0; i < 4; ++i) {
    const auto value = std::span(all.data).subspan(8 * i, 8);
    EXPECT_NE(error_of([&] { writer.commit(); }).find("more bytes of 'a'; received none"), std::string::npos);
    writer.append("a", value);
    writer.append("z", value);
  }
  EXPECT_NE(error_of([&] { writer.append("z", all.data); }).find("at most 0 more bytes"), std::string::npos);
  EXPECT_NE(error_of([&] { writer.declare("z", "f8", {4}); }).find("'z' twice"), std::string::npos);
  EXPECT_TRUE(files().empty()) << "nothing is there before the end";
  writer.commit();
  save_npz(path("b.npz"), {{"a", all}, {"z", all}});
  EXPECT_EQ(read_file(path("a.npz")), read_file(path("b.npz")));
  EXPECT_EQ(error_of([&] { NpzWriter(path("nowhere/a.npz")); }),
            "cannot write " + path("nowhere/a.npz") + ": there is no folder " + path("nowhere"));
}

TEST_F(Npz, DamageIsFoundInTheLastPiece) {
  save_npz(path("a.npz"), {{"a", Array::from(counting(6), {6})}});
  std::vector<std::byte> bytes = read_file(path("a.npz"));
  bytes[200] ^= std::byte{1};  // among the values, which begin at a multiple of 64 of their member
  write_plainly(path("a.npz"), bytes);
  const NpzFile file(path("a.npz"));
  NpzRows rows = file.rows("a");
  rows.next(3);
  EXPECT_NE(error_of([&] { rows.next(3); }).find("array 'a': is damaged"), std::string::npos);
}

#ifndef __SANITIZE_ADDRESS__  // which takes address space of its own
TEST_F(Npz, PiecesTakeLittleMemory) {
  constexpr std::int64_t kRows = 1 << 14;
  {
    NpzWriter writer(path("large.npz"));
    writer.declare("a", "f8", {kRows, 512});  // 64 MiB
    const std::vector<std::byte> piece(std::size_t{1} << 20);
    for (int i = 0; i < 64; ++i) writer.append("a", piece);
    writer.commit();
  }
  long pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit before{};
  getrlimit(RLIMIT_AS, &before);
  const rlimit tight{static_cast<rlim_t>(pages * sysconf(_SC_PAGESIZE)) + (24U << 20U), before.rlim_max};
  setrlimit(RLIMIT_AS, &tight);
  const std::string piecewise = error_of([&] { copy_in_pieces(path("large.npz"), path("copy.npz"), 64); });
  bool whole_fits = true;
  try {
    load_npz(path("large.npz"));
  } catch (const std::bad_alloc&) {
    whole_fits = false;
  }
  setrlimit(RLIMIT_AS, &before);
  EXPECT_EQ(piecewise, "");
  EXPECT_FALSE(whole_fits) << "control";
  EXPECT_EQ(fs::file_size(path("copy.npz")), fs::file_size(path("large.npz")));
}
#endif

}  // namespace
}  // namespace coset::io
