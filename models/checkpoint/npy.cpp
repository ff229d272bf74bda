// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/npy.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "models/base/error.h"
#include "models/checkpoint/byte_range.h"
#include "models/checkpoint/mapped_file.h"
#include "models/checkpoint/tensor_shape.h"

namespace olivine {
namespace {

constexpr std::string_view kMagic{"\x93NUMPY", 6};
constexpr size_t kMaxRank = 32;  // of NumPy itself

struct NumpyType {
  std::string_view descr;
  ElementType type;
};
constexpr std::array kTypes = {
    NumpyType{"<f2", ElementType::F16}, NumpyType{"<f4", ElementType::F32},
    NumpyType{"<f8", ElementType::F64}, NumpyType{"|i1", ElementType::I8},
    NumpyType{"<i2", ElementType::I16}, NumpyType{"<i4", ElementType::I32},
    NumpyType{"<i8", ElementType::I64}, NumpyType{"|u1", ElementType::U8},
    NumpyType{"<u2", ElementType::U16}, NumpyType{"<u4", ElementType::U32},
    NumpyType{"<u8", ElementType::U64}, NumpyType{"|b1", ElementType::Bool}};

struct Header {
  std::optional<ElementType> type;
  std::optional<bool> is_fortran_order;
  std::optional<std::vector<int64_t>> shape;
};

// Reads the one kind of Python literal that a header may be; nothing is evaluated.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, const std::string& source) : rest_(text), source_(source) {}

  Header read() {
    Header header;
    expect('{');
    while (!accept('}')) {
      read_entry(header);
      if (accept(',')) continue;
      expect('}');
      break;
    }
    skip_blanks();
    if (!rest_.empty()) fail("header goes on after its dictionary");
    if (!header.type) fail("header: descr is missing");
    if (!header.is_fortran_order) fail("header: fortran_order is missing");
    if (!header.shape) fail("header: shape is missing");
    return header;
  }

 private:
  [[noreturn]] void fail(std::string_view reason) const {
    throw ConfigError{fmt::format("{}: {}", source_, reason)};
  }

  void skip_blanks() {
    const size_t first = rest_.find_first_not_of(" \n");
    rest_ = first == std::string_view::npos ? std::string_view{} : rest_.substr(first);
  }
  bool accept(char wanted) {
    skip_blanks();
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) {
      fail(fmt::format("header: '{}' where '{}' must be", rest_.substr(0, 10), wanted));
    }
  }
  bool accept_word(std::string_view word) {
    skip_blanks();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  // Without escapes: no legal key or type has one.
  std::string_view read_string() {
    skip_blanks();
    const char quote = rest_.empty() ? '\0' : rest_[0];
    const size_t end =
        quote == '\'' || quote == '"' ? rest_.find(quote, 1) : std::string_view::npos;
    if (end == std::string_view::npos) {
      fail(fmt::format("header: '{}' where a string must be", rest_.substr(0, 10)));
    }
    const std::string_view text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return text;
  }

  void read_entry(Header& header) {
    const std::string_view key = read_string();
    expect(':');
    if (key == "descr") {
      assign(header.type, read_type(), key);
    } else if (key == "fortran_order") {
      assign(header.is_fortran_order, read_bool(), key);
    } else if (key == "shape") {
      assign(header.shape, read_shape(), key);
    } else {
      fail(fmt::format("header: key '{}': must be descr, fortran_order or shape", key));
    }
  }

  template <class T>
  void assign(std::optional<T>& member, T value, std::string_view key) {
    if (member) fail(fmt::format("header: key '{}' twice", key));
    member = std::move(value);
  }

  ElementType read_type() {
    skip_blanks();
    if (rest_.starts_with('[')) fail("descr: arrays of structures are not read");
    const std::string_view descr = read_string();
    std::string known;
    for (const NumpyType& type : kTypes) {
      if (type.descr == descr) return type.type;
      known.append(" ").append(type.descr);
    }
    fail(fmt::format("descr '{}': must be one of{}", descr, known));
  }

  bool read_bool() {
    if (accept_word("True")) return true;
    if (accept_word("False")) return false;
    fail("fortran_order: must be True or False");
  }

  int64_t read_extent() {
    skip_blanks();
    int64_t extent = -1;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), extent);
    if (error != std::errc{} || extent < 0) {
      fail(fmt::format("shape: '{}': an extent must be 0..{}", rest_.substr(0, 24),
                       std::numeric_limits<int64_t>::max()));
    }
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return extent;
  }

  // A tuple: (), (3,), (3, 4) or (3, 4,).
  std::vector<int64_t> read_shape() {
    std::vector<int64_t> shape;
    expect('(');
    while (!accept(')')) {
      if (shape.size() == kMaxRank) fail(fmt::format("shape: more than {} extents", kMaxRank));
      shape.push_back(read_extent());
      if (accept(',')) continue;
      if (shape.size() == 1) fail("shape: must be a tuple");
      expect(')');
      break;
    }
    return shape;
  }

  std::string_view rest_;
  const std::string& source_;
};

