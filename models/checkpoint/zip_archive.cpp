// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/zip_archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "models/base/error.h"
#include "models/checkpoint/byte_range.h"
#include "models/checkpoint/utf8.h"

namespace olivine {
namespace {

constexpr uint64_t kLocalSignature = 0x04034b50;
constexpr uint64_t kEntrySignature = 0x02014b50;
constexpr uint64_t kEndSignature = 0x06054b50;
constexpr uint64_t kEnd64Signature = 0x06064b50;
constexpr uint64_t kLocator64Signature = 0x07064b50;
constexpr size_t kLocalBytes = 30;
constexpr size_t kEntryBytes = 46;
constexpr size_t kEndBytes = 22;
constexpr size_t kEnd64Bytes = 56;
constexpr size_t kLocator64Bytes = 20;
constexpr size_t kMaxCommentBytes = 0xFFFF;
constexpr uint64_t kIn64 = 0xFFFFFFFF;  // the number is in the zip64 field instead
constexpr uint64_t kZip64Field = 0x0001;
constexpr uint64_t kEncrypted = 0x1;
constexpr uint64_t kStored = 0;
constexpr uint64_t kDeflated = 8;
// Deflate's longest match: 258 bytes from two bits.
constexpr uint64_t kMaxDeflateRatio = 1032;

struct Directory {
  uint64_t entry_count = 0;
  std::span<const uint8_t> bytes;
};

struct Entry {
  ZipMember member;
  uint64_t packed_bytes = 0;
  uint64_t offset = 0;  // of the local header
  uint64_t end = 0;     // behind the packed bytes
};

// Parses one archive; every message starts with its source.
class Parser {
 public:
  Parser(std::span<const uint8_t> bytes, const std::string& source)
      : bytes_(bytes), source_(source) {}

  std::vector<ZipMember> parse() {
    const Directory directory = find_directory();
    std::span<const uint8_t> rest = directory.bytes;
    // Every entry takes bytes of the directory, so a false count ends the loop early.
    for (uint64_t i = 0; i < directory.entry_count; ++i) add_entry(rest);
    if (!rest.empty()) fail(fmt::format("{} bytes behind the last entry", rest.size()));
    std::vector<ZipMember> members;
    for (const Entry& entry : entries_) members.push_back(entry.member);
    check_overlap();
    return members;
  }

 private:
  [[noreturn]] void fail(std::string_view reason) const {
    throw ConfigError{fmt::format("{}: ZIP directory: {}", source_, reason)};
  }
  [[noreturn]] void fail(const ZipMember& member, std::string_view reason) const {
    throw ConfigError{fmt::format("{}: {}: {}", source_, member.name, reason)};
  }

  // The record at the end of the file; a comment may follow it.
  [[nodiscard]] std::optional<size_t> find_end() const {
    if (bytes_.size() < kEndBytes) return std::nullopt;
    const size_t last = bytes_.size() - kEndBytes;
    const size_t first = last - std::min(last, kMaxCommentBytes);
    for (size_t at = last + 1; at-- > first;) {
      if (little_endian(bytes_, at, 4) == kEndSignature &&
          little_endian(bytes_, at + 20, 2) == last - at) {
        return at;
      }
    }
    return std::nullopt;
  }

  Directory find_directory() const {
    const auto end = find_end();
    if (!end) fail("no end record");
    const auto record = bytes_.subspan(*end, kEndBytes);
    if (little_endian(record, 4, 2) != 0 || little_endian(record, 6, 2) != 0) {
      fail("split archives are not read");
    }
    uint64_t count = little_endian(record, 10, 2);
    uint64_t length = little_endian(record, 12, 4);
    uint64_t offset = little_endian(record, 16, 4);
    if (count == 0xFFFF || length == kIn64 || offset == kIn64) {
      const auto record64 = find_end64(*end);
      count = little_endian(record64, 32, 8);
      length = little_endian(record64, 40, 8);
      offset = little_endian(record64, 48, 8);
    }
    const auto directory = range_of(bytes_.first(*end), offset, length);
    if (!directory) {
      fail(fmt::format("{} bytes at {}: must lie within the file, {} bytes", length, offset,
                       bytes_.size()));
    }
    return {count, *directory};
  }

  std::span<const uint8_t> find_end64(size_t end) const {
    if (end < kLocator64Bytes) fail("no zip64 locator");
    const auto locator = bytes_.subspan(end - kLocator64Bytes, kLocator64Bytes);
    if (little_endian(locator, 0, 4) != kLocator64Signature) fail("no zip64 locator");
    const auto record = range_of(bytes_, little_endian(locator, 8, 8), kEnd64Bytes);
    if (!record || little_endian(*record, 0, 4) != kEnd64Signature) fail("no zip64 end record");
    return *record;
  }

