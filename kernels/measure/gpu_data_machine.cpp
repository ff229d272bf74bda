// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/gpu_data_machine.h"

#include <stdexcept>

#include "kernels/measure/case_record.h"
#include "kernels/measure/data_checks.h"
#include "kernels/quant/quant_kernels.h"
#include "kernels/runtime/memory.h"
#include "kernels/sparse/sparse_kernels.h"

namespace olivine::measure {
namespace {

class GpuDataMachine : public DataMachine {
 public:
  explicit GpuDataMachine(StreamHandle stream) : stream_{stream} {}

  void* upload(const void* host, int64_t bytes) override {
    buffers_.emplace_back(bytes);
    if (bytes > 0) copy_to_device(buffers_.back().data(), host, bytes, stream_);
    synchronize(stream_);
    return buffers_.back().data();
  }
  void download(void* host, const void* device, int64_t bytes) override {
    if (bytes > 0) copy_to_host(host, device, bytes, stream_);
    synchronize(stream_);
  }
  void run(const EncodeArgs& args) override { run_any(args); }
  void run(const CheckOvp4Args& args) override { run_any(args); }
  void run(const PruneTwoFourArgs& args) override { run_any(args); }
  void run(const CompressTwoFourArgs& args) override { run_any(args); }
  void run(const QuantizeInt8Args& args) override { run_any(args); }

 private:
  template <class Args>
  void run_any(const Args& args) {
    if (const Status status = can_run(args); !status) throw std::runtime_error{status.reason()};
    launch(args, stream_);
    synchronize(stream_);
  }

  StreamHandle stream_;
  std::vector<DeviceBuffer> buffers_;
};

}  // namespace

std::vector<CheckRecord> check_data_kernels_on(StreamHandle stream, uint64_t seed) {
  GpuDataMachine machine{stream};
  return check_data_kernels(machine, seed);
}

}  // namespace olivine::measure
