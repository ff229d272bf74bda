// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/dense_values.h"

#include <algorithm>
#include <array>

#include "models/base/error.h"
#include "models/numerics/float_formats.h"
#include "models/numerics/ovp.h"

namespace olivine {
namespace {

// Both values of every byte of a 4-bit format.
using ByteValues = std::array<std::array<int16_t, 2>, 256>;

ByteValues make_byte_values(Format format) {
  ByteValues table{};
  for (size_t byte = 0; byte < table.size(); ++byte) {
    const DecodedByte pair = decode_byte(format, static_cast<uint8_t>(byte));
    table[byte] = {static_cast<int16_t>(pair.even.value()), static_cast<int16_t>(pair.odd.value())};
  }
  return table;
}

const ByteValues& byte_values(Format format) {
  static const ByteValues kInt4 = make_byte_values(Format::Int4);
  static const ByteValues kOvp4 = make_byte_values(Format::Ovp4);
  static const ByteValues kOvp4f = make_byte_values(Format::Ovp4f);
  if (format == Format::Int4) return kInt4;
  return format == Format::Ovp4 ? kOvp4 : kOvp4f;
}

// Values of all outlier codes of ovp8.
std::array<int16_t, 256> make_outlier_values() {
  std::array<int16_t, 256> table{};
  for (size_t code = 0; code < table.size(); ++code) {
    if (!is_legal_pair(Format::Ovp8, static_cast<uint8_t>(code), kIdentifier8)) continue;
    table[code] = static_cast<int16_t>(
        value_of(decode_element(Format::Ovp8, static_cast<uint8_t>(code), kIdentifier8)));
  }
  return table;
}

// Each decoder writes both elements of pair `pair` (stored columns 2 * pair and 2 * pair + 1).
template <class T>
struct NibbleDecoder {
  const ByteValues& table;
  void operator()(const uint8_t* codes, int64_t pair, T* out) const {
    const auto& values = table[codes[pair]];
    out[0] = static_cast<T>(values[0]);
    out[1] = static_cast<T>(values[1]);
  }
};

template <class T>
struct ByteDecoder {
  void operator()(const uint8_t* codes, int64_t pair, T* out) const {
    out[0] = static_cast<T>(static_cast<int8_t>(codes[2 * pair]));
    out[1] = static_cast<T>(static_cast<int8_t>(codes[2 * pair + 1]));
  }
};

template <class T>
struct OutlierByteDecoder {
  const std::array<int16_t, 256>& outliers;
  void operator()(const uint8_t* codes, int64_t pair, T* out) const {
    const uint8_t even = codes[2 * pair];
    const uint8_t odd = codes[2 * pair + 1];
    const int16_t even_normal = static_cast<int8_t>(even);
    const int16_t odd_normal = static_cast<int8_t>(odd);
    const bool is_even_victim = even == kIdentifier8;
    const bool is_odd_victim = odd == kIdentifier8;
    out[0] = static_cast<T>(is_even_victim ? 0 : is_odd_victim ? outliers[even] : even_normal);
    out[1] = static_cast<T>(is_odd_victim ? 0 : is_even_victim ? outliers[odd] : odd_normal);
  }
};

template <class T>
struct FloatDecoder {
  Format format;
  void operator()(const uint8_t* codes, int64_t pair, T* out) const {
    for (int64_t i = 0; i < 2; ++i) {
      const int64_t at = 2 * pair + i;
      const auto code = static_cast<uint16_t>(
          format == Format::Fp8 ? codes[at] : codes[2 * at] | codes[2 * at + 1] << 8);
      out[i] = static_cast<T>(float_from_code(format, code));
    }
  }
};

template <class T, class Decoder>
void decode_dense_row(const uint8_t* codes, int64_t k, const Decoder& decoder, T* out) {
  const int64_t pairs = k / 2;
  for (int64_t pair = 0; pair < pairs; ++pair) decoder(codes, pair, out + 2 * pair);
}

// Writes element k - 1 of an odd row. 8- and 16-bit rows of plain formats have no partner there,
// so the decoder works on a copy that has one.
template <class T, class Decoder>
void decode_odd_tail(const uint8_t* codes, size_t code_stride, int64_t k, int bits,
                     const Decoder& decoder, T* out) {
  std::array<uint8_t, 4> tail{};
  const size_t first = static_cast<size_t>(k - 1) * static_cast<size_t>(bits) / 8;
  std::copy(codes + first, codes + code_stride, tail.begin());
  std::array<T, 2> pair{};
  decoder(tail.data(), 0, pair.data());
  out[k - 1] = pair[0];
}

template <class T, class Decoder>
void expand_groups(const uint8_t* codes, const uint8_t* metadata, int64_t k, const Decoder& decoder,
                   T* out) {
  for (int64_t group = 0; group < group_count(k); ++group) {
    std::array<T, 2> kept{};
    decoder(codes, group, kept.data());
    const int nibble = metadata[group / 2] >> (4 * (group % 2)) & 15;
    const int64_t first = 4 * group + (nibble & 3);
    const int64_t second = 4 * group + (nibble >> 2);
    if (first < k) out[first] = kept[0];
    if (second < k) out[second] = kept[1];
  }
}

template <class T, class Decoder>
std::vector<T> decode_all(const PackedMatrix& matrix, int64_t stride, const Decoder& decoder) {
  std::vector<T> values(static_cast<size_t>(matrix.rows * stride));
  const auto code_stride = code_bytes(matrix.format, matrix.pattern, 1, matrix.k).count();
  const auto metadata_stride = metadata_bytes(matrix.pattern, 1, matrix.k).count();
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const uint8_t* codes = matrix.codes.data() + static_cast<size_t>(row) * code_stride;
    T* out = values.data() + row * stride;
    if (matrix.pattern == Pattern::TwoFour) {
      const uint8_t* metadata = matrix.metadata.data() + static_cast<size_t>(row) * metadata_stride;
      expand_groups(codes, metadata, matrix.k, decoder, out);
      continue;
    }
    decode_dense_row(codes, matrix.k, decoder, out);
    if (matrix.k % 2 != 0) {
      decode_odd_tail(codes, code_stride, matrix.k, info(matrix.format).bits, decoder, out);
    }
  }
  return values;
}

template <class T>
std::vector<T> dense_integers(const PackedMatrix& matrix, int64_t stride) {
  OLV_CHECK(stride >= matrix.k, "stride {} for k = {}", stride, matrix.k);
  static const std::array<int16_t, 256> kOutliers = make_outlier_values();
  if (info(matrix.format).bits == 4) {
    return decode_all<T>(matrix, stride, NibbleDecoder<T>{byte_values(matrix.format)});
  }
  if (matrix.format == Format::Int8) return decode_all<T>(matrix, stride, ByteDecoder<T>{});
  return decode_all<T>(matrix, stride, OutlierByteDecoder<T>{kOutliers});
}

}  // namespace

bool fits_int8(Format format) {
  return format == Format::Int8 || format == Format::Int4 || format == Format::Ovp4;
}

std::vector<int16_t> dense_int16(const PackedMatrix& matrix, int64_t stride) {
  OLV_CHECK(info(matrix.format).is_integer, "{}", name_of(matrix.format));
  return dense_integers<int16_t>(matrix, stride);
}

std::vector<int8_t> dense_int8(const PackedMatrix& matrix, int64_t stride) {
  OLV_CHECK(fits_int8(matrix.format), "{}", name_of(matrix.format));
  return dense_integers<int8_t>(matrix, stride);
}

std::vector<float> dense_float(const PackedMatrix& matrix, int64_t stride) {
  if (info(matrix.format).is_integer) return dense_integers<float>(matrix, stride);
  OLV_CHECK(stride >= matrix.k, "stride {} for k = {}", stride, matrix.k);
  return decode_all<float>(matrix, stride, FloatDecoder<float>{matrix.format});
}

}  // namespace olivine
