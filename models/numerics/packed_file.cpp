// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/packed_file.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "models/base/error.h"
#include "models/base/gemm_shape.h"

namespace olivine {
namespace {

using Json = nlohmann::json;

constexpr size_t kLengthBytes = 8;
constexpr int kMaxHeaderDepth = 4;

static_assert(std::endian::native == std::endian::little,
              "scales are stored as they are in memory");

struct TensorPlace {
  std::string_view name;
  std::string_view type;
  std::vector<uint64_t> shape;
  uint64_t byte_count;
};

uint64_t bytes_a_row(uint64_t byte_count, int64_t rows) {
  return rows == 0 ? 0 : byte_count / static_cast<uint64_t>(rows);
}

// The three tensors in file order.
std::array<TensorPlace, 3> places(const PackedMatrix& matrix, uint64_t scale_count) {
  const auto rows = static_cast<uint64_t>(matrix.rows);
  const auto codes = code_bytes(matrix.format, matrix.pattern, matrix.rows, matrix.k).count();
  const auto metadata = metadata_bytes(matrix.pattern, matrix.rows, matrix.k).count();
  return {TensorPlace{"scales", "F32", {scale_count}, scale_count * sizeof(float)},
          TensorPlace{"codes", "U8", {rows, bytes_a_row(codes, matrix.rows)}, codes},
          TensorPlace{"metadata", "U8", {rows, bytes_a_row(metadata, matrix.rows)}, metadata}};
}

template <class T>
void append_bytes(std::vector<uint8_t>& out, const std::vector<T>& values) {
  const auto* first = reinterpret_cast<const uint8_t*>(values.data());
  out.insert(out.end(), first, first + values.size() * sizeof(T));
}

// Parses one file; every message starts with its source.
class Parser {
 public:
  Parser(std::span<const uint8_t> bytes, const std::string& source)
      : bytes_(bytes), source_(source) {}

  PackedMatrix parse() {
    const Json header = parse_header();
    PackedMatrix matrix = parse_description(member(header, "__metadata__"));
    const Json& scales = member(header, "scales");
    const auto tensors = places(matrix, scale_count(scales));
    if (header.size() != tensors.size() + 1)
      fail("header has tensors beside codes, metadata, scales");
    uint64_t offset = 0;
    for (const TensorPlace& place : tensors) {
      check_tensor(member(header, place.name), place, offset);
      offset += place.byte_count;
    }
    if (offset != data_.size()) {
      fail(fmt::format("data has {} bytes, must be {}", data_.size(), offset));
    }
    copy(matrix.scales, tensors[0]);
    copy(matrix.codes, tensors[1]);
    copy(matrix.metadata, tensors[2]);
    if (auto problem = find_problem(matrix)) fail(*problem);
    return matrix;
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw ConfigError{fmt::format("{}: {}", source_, reason)};
  }

  Json parse_header() {
    if (bytes_.size() < kLengthBytes) fail(fmt::format("{} bytes: no header", bytes_.size()));
    uint64_t length = 0;
    for (size_t i = 0; i < kLengthBytes; ++i) length |= uint64_t{bytes_[i]} << (8 * i);
    if (length > kMaxPackedHeaderBytes || length > bytes_.size() - kLengthBytes) {
      fail(fmt::format("header length {}: must be at most {} and within the file", length,
                       kMaxPackedHeaderBytes));
    }
    const auto header = bytes_.subspan(kLengthBytes, static_cast<size_t>(length));
    data_ = bytes_.subspan(kLengthBytes + static_cast<size_t>(length));
    return parse_json(header);
  }

  // Duplicate keys would let two readers see two files, so they are refused, as safetensors does.
  Json parse_json(std::span<const uint8_t> text) {
    std::vector<std::set<std::string>> keys;
    std::optional<std::string> problem;
    const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
      if (depth > kMaxHeaderDepth) problem = "header is nested too deep";
      if (event == Json::parse_event_t::object_start) keys.emplace_back();
      if (event == Json::parse_event_t::object_end) keys.pop_back();
      if (event == Json::parse_event_t::key && !keys.back().insert(value).second) {
        problem = fmt::format("header has key {} twice", value.dump());
      }
      return true;
    };
    // Malformed text comes back as a discarded value, not as an exception.
    Json header = Json::parse(text.begin(), text.end(), watch, false);
    if (header.is_discarded()) fail("header is no JSON");
    if (problem) fail(*problem);
    if (!header.is_object()) fail("header is no JSON object");
    return header;
  }

  const Json& member(const Json& object, std::string_view key) const {
    if (!object.is_object()) fail(fmt::format("{} has no place: not an object", key));
    const auto found = object.find(std::string{key});
    if (found == object.end()) fail(fmt::format("{} is missing", key));
    return *found;
  }

  std::string text(const Json& object, std::string_view key) const {
    const Json& value = member(object, key);
    if (!value.is_string()) fail(fmt::format("__metadata__.{} is no string", key));
    return value.get<std::string>();
  }

  int64_t extent(const Json& object, std::string_view key) const {
    const std::string digits = text(object, key);
    int64_t value = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool is_whole = error == std::errc{} && end == digits.data() + digits.size();
    if (!is_whole || value < 0 || value > kMaxExtent) {
      fail(fmt::format("__metadata__.{}: must be 0..{}", key, kMaxExtent));
    }
    return value;
  }

