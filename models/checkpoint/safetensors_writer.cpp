// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "models/base/error.h"
#include "models/base/units.h"
#include "models/checkpoint/safetensors.h"
#include "models/checkpoint/tensor_shape.h"

namespace olivine {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr size_t kDataAlignment = 8;

struct Header {
  std::string text;
  int64_t data_bytes = 0;
};

std::string dump(const OrderedJson& json, const std::string& source) {
  try {
    return json.dump();
  } catch (const OrderedJson::exception& error) {
    throw ConfigError{fmt::format("{}: names must be UTF-8: {}", source, error.what())};
  }
}

Header make_header(const std::string& source, const std::vector<TensorHeader>& tensors,
                   const std::map<std::string, std::string>& metadata) {
  OrderedJson json = OrderedJson::object();
  if (!metadata.empty()) json["__metadata__"] = metadata;
  std::set<std::string_view> names{"__metadata__"};
  Header header;
  for (const TensorHeader& tensor : tensors) {
    if (!names.insert(tensor.name).second) {
      throw ConfigError{fmt::format("{}: tensor {} twice", source, tensor.name)};
    }
    const auto byte_count = checked_byte_count(tensor.type, tensor.shape);
    const int64_t begin = header.data_bytes;
    if (!byte_count || __builtin_add_overflow(begin, *byte_count, &header.data_bytes)) {
      throw ConfigError{fmt::format("{}: tensor {}: shape {}: must stay within 63 bits", source,
                                    tensor.name, shape_text(tensor.shape))};
    }
    json.push_back({tensor.name,
                    {{"dtype", name_of(tensor.type)},
                     {"shape", tensor.shape},
                     {"data_offsets", {begin, header.data_bytes}}}});
  }
  header.text = dump(json, source);
  // Data start aligned, as the specification asks; blanks after JSON mean nothing.
  header.text.resize(round_up(header.text.size(), kDataAlignment), ' ');
  if (header.text.size() > kMaxSafetensorsHeaderBytes) {
    throw ConfigError{fmt::format("{}: header of {} bytes: must be at most {}", source,
                                  header.text.size(), kMaxSafetensorsHeaderBytes)};
  }
  return header;
}

}  // namespace

std::filesystem::path part_path(const std::filesystem::path& path) {
  return path.string() + ".part";
}

SafetensorsWriter::SafetensorsWriter(std::filesystem::path path,
                                     const std::vector<TensorHeader>& tensors,
                                     const std::map<std::string, std::string>& metadata)
    : path_(std::move(path)) {
  const Header header = make_header(path_.string(), tensors, metadata);
  missing_bytes_ = static_cast<uint64_t>(header.data_bytes);
  errno = 0;
  file_.open(part_path(path_), std::ios::binary | std::ios::trunc);
  if (!file_) fail();
  part_ = part_path(path_);
  std::string length;
  for (int i = 0; i < 8; ++i) {
    length += static_cast<char>(uint64_t{header.text.size()} >> (8 * i) & 0xFFu);
  }
  file_ << length << header.text;
}

SafetensorsWriter::~SafetensorsWriter() {
  if (part_.empty()) return;
  file_.close();
  std::error_code ignored;
  std::filesystem::remove(part_, ignored);
}

void SafetensorsWriter::append(std::span<const uint8_t> bytes) {
  OLV_CHECK(bytes.size() <= missing_bytes_, "{}: {} bytes where {} are missing", path_.string(),
            bytes.size(), missing_bytes_);
  missing_bytes_ -= bytes.size();
  errno = 0;
  file_.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
  if (!file_) fail();
}

void SafetensorsWriter::commit() {
  OLV_CHECK(missing_bytes_ == 0 && !part_.empty(), "{}: {} bytes are missing", path_.string(),
            missing_bytes_);
  errno = 0;
  file_.close();
  if (!file_) fail();
  std::error_code error;
  std::filesystem::rename(part_, path_, error);
  if (error) {
    throw ConfigError{fmt::format("{}: cannot be written: {}", path_.string(), error.message())};
  }
  part_.clear();
}

void SafetensorsWriter::fail() const {
  const std::string reason = errno == 0 ? "" : ": " + std::generic_category().message(errno);
  throw ConfigError{fmt::format("{}: cannot be written{}", path_.string(), reason)};
}

}  // namespace olivine
