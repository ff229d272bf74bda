// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <zlib.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/error.h"
#include "tests/models/checkpoint/checkpoint_bytes.h"

namespace olivine::test {

// A .npy file with this header, as it stands, and `data_bytes` bytes 0, 1, 2, ...
inline std::vector<uint8_t> npy_of(std::string_view header, size_t data_bytes, int version = 1) {
  std::vector<uint8_t> file = {0x93, 'N', 'U', 'M', 'P', 'Y', static_cast<uint8_t>(version), 0};
  append_little(file, header.size(), version == 1 ? 2 : 4);
  append_text(file, header);
  for (size_t i = 0; i < data_bytes; ++i) file.push_back(static_cast<uint8_t>(i));
  return file;
}

// Deflate without zlib's header, as ZIP has it.
inline std::vector<uint8_t> deflated(std::span<const uint8_t> bytes) {
  z_stream stream{};
  OLV_CHECK(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK,
            "zlib");
  std::vector<uint8_t> packed(deflateBound(&stream, bytes.size()));
  stream.next_in = const_cast<uint8_t*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  OLV_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib");
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

// What an archive says of one member. Whatever a test changes is written as it stands.
struct ZipEntry {
  std::string name;
  std::vector<uint8_t> packed;
  uint16_t method = 0;
  uint16_t flags = 0;
  uint32_t crc = 0;
  uint32_t packed_bytes = 0;
  uint32_t unpacked_bytes = 0;
  std::string local_name;
  uint32_t offset_shift = 0;  // added to the true place of the local header
};

inline ZipEntry zip_entry(std::string name, const std::vector<uint8_t>& content, bool is_deflated) {
  ZipEntry entry;
  entry.name = name;
  entry.local_name = std::move(name);
  entry.packed = is_deflated ? deflated(content) : content;
  entry.method = is_deflated ? 8 : 0;
  entry.crc = static_cast<uint32_t>(crc32_z(0, content.data(), content.size()));
  entry.packed_bytes = static_cast<uint32_t>(entry.packed.size());
  entry.unpacked_bytes = static_cast<uint32_t>(content.size());
  return entry;
}

inline void put_header(std::vector<uint8_t>& out, const ZipEntry& entry, size_t name_bytes) {
  append_little(out, 20, 2);  // version needed
  append_little(out, entry.flags, 2);
  append_little(out, entry.method, 2);
  append_little(out, 0, 4);  // time and date
  append_little(out, entry.crc, 4);
  append_little(out, entry.packed_bytes, 4);
  append_little(out, entry.unpacked_bytes, 4);
  append_little(out, name_bytes, 2);
  append_little(out, 0, 2);  // extra field
}

inline std::vector<uint8_t> zip_of(const std::vector<ZipEntry>& entries,
                                   std::string_view comment = {}) {
  std::vector<uint8_t> file;
  std::vector<uint8_t> directory;
  for (const ZipEntry& entry : entries) {
    const size_t offset = file.size();
    append_little(file, 0x04034b50, 4);
    put_header(file, entry, entry.local_name.size());
    append_text(file, entry.local_name);
    file.insert(file.end(), entry.packed.begin(), entry.packed.end());
    append_little(directory, 0x02014b50, 4);
    append_little(directory, 20, 2);  // version made by
    put_header(directory, entry, entry.name.size());
    directory.resize(directory.size() + 10);  // comment, disk, attributes: 2 + 2 + 2 + 4
    append_little(directory, offset + entry.offset_shift, 4);
    append_text(directory, entry.name);
  }
  const size_t directory_at = file.size();
  file.insert(file.end(), directory.begin(), directory.end());
  append_little(file, 0x06054b50, 4);
  append_little(file, 0, 4);  // disks
  append_little(file, entries.size(), 2);
  append_little(file, entries.size(), 2);
  append_little(file, directory.size(), 4);
  append_little(file, directory_at, 4);
  append_little(file, comment.size(), 2);
  append_text(file, comment);
  return file;
}

}  // namespace olivine::test
