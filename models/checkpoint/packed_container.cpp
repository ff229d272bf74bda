// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/packed_container.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "models/base/error.h"
#include "models/base/gemm_shape.h"
#include "models/base/text.h"
#include "models/checkpoint/bounded_json.h"
#include "models/checkpoint/tensor_shape.h"

namespace olivine {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kEntryPrefix = "packed:";
constexpr int kEntryDepth = 2;  // the entry, its shape

int64_t bytes_a_row(Bytes one_row) { return static_cast<int64_t>(one_row.count()); }

// One entry of the metadata; every message starts with where it stands.
class EntryReader {
 public:
  EntryReader(const std::string& key, const std::string& text, const std::string& source)
      : where_(fmt::format("{}: __metadata__: {}", source, key)),
        json_(parse_bounded_json({reinterpret_cast<const uint8_t*>(text.data()), text.size()},
                                 kEntryDepth, where_)) {}

  PackedTensorInfo read(std::string name) const {
    if (!json_.is_object()) fail("must be a JSON object");
    PackedTensorInfo info;
    info.name = std::move(name);
    info.format = read_format();
    info.pattern = read_pattern();
    info.rows = count(member("rows"), "rows");
    info.k = count(member("k"), "k");
    const Json& shape = member("shape");
    if (!shape.is_array()) fail("shape must be a list");
    for (const Json& extent : shape) info.shape.push_back(count(extent, "shape"));
    if (json_.size() != 5) fail("must have format, pattern, rows, k, shape and nothing else");
    // Both extents are at most 2^31, so their product fits.
    if (checked_element_count(info.shape) != info.rows * info.k) {
      fail(fmt::format("shape {}: must have rows x k = {} x {} elements", shape_text(info.shape),
                       info.rows, info.k));
    }
    return info;
  }

 private:
  [[noreturn]] void fail(std::string_view reason) const {
    throw ConfigError{fmt::format("{}: {}", where_, reason)};
  }

  const Json& member(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end()) fail(fmt::format("{} is missing", key));
    return *found;
  }

  std::string text(const char* key) const {
    const Json& value = member(key);
    if (!value.is_string()) fail(fmt::format("{} must be a string", key));
    return value.get<std::string>();
  }

  int64_t count(const Json& value, std::string_view key) const {
    constexpr auto kMost = static_cast<uint64_t>(kMaxExtent);
    if (!value.is_number_unsigned() || value.get<uint64_t>() > kMost) {
      fail(fmt::format("{} = {}: must be a whole number, 0..{}", key, value.dump(), kMost));
    }
    return value.get<int64_t>();
  }

  Format read_format() const {
    const std::string name = text("format");
    const auto format = parse_format(name);
    if (!format) fail(fmt::format("format '{}': is unknown", name));
    return *format;
  }

  Pattern read_pattern() const {
    const std::string name = text("pattern");
    for (const Pattern pattern : {Pattern::Dense, Pattern::TwoFour}) {
      if (name == name_of(pattern)) return pattern;
    }
    fail(fmt::format("pattern '{}': must be dense or 2:4", name));
  }

  std::string where_;
  Json json_;
};

// The stored part that `wanted` describes.
const StoredTensor& part(const Checkpoint& checkpoint, const TensorHeader& wanted) {
  const StoredTensor& stored = checkpoint.at(wanted.name);
  if (stored.type != wanted.type || stored.shape != wanted.shape) {
    throw ConfigError{fmt::format("{}: {}: is {} {}: must be {} {}", checkpoint.source(),
                                  wanted.name, name_of(stored.type), shape_text(stored.shape),
                                  name_of(wanted.type), shape_text(wanted.shape))};
  }
  return stored;
}

template <class T>
std::vector<T> copy_of(const StoredTensor& tensor) {
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

// One for the tensor or one a row: the stored scales say which.
int64_t scale_count(const Checkpoint& checkpoint, const PackedTensorInfo& info) {
  const StoredTensor& scales = checkpoint.at(info.name + ".scales");
  return scales.shape == std::vector<int64_t>{1} ? 1 : info.rows;
}

void check_version(const Checkpoint& checkpoint) {
  const auto version = checkpoint.metadata().find(std::string{kPackedVersionKey});
  if (version == checkpoint.metadata().end()) {
    throw ConfigError{fmt::format("{}: no packed checkpoint: __metadata__ has no {}",
                                  checkpoint.source(), kPackedVersionKey)};
  }
  if (version->second == std::to_string(kPackedContainerVersion)) return;
  throw ConfigError{fmt::format("{}: {} = '{}': must be {}", checkpoint.source(), kPackedVersionKey,
                                version->second, kPackedContainerVersion)};
}

}  // namespace

PackedTensorInfo packed_info(std::string name, const PackedMatrix& matrix,
                             std::vector<int64_t> shape) {
  OLV_CHECK(checked_element_count(shape) == matrix.rows * matrix.k, "{}: {}", name,
            shape_text(shape));
  return {std::move(name),
          matrix.format,
          matrix.pattern,
          matrix.rows,
          matrix.k,
          std::move(shape),
          static_cast<int64_t>(matrix.scales.size())};
}

