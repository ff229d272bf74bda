// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/micro_instruction.h"

#include <array>

namespace olivine {
namespace {

constexpr int kNewest = 999;
using enum MicroInstruction;

constexpr std::array kInstructions = {
    MicroInstructionInfo{MmaS8, "mma.sync", "s8", "int8", 16, 32, false, false, 80, kNewest},
    MicroInstructionInfo{MmaF16, "mma.sync", "f16", "f16->f32", 16, 16, false, false, 80, kNewest},
    MicroInstructionInfo{MmaBf16, "mma.sync", "bf16", "bf16->f32", 16, 16, false, false, 80,
                         kNewest},
    MicroInstructionInfo{MmaS4, "mma.sync", "s4", "int4", 16, 64, false, false, 80, 89},
    MicroInstructionInfo{MmaSpS8, "mma.sp", "s8", "int8", 16, 64, false, true, 80, kNewest},
    MicroInstructionInfo{MmaSpF16, "mma.sp", "f16", "f16->f32", 16, 32, false, true, 80, kNewest},
    MicroInstructionInfo{WgmmaS8, "wgmma", "s8", "int8", 64, 32, true, false, 90, 90},
    MicroInstructionInfo{WgmmaSpS8, "wgmma.sp", "s8", "int8", 64, 64, true, true, 90, 90},
    MicroInstructionInfo{WgmmaF16, "wgmma", "f16", "f16", 64, 16, true, false, 90, 90}};

static_assert(
    [] {
      for (size_t i = 0; i < kInstructions.size(); ++i) {
        if (kInstructions[i].instruction != static_cast<MicroInstruction>(i)) return false;
      }
      return true;
    }(),
    "info() indexes by the enumeration");

}  // namespace

std::span<const MicroInstructionInfo> micro_instructions() { return kInstructions; }

const MicroInstructionInfo& info(MicroInstruction instruction) {
  return kInstructions[static_cast<size_t>(instruction)];
}

std::string instruction_name(MicroInstruction instruction, int n) {
  const MicroInstructionInfo& about = info(instruction);
  return std::string{about.prefix} + ".m" + std::to_string(about.m) + "n" + std::to_string(n) +
         "k" + std::to_string(about.k) + "." + std::string{about.type};
}

double macs_of(MicroInstruction instruction, int n) {
  const MicroInstructionInfo& about = info(instruction);
  return static_cast<double>(int64_t{about.m} * n * about.k);
}

}  // namespace olivine