  PackedMatrix parse_description(const Json& description) const {
    if (text(description, "version") != std::to_string(kPackedFileVersion)) {
      fail(fmt::format("__metadata__.version: must be {}", kPackedFileVersion));
    }
    const auto format = parse_format(text(description, "format"));
    if (!format) fail("__metadata__.format: unknown format");
    const std::string pattern = text(description, "pattern");
    if (pattern != name_of(Pattern::Dense) && pattern != name_of(Pattern::TwoFour)) {
      fail("__metadata__.pattern: must be dense or 2:4");
    }
    PackedMatrix matrix;
    matrix.format = *format;
    matrix.pattern = pattern == name_of(Pattern::Dense) ? Pattern::Dense : Pattern::TwoFour;
    matrix.rows = extent(description, "rows");
    matrix.k = extent(description, "k");
    return matrix;
  }

  std::vector<uint64_t> numbers(const Json& object, std::string_view key) const {
    const Json& list = member(object, key);
    std::vector<uint64_t> result;
    if (!list.is_array()) fail(fmt::format("{} is no list", key));
    for (const Json& item : list) {
      if (!item.is_number_unsigned()) fail(fmt::format("{} has an item that is no count", key));
      result.push_back(item.get<uint64_t>());
    }
    return result;
  }

  // Bounded by the data that is there, before anything is allocated or multiplied.
  uint64_t scale_count(const Json& scales) const {
    const std::vector<uint64_t> shape = numbers(scales, "shape");
    if (shape.size() != 1 || shape[0] > data_.size() / sizeof(float)) {
      fail("scales: shape must have one extent, within the file");
    }
    return shape[0];
  }

  void check_tensor(const Json& tensor, const TensorPlace& place, uint64_t offset) const {
    const Json& type = member(tensor, "dtype");
    if (!type.is_string() || type.get<std::string>() != place.type) {
      fail(fmt::format("{}: dtype must be {}", place.name, place.type));
    }
    if (numbers(tensor, "shape") != place.shape) {
      fail(fmt::format("{}: shape must be [{}]", place.name, fmt::join(place.shape, ", ")));
    }
    const std::vector<uint64_t> offsets = {offset, offset + place.byte_count};
    if (numbers(tensor, "data_offsets") != offsets || offsets[1] > data_.size()) {
      fail(fmt::format("{}: data_offsets must be [{}], within {} bytes of data", place.name,
                       fmt::join(offsets, ", "), data_.size()));
    }
  }

  // Tensors follow each other, so each takes the next bytes.
  template <class T>
  void copy(std::vector<T>& out, const TensorPlace& place) {
    out.resize(static_cast<size_t>(place.byte_count) / sizeof(T));
    if (!out.empty()) std::memcpy(out.data(), data_.data(), static_cast<size_t>(place.byte_count));
    data_ = data_.subspan(static_cast<size_t>(place.byte_count));
  }

  std::span<const uint8_t> bytes_;
  std::span<const uint8_t> data_;
  const std::string& source_;
};

}  // namespace

std::vector<uint8_t> serialize_packed(const PackedMatrix& matrix) {
  if (auto problem = find_problem(matrix)) OLV_CHECK(false, "{}", *problem);
  Json header;
  header["__metadata__"] = {{"version", std::to_string(kPackedFileVersion)},
                            {"format", std::string{name_of(matrix.format)}},
                            {"pattern", std::string{name_of(matrix.pattern)}},
                            {"rows", std::to_string(matrix.rows)},
                            {"k", std::to_string(matrix.k)}};
  uint64_t offset = 0;
  for (const TensorPlace& place : places(matrix, matrix.scales.size())) {
    header[std::string{place.name}] = {{"dtype", std::string{place.type}},
                                       {"shape", place.shape},
                                       {"data_offsets", {offset, offset + place.byte_count}}};
    offset += place.byte_count;
  }
  std::string text = header.dump();
  text.resize(static_cast<size_t>(round_up(text.size(), 8)), ' ');  // aligns the data
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < kLengthBytes; ++i) {
    bytes.push_back(static_cast<uint8_t>(uint64_t{text.size()} >> (8 * i)));
  }
  bytes.insert(bytes.end(), text.begin(), text.end());
  append_bytes(bytes, matrix.scales);
  append_bytes(bytes, matrix.codes);
  append_bytes(bytes, matrix.metadata);
  return bytes;
}

PackedMatrix parse_packed(std::span<const uint8_t> bytes, const std::string& source) {
  return Parser{bytes, source}.parse();
}

void write_packed_file(const std::filesystem::path& path, const PackedMatrix& matrix) {
  const std::vector<uint8_t> bytes = serialize_packed(matrix);
  const std::filesystem::path beside = path.string() + ".part";
  std::ofstream file{beside, std::ios::binary | std::ios::trunc};
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(beside, path, error);
  if (file && !error) return;
  std::error_code ignored;
  std::filesystem::remove(beside, ignored);
  throw ConfigError{fmt::format("{}: cannot be written", path.string())};
}

PackedMatrix read_packed_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto length = std::filesystem::file_size(path, error);
  std::ifstream file{path, std::ios::binary};
  if (error || !file) throw ConfigError{fmt::format("{}: cannot be read", path.string())};
  std::vector<uint8_t> bytes(static_cast<size_t>(length));
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(length));
  if (file.gcount() != static_cast<std::streamsize>(length)) {
    throw ConfigError{fmt::format("{}: cannot be read to its end", path.string())};
  }
  return parse_packed(bytes, path.string());
}

}  // namespace olivine