  // Takes the entry off `rest`.
  void add_entry(std::span<const uint8_t>& rest) {
    if (rest.size() < kEntryBytes || little_endian(rest, 0, 4) != kEntrySignature) {
      fail(fmt::format("entry {} is missing or broken", entries_.size()));
    }
    const auto fixed = rest.first(kEntryBytes);
    const uint64_t name_bytes = little_endian(fixed, 28, 2);
    const uint64_t extra_bytes = little_endian(fixed, 30, 2);
    const uint64_t comment_bytes = little_endian(fixed, 32, 2);
    const auto name = range_of(rest, kEntryBytes, name_bytes);
    const auto extra = range_of(rest, kEntryBytes + name_bytes, extra_bytes);
    const uint64_t entry_bytes = kEntryBytes + name_bytes + extra_bytes + comment_bytes;
    if (!name || !extra || entry_bytes > rest.size()) {
      fail(fmt::format("entry {} is longer than the directory", entries_.size()));
    }
    Entry entry;
    entry.member.name.assign(name->begin(), name->end());
    check_name(entry.member.name);
    read_sizes(entry, fixed, *extra);
    locate(entry);
    entries_.push_back(std::move(entry));
    rest = rest.subspan(static_cast<size_t>(entry_bytes));
  }

  void check_name(const std::string& name) {
    if (!is_utf8_name(name)) fail(fmt::format("entry {}: name must be UTF-8", entries_.size()));
    if (!names_.insert(name).second) fail(fmt::format("member {} twice", name));
  }

  void read_sizes(Entry& entry, std::span<const uint8_t> fixed, std::span<const uint8_t> extra) {
    ZipMember& member = entry.member;
    const uint64_t method = little_endian(fixed, 10, 2);
    if ((little_endian(fixed, 8, 2) & kEncrypted) != 0) fail(member, "encrypted: is not read");
    if (method != kStored && method != kDeflated) {
      fail(member, fmt::format("compression {}: must be 0 (stored) or 8 (deflated)", method));
    }
    member.is_deflated = method == kDeflated;
    member.crc = static_cast<uint32_t>(little_endian(fixed, 16, 4));
    entry.packed_bytes = little_endian(fixed, 20, 4);
    member.unpacked_bytes = little_endian(fixed, 24, 4);
    entry.offset = little_endian(fixed, 42, 4);
    read_zip64(entry, extra);
    const bool is_possible = member.is_deflated
                                 ? member.unpacked_bytes / kMaxDeflateRatio <= entry.packed_bytes
                                 : member.unpacked_bytes == entry.packed_bytes;
    if (!is_possible) {
      fail(member, fmt::format("{} bytes cannot come from {} packed ones", member.unpacked_bytes,
                               entry.packed_bytes));
    }
  }

  // The extra field has the numbers that did not fit, in this order.
  void read_zip64(Entry& entry, std::span<const uint8_t> extra) const {
    while (extra.size() >= 4) {
      const uint64_t id = little_endian(extra, 0, 2);
      const auto found = range_of(extra, 4, little_endian(extra, 2, 2));
      if (!found) break;
      extra = extra.subspan(4 + found->size());
      if (id != kZip64Field) continue;
      auto field = *found;
      for (uint64_t* number : {&entry.member.unpacked_bytes, &entry.packed_bytes, &entry.offset}) {
        if (*number != kIn64 || field.size() < 8) continue;
        *number = little_endian(field, 0, 8);
        field = field.subspan(8);
      }
    }
  }

  // The packed bytes follow the local header, whose name must be the same: some readers look at
  // the one, some at the other.
  void locate(Entry& entry) const {
    ZipMember& member = entry.member;
    const auto local = range_of(bytes_, entry.offset, kLocalBytes);
    if (!local || little_endian(*local, 0, 4) != kLocalSignature) {
      fail(member, fmt::format("no local header at {}", entry.offset));
    }
    const uint64_t name_bytes = little_endian(*local, 26, 2);
    const uint64_t name_at = entry.offset + kLocalBytes;  // within the file
    const auto name = range_of(bytes_, name_at, name_bytes);
    if (!name || !std::equal(name->begin(), name->end(), member.name.begin(), member.name.end())) {
      fail(member, "the local header has another name");
    }
    const uint64_t begin = name_at + name_bytes + little_endian(*local, 28, 2);
    const auto packed = range_of(bytes_, begin, entry.packed_bytes);
    if (!packed) fail(member, fmt::format("{} bytes are not there", entry.packed_bytes));
    member.packed = *packed;
    entry.end = begin + entry.packed_bytes;
  }

  // Members that share bytes would unpack to more than their archive can hold.
  void check_overlap() {
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) { return a.offset < b.offset; });
    for (size_t i = 1; i < entries_.size(); ++i) {
      if (entries_[i].offset < entries_[i - 1].end) {
        fail(entries_[i].member, fmt::format("overlaps {}", entries_[i - 1].member.name));
      }
    }
  }

  std::span<const uint8_t> bytes_;
  const std::string& source_;
  std::vector<Entry> entries_;
  std::set<std::string> names_;
};

}  // namespace

bool looks_like_zip(std::span<const uint8_t> bytes) {
  if (bytes.size() < 4) return false;
  const uint64_t signature = little_endian(bytes, 0, 4);
  return signature == kLocalSignature || signature == kEndSignature;
}

std::vector<ZipMember> parse_zip(std::span<const uint8_t> bytes, const std::string& source) {
  return Parser{bytes, source}.parse();
}

}  // namespace olivine
