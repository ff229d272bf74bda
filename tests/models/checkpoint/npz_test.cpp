// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/npz.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "models/checkpoint/zip_archive.h"
#include "tests/models/checkpoint/checkpoint_files.h"
#include "tests/models/checkpoint/numpy_files.h"

namespace olivine {
namespace {

using test::expect_refused;
using test::npy_of;
using test::zip_entry;
using test::zip_of;
using test::ZipEntry;

std::vector<uint8_t> array_of(int64_t count) {
  return npy_of(fmt::format("{{'descr': '|u1', 'fortran_order': False, 'shape': ({},)}}", count),
                static_cast<size_t>(count));
}

ZipEntry good(bool is_deflated) { return zip_entry("w.npy", array_of(700), is_deflated); }

void expect_bad(const std::vector<uint8_t>& file, std::string_view reason) {
  expect_refused([&] { (void)parse_npz(file, "m.npz"); }, "m.npz: ", reason);
}
void expect_bad(const ZipEntry& entry, std::string_view reason) {
  expect_bad(zip_of({entry}), reason);
}

TEST(Npz, ReadsStoredAndDeflatedMembers) {
  const auto file =
      zip_of({zip_entry("a.npy", array_of(3), false), zip_entry("layer/b.npy", array_of(700), true),
              zip_entry("empty.npy", array_of(0), true)},
             "a comment");
  const Checkpoint checkpoint = parse_npz(file, "m.npz");
  ASSERT_EQ(checkpoint.tensors().size(), 3u);
  const StoredTensor& stored = checkpoint.at("a");
  EXPECT_GE(stored.bytes.data(), file.data());  // not copied
  EXPECT_LT(stored.bytes.data(), file.data() + file.size());
  const StoredTensor& unpacked = checkpoint.at("layer/b");
  ASSERT_EQ(unpacked.bytes.size(), 700u);
  for (size_t i = 0; i < 700; ++i) EXPECT_EQ(unpacked.bytes[i], static_cast<uint8_t>(i));
  EXPECT_EQ(checkpoint.at("empty").element_count(), 0);
}

TEST(Npz, AnEmptyArchiveHasNoTensors) {
  EXPECT_TRUE(looks_like_zip(zip_of({})));
  EXPECT_TRUE(parse_npz(zip_of({}), "m.npz").tensors().empty());
}

TEST(Npz, EveryTruncationIsRefusedBad) {
  for (const bool is_deflated : {false, true}) {
    const auto file = zip_of({good(is_deflated), zip_entry("v.npy", array_of(3), is_deflated)});
    for (size_t length = 0; length < file.size(); ++length) {
      const std::vector<uint8_t> cut{file.begin(), file.begin() + static_cast<int64_t>(length)};
      EXPECT_THROW((void)parse_npz(cut, "cut"), ConfigError) << length;
    }
    auto longer = file;
    longer.push_back(0);
    expect_bad(longer, "ZIP directory: no end record");
  }
}

// A flipped bit is refused, or is where a reader does not look (time, attributes, comment).
TEST(Npz, NoChangedByteChangesTheTensors) {
  for (const bool is_deflated : {false, true}) {
    const auto file = zip_of({good(is_deflated)});
    const Checkpoint wanted = parse_npz(file, "m.npz");
    for (size_t at = 0; at < file.size(); ++at) {
      auto changed = file;
      changed[at] ^= 0x41;
      try {
        const Checkpoint found = parse_npz(changed, "m.npz");
        ASSERT_EQ(found.tensors().size(), 1u) << at;
        const auto& actual = found.tensors()[0].bytes;
        const auto& expected = wanted.tensors()[0].bytes;
        EXPECT_TRUE(std::equal(actual.begin(), actual.end(), expected.begin(), expected.end()))
            << at;
      } catch (const ConfigError&) {
        continue;
      }
    }
  }
}

TEST(Npz, RefusesWrongMembersBad) {
  ZipEntry entry = good(false);
  entry.crc ^= 1;
  expect_bad(entry, "w.npy: checksum ");
  entry = good(true);
  entry.crc ^= 1;
  expect_bad(entry, "w.npy: checksum ");
  entry = good(false);
  entry.flags = 1;
  expect_bad(entry, "w.npy: encrypted");
  entry = good(false);
  entry.method = 14;
  expect_bad(entry, "w.npy: compression 14: must be 0 (stored) or 8 (deflated)");
  entry = good(false);
  entry.name = entry.local_name = "w.pkl";
  expect_bad(entry, "w.pkl: members must be .npy arrays");
  entry = good(false);
  entry.local_name = "v.npy";
  expect_bad(entry, "w.npy: the local header has another name");
  entry = good(false);
  entry.name = entry.local_name = "\xC0\x80.npy";
  expect_bad(entry, "name must be UTF-8");
  entry = good(false);
  entry.offset_shift = 1;
  expect_bad(entry, "w.npy: no local header at 1");
  entry.offset_shift = 0xFFFFFFF0;
  expect_bad(entry, "w.npy: no local header at 4294967280");
  expect_bad(zip_of({good(false), good(true)}), "member w.npy twice");
  expect_bad(zip_entry("w.npy", {1, 2, 3}, false), "w.npy: no NumPy array");
}

TEST(Npz, RefusesWrongSizesBad) {
  ZipEntry entry = good(false);
  entry.unpacked_bytes += 1;
  expect_bad(entry, "bytes cannot come from");
  entry.packed_bytes += 1;  // the directory's first byte is taken for data
  expect_bad(entry, "checksum");
  entry.packed_bytes = entry.unpacked_bytes = 0xFFFFFFF0;
  expect_bad(entry, "w.npy: 4294967280 bytes are not there");
  entry = good(true);
  entry.unpacked_bytes += 1;
  expect_bad(entry, "w.npy: does not unpack to ");
  entry.unpacked_bytes -= 2;
  expect_bad(entry, "w.npy: does not unpack to ");
  entry = good(true);
  entry.packed_bytes -= 1;
  expect_bad(entry, "w.npy: does not unpack to ");
  entry.packed_bytes += 2;
  expect_bad(entry, "w.npy: does not unpack to ");
  entry = good(true);
  entry.packed[0] = 0x07;  // block type 3 is not defined
  expect_bad(entry, "w.npy: does not unpack to ");
}

// A bomb is refused by what it declares, before anything is unpacked.
TEST(Npz, RefusesBombsBad) {
  ZipEntry entry = good(true);
  entry.unpacked_bytes = 0x7FFFFFFF;
  expect_bad(entry, "2147483647 bytes cannot come from");
  // 4.2 MB of packed bytes make the first member possible; the second is beyond the limit.
  entry.packed.assign((size_t{0xFFFFFFFE} / 1032) + 1, 0);
  entry.packed_bytes = static_cast<uint32_t>(entry.packed.size());
  entry.unpacked_bytes = 0xFFFFFFFE;
  ZipEntry second = good(true);
  second.name = second.local_name = "v.npy";
  expect_bad(zip_of({entry, second}), "v.npy: more than 4294967296 bytes to unpack");
}

TEST(Npz, RefusesOverlappingMembersBad) {
  auto first = good(false);
  auto second = zip_entry("v.npy", array_of(9), false);
  // The first says that it has the second's bytes too.
  const auto reach = static_cast<uint32_t>(30 + second.name.size() + second.packed.size());
  first.packed_bytes += reach;
  first.unpacked_bytes += reach;
  expect_bad(zip_of({first, second}), "v.npy: overlaps w.npy");
}

TEST(Npz, RefusesWrongDirectoriesBad) {
  const auto file = zip_of({good(false)});
  const size_t end = file.size() - 22;
  const auto with = [&file, end](size_t at, uint8_t value) {
    auto changed = file;
    changed[end + at] = value;
    return changed;
  };
  expect_bad(with(4, 1), "split archives are not read");
  expect_bad(with(10, 0), "bytes behind the last entry");
  expect_bad(with(10, 2), "entry 1 is missing or broken");
  expect_bad(with(12, 1), "entry 0 is missing or broken");
  expect_bad(with(15, 0x7F), "must lie within the file");
  expect_bad(with(19, 0x7F), "must lie within the file");
  expect_bad(with(20, 1), "no end record");
  auto in_64 = file;
  for (size_t i = 16; i < 20; ++i) in_64[end + i] = 0xFF;
  expect_bad(in_64, "no zip64 locator");
}

}  // namespace
}  // namespace olivine