[[noreturn]] void fail(const std::string& source, std::string_view reason) {
  throw ConfigError{fmt::format("{}: {}", source, reason)};
}

struct Parts {
  std::string_view header;
  std::span<const uint8_t> data;
};

Parts split(std::span<const uint8_t> bytes, const std::string& source) {
  if (!looks_like_npy(bytes)) fail(source, "no NumPy array: must begin with \\x93NUMPY");
  const auto version = range_of(bytes, kMagic.size(), 2);
  if (!version) fail(source, "ends within its header");
  const unsigned major = (*version)[0];
  if (major < 1 || major > 3 || (*version)[1] != 0) {
    fail(source, fmt::format("version {}.{}: must be 1.0, 2.0 or 3.0", major, (*version)[1]));
  }
  const auto length_field = range_of(bytes, kMagic.size() + 2, major == 1 ? 2 : 4);
  if (!length_field) fail(source, "ends within its header");
  const uint64_t length = little_endian(*length_field, 0, length_field->size());
  const size_t begin = kMagic.size() + 2 + length_field->size();
  const auto header = range_of(bytes, begin, length);
  if (length > kMaxNpyHeaderBytes || !header) {
    fail(source, fmt::format("header of {} bytes: must be at most {}, within the file", length,
                             kMaxNpyHeaderBytes));
  }
  return {{reinterpret_cast<const char*>(header->data()), header->size()},
          bytes.subspan(begin + header->size())};
}

}  // namespace

bool looks_like_npy(std::span<const uint8_t> bytes) {
  return bytes.size() >= kMagic.size() &&
         std::string_view{reinterpret_cast<const char*>(bytes.data()), kMagic.size()} == kMagic;
}

StoredTensor parse_npy(std::span<const uint8_t> bytes, const std::string& source,
                       std::string name) {
  const Parts parts = split(bytes, source);
  Header header = HeaderReader{parts.header, source}.read();
  if (*header.is_fortran_order && header.shape->size() > 1) {
    fail(source, "in Fortran order: must be in C order (numpy.ascontiguousarray)");
  }
  const auto byte_count = checked_byte_count(*header.type, *header.shape);
  if (!byte_count || static_cast<uint64_t>(*byte_count) != parts.data.size()) {
    fail(source, fmt::format("shape {} of {}: does not fit {} bytes of data",
                             shape_text(*header.shape), name_of(*header.type), parts.data.size()));
  }
  return {std::move(name), *header.type, std::move(*header.shape), parts.data};
}

Checkpoint open_npy(const std::filesystem::path& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  const std::string name =
      path.extension() == ".npy" ? path.stem().string() : path.filename().string();
  return {path.string(), {parse_npy(file->bytes(), path.string(), name)}, {}, nullptr, {file}};
}

}  // namespace olivine
