// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace olivine {

// Tensor instructions that are measured, named by what they multiply.
enum class MicroInstruction : uint8_t {
  MmaS8,      // mma.sync m16n8k32
  MmaF16,     // mma.sync m16n8k16
  MmaBf16,    // mma.sync m16n8k16
  MmaS4,      // mma.sync m16n8k64
  MmaSpS8,    // mma.sp m16n8k64
  MmaSpF16,   // mma.sp m16n8k32
  WgmmaS8,    // wgmma m64nNk32
  WgmmaSpS8,  // wgmma.sp m64nNk64
  WgmmaF16,   // wgmma m64nNk16
};

struct MicroInstructionInfo {
  MicroInstruction instruction;
  std::string_view prefix;      // of the PTX spelling: "mma.sync"
  std::string_view type;        // in it: "s8"
  std::string_view table_type;  // in tables of microbenchmarks (sim/tensor_core): "int8"
  int m;
  int k;  // dense elements
  bool is_wgmma;
  bool is_sparse;
  int min_capability;
  int max_capability;  // s4: emulated by int8 ones from 90 on; wgmma: sm_90a alone
};

// In the order of the enumeration.
[[nodiscard]] std::span<const MicroInstructionInfo> micro_instructions();
[[nodiscard]] const MicroInstructionInfo& info(MicroInstruction instruction);

inline constexpr int kMmaColumns = 8;  // n of every mma

// "mma.sync.m16n8k32.s8", "wgmma.sp.m64n256k64.s8"
[[nodiscard]] std::string instruction_name(MicroInstruction instruction, int n);

// Multiplications and additions of one instruction, dense elements.
[[nodiscard]] double macs_of(MicroInstruction instruction, int n);

}  // namespace olivine
