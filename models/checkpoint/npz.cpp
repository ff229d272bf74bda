// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/npz.h"

#include <fmt/format.h>

#include "models/base/error.h"
#include "models/checkpoint/mapped_file.h"
#include "models/checkpoint/npy.h"
#include "models/checkpoint/zip_archive.h"

namespace olivine {
namespace {

constexpr std::string_view kSuffix = ".npy";

// What the tensors point to beside the file.
struct Unpacked {
  std::shared_ptr<const void> storage;
  std::vector<std::vector<uint8_t>> members;
};

void check_members(const std::vector<ZipMember>& members, const std::string& source) {
  uint64_t unpacked_bytes = 0;
  for (const ZipMember& member : members) {
    if (!member.name.ends_with(kSuffix)) {
      throw ConfigError{fmt::format("{}: {}: members must be .npy arrays", source, member.name)};
    }
    if (!member.is_deflated) continue;
    // No overflow: deflate's ratio bounds each size by its packed bytes.
    unpacked_bytes += member.unpacked_bytes;
    if (unpacked_bytes > kMaxNpzUnpackedBytes) {
      throw ConfigError{
          fmt::format("{}: {}: more than {} bytes to unpack (numpy.savez stores "
                      "arrays that can be mapped)",
                      source, member.name, kMaxNpzUnpackedBytes)};
    }
  }
}

// Drops the file's pages as soon as their checksum is known.
Checkpoint read_npz(std::span<const uint8_t> bytes, const std::string& source,
                    std::shared_ptr<const void> storage,
                    std::vector<std::shared_ptr<const MappedFile>> files) {
  const std::vector<ZipMember> members = parse_zip(bytes, source);
  check_members(members, source);
  const auto kept = std::make_shared<Unpacked>();
  kept->storage = std::move(storage);
  std::vector<StoredTensor> tensors;
  for (const ZipMember& member : members) {
    std::span<const uint8_t> data = member.packed;
    if (member.is_deflated) {
      kept->members.push_back(inflate_member(member, source));
      data = kept->members.back();
    }
    check_crc(member, data, source);
    for (const auto& file : files) file->release(member.packed);
    tensors.push_back(parse_npy(data, fmt::format("{}: {}", source, member.name),
                                member.name.substr(0, member.name.size() - kSuffix.size())));
  }
  return {source, std::move(tensors), {}, kept, std::move(files)};
}

}  // namespace

Checkpoint parse_npz(std::span<const uint8_t> bytes, const std::string& source,
                     std::shared_ptr<const void> storage) {
  return read_npz(bytes, source, std::move(storage), {});
}

Checkpoint open_npz(const std::filesystem::path& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  return read_npz(file->bytes(), path.string(), nullptr, {file});
}

}  // namespace olivine
