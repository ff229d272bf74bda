// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "models/base/error.h"
#include "models/checkpoint/bounded_json.h"
#include "models/checkpoint/mapped_file.h"
#include "models/checkpoint/tensor_shape.h"

namespace olivine {
namespace {

using Json = nlohmann::json;

constexpr size_t kLengthBytes = 8;
constexpr int kMaxHeaderDepth = 3;  // header, tensor, its shape
constexpr std::string_view kMetadata = "__metadata__";

// Where a tensor says that it lies; sorted as the data are.
struct Placed {
  uint64_t begin = 0;
  uint64_t end = 0;
  StoredTensor tensor;

  bool operator<(const Placed& other) const {
    return std::tie(begin, end, tensor.name) < std::tie(other.begin, other.end, other.tensor.name);
  }
};

// Parses one file; every message starts with its source.
class Parser {
 public:
  Parser(std::span<const uint8_t> bytes, const std::string& source)
      : bytes_(bytes), source_(source) {}

  void parse() {
    const Json header = parse_bounded_json(header_bytes(), kMaxHeaderDepth, source_ + ": header");
    if (!header.is_object()) fail("header", "must be a JSON object");
    std::vector<Placed> placed;
    for (const auto& [name, value] : header.items()) {
      if (name == kMetadata) {
        read_metadata(value);
      } else {
        placed.push_back(read_tensor(name, value));
      }
    }
    std::sort(placed.begin(), placed.end());
    lay_out(placed);
  }

  [[nodiscard]] std::vector<StoredTensor>& tensors() { return tensors_; }
  [[nodiscard]] std::map<std::string, std::string>& metadata() { return metadata_; }

 private:
  [[noreturn]] void fail(std::string_view where, std::string_view reason) const {
    throw ConfigError{fmt::format("{}: {}: {}", source_, where, reason)};
  }

  // Also finds the data behind the header.
  std::span<const uint8_t> header_bytes() {
    if (bytes_.size() < kLengthBytes) {
      fail("header", fmt::format("the file has {} bytes: no safetensors file", bytes_.size()));
    }
    uint64_t length = 0;
    for (size_t i = 0; i < kLengthBytes; ++i) length |= uint64_t{bytes_[i]} << (8 * i);
    const uint64_t most =
        std::min<uint64_t>(kMaxSafetensorsHeaderBytes, bytes_.size() - kLengthBytes);
    if (length > most) {
      fail("header", fmt::format("length {}: must be 0..{}, within the file", length, most));
    }
    data_ = bytes_.subspan(kLengthBytes + static_cast<size_t>(length));
    return bytes_.subspan(kLengthBytes, static_cast<size_t>(length));
  }

  void read_metadata(const Json& value) {
    if (!value.is_object()) fail(kMetadata, "must be an object of strings");
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) fail(kMetadata, fmt::format("'{}' must be a string", key));
      metadata_.emplace(key, text.get<std::string>());
    }
  }

  const Json& member(const std::string& tensor, const Json& object, const char* key) const {
    const auto found = object.find(key);
    if (found == object.end()) fail(tensor, fmt::format("{} is missing", key));
    return *found;
  }

  std::vector<int64_t> read_counts(const std::string& tensor, const Json& object,
                                   const char* key) const {
    constexpr auto kMost = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    const Json& list = member(tensor, object, key);
    if (!list.is_array()) fail(tensor, fmt::format("{} must be a list", key));
    std::vector<int64_t> counts;
    for (const Json& item : list) {
      if (!item.is_number_unsigned() || item.get<uint64_t>() > kMost) {
        fail(tensor,
             fmt::format("{}: item {} must be a whole number, 0..{}", key, counts.size(), kMost));
      }
      counts.push_back(item.get<int64_t>());
    }
    return counts;
  }

  ElementType read_type(const std::string& tensor, const Json& object) const {
    const Json& value = member(tensor, object, "dtype");
    if (!value.is_string()) fail(tensor, "dtype must be a string");
    const auto name = value.get<std::string>();
    if (const auto type = parse_element_type(name)) return *type;
    std::vector<std::string> names;
    for (const ElementTypeInfo& known : all_element_types()) names.emplace_back(known.name);
    fail(tensor, fmt::format("dtype {}: must be one of {}", name, fmt::join(names, " ")));
  }

  Placed read_tensor(const std::string& name, const Json& value) const {
    if (!value.is_object()) fail(name, "must be an object with dtype, shape, data_offsets");
    Placed placed;
    placed.tensor.name = name;
    placed.tensor.type = read_type(name, value);
    placed.tensor.shape = read_counts(name, value, "shape");
    const auto offsets = read_counts(name, value, "data_offsets");
    if (offsets.size() != 2) fail(name, "data_offsets must be a list of begin and end");
    placed.begin = static_cast<uint64_t>(offsets[0]);
    placed.end = static_cast<uint64_t>(offsets[1]);
    if (placed.begin > placed.end || placed.end > data_.size()) {
      fail(name, fmt::format("data_offsets [{}, {}]: must ascend, within {} bytes of data",
                             placed.begin, placed.end, data_.size()));
    }
    const auto byte_count = checked_byte_count(placed.tensor.type, placed.tensor.shape);
    if (!byte_count) {
      fail(name, fmt::format("shape {}: beyond 63 bits", shape_text(placed.tensor.shape)));
    }
    if (static_cast<uint64_t>(*byte_count) != placed.end - placed.begin) {
      fail(name, fmt::format("data_offsets [{}, {}]: must span {} bytes, {} of {}", placed.begin,
                             placed.end, *byte_count, shape_text(placed.tensor.shape),
                             name_of(placed.tensor.type)));
    }
    return placed;
  }

  // Every byte of the data belongs to exactly one tensor.
  void lay_out(std::vector<Placed>& placed) {
    uint64_t next = 0;
    for (Placed& item : placed) {
      if (item.begin != next) {
        fail(item.tensor.name,
             fmt::format("data_offsets [{}, {}]: must begin at {}, where the tensor before ends",
                         item.begin, item.end, next));
      }
      item.tensor.bytes = data_.subspan(static_cast<size_t>(item.begin),
                                        static_cast<size_t>(item.end - item.begin));
      next = item.end;
      tensors_.push_back(std::move(item.tensor));
    }
    if (next != data_.size()) {
      throw ConfigError{fmt::format("{}: data has {} bytes: must be {}, where the last tensor ends",
                                    source_, data_.size(), next)};
    }
  }

  std::span<const uint8_t> bytes_;
  std::span<const uint8_t> data_;
  const std::string& source_;
  std::vector<StoredTensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace

Checkpoint parse_safetensors(std::span<const uint8_t> bytes, const std::string& source,
                             std::shared_ptr<const void> storage) {
  Parser parser{bytes, source};
  parser.parse();
  return {source, std::move(parser.tensors()), std::move(parser.metadata()), std::move(storage)};
}

Checkpoint open_safetensors(const std::filesystem::path& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  const std::string source = path.string();
  Parser parser{file->bytes(), source};
  parser.parse();
  return {source, std::move(parser.tensors()), std::move(parser.metadata()), nullptr, {file}};
}

}  // namespace olivine
