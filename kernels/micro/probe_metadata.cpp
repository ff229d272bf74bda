// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/micro.h"
#include "kernels/micro/micro_device.h"

namespace olivine {
namespace {

// MetadataProbeImages on the device, and room for the sums.
class ProbeBuffers {
 public:
  ProbeBuffers(MetadataInstruction instruction, StreamHandle stream) : stream_{stream} {
    const MetadataProbeImages images = make_probe_images(instruction);
    a_registers_ = upload(std::span<const uint32_t>{images.a_registers}, stream);
    b_registers_ = upload(std::span<const uint32_t>{images.b_registers}, stream);
    a_rows_ = upload(std::span<const int8_t>{images.a_rows}, stream);
    b_rows_ = upload(std::span<const int8_t>{images.b_rows}, stream);
    metadata_ = upload(std::span<const uint32_t>{images.metadata}, stream);
    probes_ = 1 + probe_count(instruction);
    sum_count_ = int64_t{probes_} * probe_threads(instruction) * kProbeRegisters;
    sums_ = DeviceBuffer{sum_count_ * static_cast<int64_t>(sizeof(int32_t))};
  }

  [[nodiscard]] MetadataProbeParams params() const {
    return {a_registers_.data<const uint32_t>(),
            b_registers_.data<const uint32_t>(),
            a_rows_.data<const uint32_t>(),
            b_rows_.data<const uint32_t>(),
            metadata_.data<const uint32_t>(),
            sums_.data<int32_t>(),
            probes_};
  }
  // Waits for the stream.
  [[nodiscard]] std::vector<int32_t> sums() const {
    return download<int32_t>(sums_.data(), sum_count_, stream_);
  }

 private:
  StreamHandle stream_;
  DeviceBuffer a_registers_;
  DeviceBuffer b_registers_;
  DeviceBuffer a_rows_;
  DeviceBuffer b_rows_;
  DeviceBuffer metadata_;
  DeviceBuffer sums_;
  int probes_ = 0;
  int64_t sum_count_ = 0;
};

}  // namespace

std::vector<MetadataMap> probe_metadata(StreamHandle stream) {
  constexpr int kWgmmaCapability = 90;
  std::vector<MetadataInstruction> instructions = {MetadataInstruction::MmaSp};
  if (current_device_limits().compute_capability == kWgmmaCapability) {
    instructions.push_back(MetadataInstruction::WgmmaSpSs);
    instructions.push_back(MetadataInstruction::WgmmaSpRs);
  }
  std::vector<MetadataMap> maps;
  for (const MetadataInstruction instruction : instructions) {
    const ProbeBuffers buffers{instruction, stream};
    if (instruction == MetadataInstruction::MmaSp) {
      launch_mma_metadata_probe(buffers.params(), stream);
    } else {
      launch_wgmma_metadata_probe(instruction, buffers.params(), stream);
    }
    maps.push_back(read_metadata_map(instruction, buffers.sums()));
  }
  return maps;
}

}  // namespace olivine