std::vector<TensorHeader> packed_headers(const PackedTensorInfo& info) {
  const int64_t row_codes = bytes_a_row(code_bytes(info.format, info.pattern, 1, info.k));
  std::vector<TensorHeader> headers;
  headers.push_back({info.name + ".codes", ElementType::U8, {info.rows, row_codes}});
  if (info.pattern == Pattern::TwoFour) {
    const int64_t row_metadata = bytes_a_row(metadata_bytes(info.pattern, 1, info.k));
    headers.push_back({info.name + ".metadata", ElementType::U8, {info.rows, row_metadata}});
  }
  headers.push_back({info.name + ".scales", ElementType::F32, {info.scale_count}});
  return headers;
}

std::vector<std::span<const uint8_t>> packed_bytes(const PackedMatrix& matrix) {
  std::vector<std::span<const uint8_t>> parts = {matrix.codes};
  if (matrix.pattern == Pattern::TwoFour) parts.emplace_back(matrix.metadata);
  parts.emplace_back(reinterpret_cast<const uint8_t*>(matrix.scales.data()),
                     matrix.scales.size() * sizeof(float));
  return parts;
}

std::pair<std::string, std::string> packed_entry(const PackedTensorInfo& info) {
  const nlohmann::ordered_json entry = {{"format", name_of(info.format)},
                                        {"pattern", name_of(info.pattern)},
                                        {"rows", info.rows},
                                        {"k", info.k},
                                        {"shape", info.shape}};
  return {std::string{kEntryPrefix} + info.name, entry.dump()};
}

std::pair<std::string, std::string> packed_version_entry() {
  return {std::string{kPackedVersionKey}, std::to_string(kPackedContainerVersion)};
}

PackedContainer::PackedContainer(Checkpoint checkpoint) : checkpoint_(std::move(checkpoint)) {
  check_version(checkpoint_);
  for (const auto& [key, text] : checkpoint_.metadata()) {
    if (!key.starts_with(kEntryPrefix)) continue;
    std::string name = key.substr(kEntryPrefix.size());
    if (checkpoint_.find(name) != nullptr) {
      throw ConfigError{
          fmt::format("{}: tensor {}: is there packed and as it was", checkpoint_.source(), name)};
    }
    PackedTensorInfo info = EntryReader{key, text, checkpoint_.source()}.read(std::move(name));
    info.scale_count = scale_count(checkpoint_, info);
    for (const TensorHeader& header : packed_headers(info)) (void)part(checkpoint_, header);
    packed_.push_back(std::move(info));
  }
  const auto place = [this](const PackedTensorInfo& info) {
    return checkpoint_.find(info.name + ".codes");
  };
  std::sort(packed_.begin(), packed_.end(), [&place](const auto& a, const auto& b) {
    return std::less<const StoredTensor*>{}(place(a), place(b));
  });
}

const PackedTensorInfo* PackedContainer::find(std::string_view name) const {
  const auto found = std::find_if(packed_.begin(), packed_.end(),
                                  [name](const auto& info) { return info.name == name; });
  return found == packed_.end() ? nullptr : &*found;
}

std::vector<const StoredTensor*> PackedContainer::plain() const {
  std::set<std::string> parts;
  for (const PackedTensorInfo& info : packed_) {
    for (TensorHeader& header : packed_headers(info)) parts.insert(std::move(header.name));
  }
  std::vector<const StoredTensor*> tensors;
  for (const StoredTensor& tensor : checkpoint_.tensors()) {
    if (!parts.contains(tensor.name)) tensors.push_back(&tensor);
  }
  return tensors;
}

PackedMatrix PackedContainer::read(std::string_view name) const {
  const PackedTensorInfo* info = find(name);
  if (info == nullptr) {
    std::vector<std::string> names;
    for (const PackedTensorInfo& packed : packed_) names.push_back(packed.name);
    throw ConfigError{fmt::format("{}: no packed tensor '{}'{}", checkpoint_.source(), name,
                                  suggestion(name, names))};
  }
  PackedMatrix matrix{info->format, info->pattern, info->rows, info->k, {}, {}, {}};
  matrix.codes = copy_of<uint8_t>(checkpoint_.at(info->name + ".codes"));
  matrix.scales = copy_of<float>(checkpoint_.at(info->name + ".scales"));
  if (info->pattern == Pattern::TwoFour) {
    matrix.metadata = copy_of<uint8_t>(checkpoint_.at(info->name + ".metadata"));
  }
  for (const TensorHeader& header : packed_headers(*info)) {
    checkpoint_.release(checkpoint_.at(header.name));
  }
  if (const auto problem = find_problem(matrix)) {
    throw ConfigError{fmt::format("{}: {}: {}", checkpoint_.source(), name, *problem)};
  }
  return matrix;
}

}  // namespace olivine
