// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <array>

#include "models/base/error.h"
#include "sim/tensor_core/kernel.h"

namespace olivine {
namespace {

struct DecodeCost {
  Format format;
  Format target;
  double instructions;  // of one element
};

// Bit-parallel PRMT tables: 149 SASS instructions for 32 elements, sm_80 and sm_90 alike.
constexpr double kOvpTable = 149.0 / 32;
// Bytes in front of zeros: one PRMT makes two halves out of two of four bytes.
constexpr double kBytesToHalves = 2.0 / 4;

// Exact conversions. A missing pair is not exact (ovp4f reaches 192 and ovp8 30720, outside int8;
// bf16 and fp16 do not hold each other), or no scheme needs it.
//
// Instructions named below are those of SASS for sm_80 and sm_90; moves are not counted.
//
// int4, int8 -> int8, fp16, bf16: the magic-number sequences of Kim et al., "Who Says Elephants
// Can't Run" (arXiv 2211.10017), for weights interleaved offline.
constexpr std::array kCosts = {
    DecodeCost{Format::Ovp4, Format::Int8, kOvpTable},
    // The same tables with the high byte of fp16: each value of both grids has at most two bits
    // behind the leading one, so its low byte is 0.
    DecodeCost{Format::Ovp4, Format::Fp16, kOvpTable + kBytesToHalves},
    DecodeCost{Format::Ovp4f, Format::Fp16, kOvpTable + kBytesToHalves},
    // In bf16 the exponent crosses the byte: through int8 (below) for ovp4; for ovp4f through fp16,
    // then two HADD2.F32 and one F2FP for two elements.
    DecodeCost{Format::Ovp4, Format::Bf16, kOvpTable + 10.0 / 4},
    DecodeCost{Format::Ovp4f, Format::Bf16, kOvpTable + kBytesToHalves + 3.0 / 2},
    // Of four elements, without conversion instructions: normals as int8 -> fp16 (4) after an XOR
    // of the signs (1); E4M3 outliers are a shift, an exponent offset and the sign (PRMT, SHF,
    // LOP3, IADD, LOP3 for two: 10); victims by a zero-byte test (3), their partners (PRMT, 1),
    // both masks as halves (4), selection (LOP3, 4).
    DecodeCost{Format::Ovp8, Format::Fp16, (4 + 1 + 10 + 3 + 1 + 4 + 4) / 4.0},
    // Sign-extending nibbles, counted likewise.
    DecodeCost{Format::Int4, Format::Int8, 1.1},
    // Eight elements: LOP3 x 4 (nibble | 0x6400), SHF x 1, HADD2 x 2, HFMA2 x 2.
    DecodeCost{Format::Int4, Format::Fp16, 9.0 / 8},
    // bf16 has no room for the high nibble in place: SHF x 3, LOP3 x 4, HFMA2.BF16 x 4.
    DecodeCost{Format::Int4, Format::Bf16, 11.0 / 8},
    // Four elements: PRMT x 2 (byte | 0x6400), HADD2 x 2.
    DecodeCost{Format::Int8, Format::Fp16, 4.0 / 4},
    // Four elements through fp32: PRMT x 4 (byte | 0x4B000000), FADD x 4, PRMT x 2.
    DecodeCost{Format::Int8, Format::Bf16, 10.0 / 4},
    // One F2FP for two elements (sm_89 on).
    DecodeCost{Format::Fp8, Format::Fp16, 1.0 / 2},
};

const DecodeCost* find_cost(Format format, Format target) {
  for (const DecodeCost& cost : kCosts) {
    if (cost.format == format && cost.target == target) return &cost;
  }
  return nullptr;
}

// mmaovp's decoders take any OVP format that is not wider than the instruction's.
bool needs_no_work(Format format, Format target) {
  return format == target ||
         (info(format).is_ovp && info(target).is_ovp && info(format).bits <= info(target).bits);
}

}  // namespace

bool can_decode(Format format, Format target) {
  return needs_no_work(format, target) || find_cost(format, target) != nullptr;
}

double decode_instructions(Format format, Format target) {
  if (needs_no_work(format, target)) return 0;
  const DecodeCost* cost = find_cost(format, target);
  OLV_CHECK(cost != nullptr, "no exact conversion of {} to {}", name_of(format), name_of(target));
  return cost->instructions;
}

}  // namespace olivine
