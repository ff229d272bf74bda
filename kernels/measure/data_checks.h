// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

namespace olivine {
struct CheckOvp4Args;
struct CompressTwoFourArgs;
struct EncodeArgs;
struct PruneTwoFourArgs;
struct QuantizeInt8Args;
}  // namespace olivine

namespace olivine::measure {

struct CheckRecord;

// Where kernels that make operands run: a device, or the emulator.
class DataMachine {
 public:
  DataMachine() = default;
  virtual ~DataMachine() = default;
  DataMachine(const DataMachine&) = delete;
  DataMachine& operator=(const DataMachine&) = delete;
  DataMachine(DataMachine&&) = delete;
  DataMachine& operator=(DataMachine&&) = delete;

  // Memory that kernels address, at a multiple of 256, until the machine ends.
  virtual void* upload(const void* host, int64_t bytes) = 0;
  virtual void download(void* host, const void* device, int64_t bytes) = 0;

  // Each waits for its kernel.
  virtual void run(const EncodeArgs& args) = 0;
  virtual void run(const CheckOvp4Args& args) = 0;
  virtual void run(const PruneTwoFourArgs& args) = 0;
  virtual void run(const CompressTwoFourArgs& args) = 0;
  virtual void run(const QuantizeInt8Args& args) = 0;
};

// The encoders of activations, the check of OVP bytes, 2:4 pruning, compression and int8
// quantization, on residue shapes, against models/numerics: every byte that they write, and what
// they say of data that are wrong. (The decoders are checked with the GEMMs that need them.)
[[nodiscard]] std::vector<CheckRecord> check_data_kernels(DataMachine& machine, uint64_t seed);

}  // namespace olivine::measure
