// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/issue_operands.h"

#include <algorithm>
#include <array>

#include "models/base/rng.h"

namespace olivine {
namespace {

// Two numbers of one word: signs and mantissas are random, exponents are those of [1, 2).
struct WordPattern {
  uint32_t random;
  uint32_t fixed;
};

WordPattern pattern_of(MicroInstruction instruction) {
  constexpr WordPattern kIntegers = {0xFFFFFFFF, 0};
  constexpr WordPattern kHalves = {0x83FF83FF, 0x3C003C00};
  constexpr WordPattern kBrainFloats = {0x807F807F, 0x3F803F80};
  switch (instruction) {
    case MicroInstruction::MmaF16:
    case MicroInstruction::MmaSpF16:
    case MicroInstruction::WgmmaF16:
      return kHalves;
    case MicroInstruction::MmaBf16:
      return kBrainFloats;
    case MicroInstruction::MmaS8:
    case MicroInstruction::MmaS4:
    case MicroInstruction::MmaSpS8:
    case MicroInstruction::WgmmaS8:
    case MicroInstruction::WgmmaSpS8:
      return kIntegers;
  }
  return kIntegers;
}

uint32_t random_metadata(Rng& rng) {
  constexpr std::array<uint32_t, 6> kLegal = {0x4, 0x8, 0x9, 0xC, 0xD, 0xE};
  uint32_t word = 0;
  for (int shift = 0; shift < 32; shift += 4) {
    word |= kLegal[static_cast<size_t>(rng.uniform(0, 5))] << shift;
  }
  return word;
}

}  // namespace

IssueOperands make_issue_operands(MicroInstruction instruction, OperandData data, uint64_t seed) {
  Rng rng{seed};
  const WordPattern pattern = pattern_of(instruction);
  const auto word = [&] {
    if (data == OperandData::Zero) return uint32_t{0};
    return (static_cast<uint32_t>(rng.next() >> 32) & pattern.random) | pattern.fixed;
  };
  IssueOperands operands;
  operands.registers.resize(size_t{kIssueThreads} * kIssueRegisters);
  operands.metadata.resize(size_t{kIssueThreads} * kIssueMetadata);
  operands.tiles.resize(size_t{kIssueTileBytes} / sizeof(uint32_t));
  std::generate(operands.registers.begin(), operands.registers.end(), word);
  std::generate(operands.metadata.begin(), operands.metadata.end(),
                [&] { return data == OperandData::Zero ? 0x44444444U : random_metadata(rng); });
  std::generate(operands.tiles.begin(), operands.tiles.end(), word);
  return operands;
}

}  // namespace olivine
