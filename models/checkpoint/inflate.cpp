// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "models/base/error.h"
#include "models/checkpoint/zip_archive.h"

namespace olivine {
namespace {

// zlib's decompressor for deflate without zlib's own header.
class Inflater {
 public:
  Inflater() { OLV_CHECK(inflateInit2(&stream_, -MAX_WBITS) == Z_OK, "zlib"); }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Whether `packed` is one whole stream, of exactly out.size() bytes.
  bool run(std::span<const uint8_t> packed, std::span<uint8_t> out) {
    uint8_t behind = 0;  // one byte more than declared shows a stream that is too long
    for (;;) {
      const bool is_full = out.empty();
      const std::span<uint8_t> target = is_full ? std::span{&behind, 1} : out;
      stream_.next_in = const_cast<uint8_t*>(packed.data());
      stream_.avail_in = piece(packed.size());
      stream_.next_out = target.data();
      stream_.avail_out = piece(target.size());
      const uInt offered_in = stream_.avail_in;
      const uInt offered_out = stream_.avail_out;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      const size_t written = offered_out - stream_.avail_out;
      packed = packed.subspan(offered_in - stream_.avail_in);
      if (is_full && written != 0) return false;
      out = out.subspan(written);
      if (status == Z_STREAM_END) return packed.empty() && out.empty();
      if (status != Z_OK) return false;
    }
  }

 private:
  static uInt piece(size_t byte_count) {
    return static_cast<uInt>(std::min<size_t>(byte_count, std::numeric_limits<uInt>::max()));
  }

  z_stream stream_{};
};

}  // namespace

std::vector<uint8_t> inflate_member(const ZipMember& member, const std::string& source) {
  std::vector<uint8_t> unpacked(static_cast<size_t>(member.unpacked_bytes));
  if (!Inflater{}.run(member.packed, unpacked)) {
    throw ConfigError{fmt::format("{}: {}: does not unpack to {} bytes", source, member.name,
                                  member.unpacked_bytes)};
  }
  return unpacked;
}

void check_crc(const ZipMember& member, std::span<const uint8_t> unpacked,
               const std::string& source) {
  const auto crc = static_cast<uint32_t>(crc32_z(0, unpacked.data(), unpacked.size()));
  if (crc == member.crc) return;
  throw ConfigError{
      fmt::format("{}: {}: checksum {:08x}: must be {:08x}", source, member.name, crc, member.crc)};
}

}  // namespace olivine
