// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/mma_fragments.h"

#include <span>

#include "models/base/error.h"

namespace olivine {
namespace {

// Fields of 4, 8 or 16 bits in rows of bytes, the even nibble and the low byte first.
template <class Byte>
struct FieldRows {
  std::span<Byte> bytes;
  int row_bytes = 0;
  int bits = 0;

  [[nodiscard]] size_t byte_of(int row, int column) const {
    return static_cast<size_t>(row) * static_cast<size_t>(row_bytes) +
           static_cast<size_t>(column) * static_cast<size_t>(bits) / 8;
  }
  [[nodiscard]] int shift_of(int column) const { return column * bits % 8; }
  [[nodiscard]] uint32_t get(int row, int column) const {
    const size_t at = byte_of(row, column);
    const uint32_t high = bits > 8 ? static_cast<uint32_t>(bytes[at + 1]) << 8 : 0;
    return (high | bytes[at]) >> shift_of(column) & ((1U << bits) - 1);
  }
  void set(int row, int column, uint32_t value) const {
    const size_t at = byte_of(row, column);
    bytes[at] = static_cast<Byte>(bytes[at] | value << shift_of(column));
    if (bits > 8) bytes[at + 1] = static_cast<Byte>(value >> 8);
  }
};

FieldRows<const uint8_t> codes_of(MmaKind kind, const PackedMatrix& matrix, int rows) {
  const Pattern pattern = is_sparse(kind) && rows == kMmaM ? Pattern::TwoFour : Pattern::Dense;
  OLV_CHECK(info(matrix.format).bits == element_bits(kind) && matrix.pattern == pattern &&
                matrix.rows == rows && matrix.k == mma_k(kind),
            "{} {} of {} x {} is no operand of m16n8k{}", name_of(matrix.format),
            name_of(matrix.pattern), matrix.rows, matrix.k, mma_k(kind));
  return {matrix.codes, static_cast<int>(matrix.codes.size()) / rows, element_bits(kind)};
}

// Calls visit(word, shift, element) for every field of a warp's registers.
template <class Element, class Visit>
void for_each_field(int registers, int stride, int fields, const Element& element,
                    const Visit& visit) {
  for (int thread = 0; thread < kMmaThreads; ++thread) {
    for (int reg = 0; reg < registers; ++reg) {
      for (int i = 0; i < fields; ++i) {
        visit(static_cast<size_t>(thread) * static_cast<size_t>(stride) + static_cast<size_t>(reg),
              i * 32 / fields, element(thread, reg, i));
      }
    }
  }
}

template <class Visit>
void for_each_a(MmaKind kind, const Visit& visit) {
  const auto element = [kind](int thread, int reg, int i) {
    return a_element(kind, thread, reg, i);
  };
  for_each_field(kMmaRegisters, kMmaRegisters, register_elements(kind), element, visit);
}

// With the element transposed: rows of activations run along k.
template <class Visit>
void for_each_b(MmaKind kind, const Visit& visit) {
  const auto element = [kind](int thread, int reg, int i) {
    const MmaElement place = b_element(kind, thread, reg, i);
    return MmaElement{place.column, place.row};
  };
  for_each_field(b_registers(kind), kMmaRegisters, register_elements(kind), element, visit);
}

template <class Visit>
void for_each_group(MmaKind kind, const Visit& visit) {
  for_each_field(metadata_registers(kind), kMmaMetadataRegisters, kMmaNibbles, metadata_group,
                 visit);
}

PackedMatrix empty_matrix(MmaKind kind, Format format, int rows, Pattern pattern) {
  OLV_CHECK(info(format).bits == element_bits(kind), "{} in m16n8k{}", name_of(format),
            mma_k(kind));
  const int64_t k = mma_k(kind);
  PackedMatrix matrix{format, pattern, rows, k, {}, {}, {}};
  matrix.codes.resize(static_cast<size_t>(code_bytes(format, pattern, rows, k).count()));
  matrix.metadata.resize(static_cast<size_t>(metadata_bytes(pattern, rows, k).count()));
  matrix.scales.assign(static_cast<size_t>(rows), 1.0F);
  return matrix;
}

template <class Byte, class Container>
FieldRows<Byte> rows_of(Container& bytes, int rows, int bits) {
  return {bytes, static_cast<int>(bytes.size()) / rows, bits};
}

}  // namespace

MmaRegisters pack_a(MmaKind kind, const PackedMatrix& matrix) {
  const FieldRows<const uint8_t> codes = codes_of(kind, matrix, kMmaM);
  MmaRegisters registers{};
  for_each_a(kind, [&](size_t word, int shift, MmaElement place) {
    registers[word] |= codes.get(place.row, place.column) << shift;
  });
  return registers;
}

MmaMetadata pack_metadata(MmaKind kind, const PackedMatrix& matrix) {
  const auto groups = rows_of<const uint8_t>(matrix.metadata, kMmaM, 4);
  MmaMetadata registers{};
  for_each_group(kind, [&](size_t word, int shift, MmaElement place) {
    registers[word] |= groups.get(place.row, place.column) << shift;
  });
  return registers;
}

MmaRegisters pack_b(MmaKind kind, const PackedMatrix& matrix) {
  const FieldRows<const uint8_t> codes = codes_of(kind, matrix, kMmaN);
  MmaRegisters registers{};
  for_each_b(kind, [&](size_t word, int shift, MmaElement place) {
    registers[word] |= codes.get(place.row, place.column) << shift;
  });
  return registers;
}

PackedMatrix unpack_a(MmaKind kind, Format format, const MmaRegisters& registers,
                      const MmaMetadata& metadata) {
  const Pattern pattern = is_sparse(kind) ? Pattern::TwoFour : Pattern::Dense;
  PackedMatrix matrix = empty_matrix(kind, format, kMmaM, pattern);
  const auto codes = rows_of<uint8_t>(matrix.codes, kMmaM, element_bits(kind));
  const uint32_t mask = (1U << element_bits(kind)) - 1;
  for_each_a(kind, [&](size_t word, int shift, MmaElement place) {
    codes.set(place.row, place.column, registers[word] >> shift & mask);
  });
  const auto groups = rows_of<uint8_t>(matrix.metadata, kMmaM, 4);
  for_each_group(kind, [&](size_t word, int shift, MmaElement place) {
    groups.set(place.row, place.column, metadata[word] >> shift & 15);
  });
  return matrix;
}

PackedMatrix unpack_b(MmaKind kind, Format format, const MmaRegisters& registers) {
  PackedMatrix matrix = empty_matrix(kind, format, kMmaN, Pattern::Dense);
  const auto codes = rows_of<uint8_t>(matrix.codes, kMmaN, element_bits(kind));
  const uint32_t mask = (1U << element_bits(kind)) - 1;
  for_each_b(kind, [&](size_t word, int shift, MmaElement place) {
    codes.set(place.row, place.column, registers[word] >> shift & mask);
  });
  return matrix;
}

}  // namespace olivine
