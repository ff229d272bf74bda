// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/data_checks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <set>

#include "kernels/emulator/emulate_quant.h"
#include "kernels/emulator/emulate_sparse.h"
#include "kernels/measure/case_record.h"
#include "kernels/measure/reference_gemm.cuh"
#include "models/base/rng.h"

namespace olivine::measure {
namespace {

constexpr size_t kAlignment = 256;
constexpr uint64_t kSeed = 11;

// The emulator's memory is the host's.
class EmulatedMachine : public DataMachine {
 public:
  void* upload(const void* host, int64_t bytes) override {
    memory_.emplace_back(static_cast<size_t>(bytes) + kAlignment);
    const auto address = reinterpret_cast<uintptr_t>(memory_.back().data());
    uint8_t* data = memory_.back().data() + (kAlignment - address % kAlignment) % kAlignment;
    if (bytes > 0) std::memcpy(data, host, static_cast<size_t>(bytes));
    return data;
  }
  void download(void* host, const void* device, int64_t bytes) override {
    std::memcpy(host, device, static_cast<size_t>(bytes));
  }
  void run(const EncodeArgs& args) override {
    emulate_quant(args, {});
    if (spoil_encoder) static_cast<uint8_t*>(args.codes)[args.code_stride * (args.rows - 1)] ^= 1;
  }
  void run(const CheckOvp4Args& args) override {
    if (!skips_legality) emulate_quant(args, {});
  }
  void run(const PruneTwoFourArgs& args) override { emulate_sparse(args, {}); }
  void run(const CompressTwoFourArgs& args) override {
    emulate_sparse(args, {});
    if (spoil_metadata) *args.metadata ^= 0xC;
  }
  void run(const QuantizeInt8Args& args) override { emulate_sparse(args, {}); }

  bool spoil_encoder = false;
  bool skips_legality = false;
  bool spoil_metadata = false;

 private:
  std::vector<std::vector<uint8_t>> memory_;
};

std::set<std::string> failed_kernels(EmulatedMachine& machine) {
  std::set<std::string> failed;
  for (const CheckRecord& check : check_data_kernels(machine, kSeed)) {
    if (!check.is_exact()) failed.insert(check.kernel);
  }
  return failed;
}

TEST(DataChecks, PassEveryKernelAsItIs) {
  EmulatedMachine machine;
  std::set<std::string> kernels;
  for (const CheckRecord& check : check_data_kernels(machine, kSeed)) {
    EXPECT_TRUE(check.is_exact()) << check.kernel << ", seed " << kSeed << ": "
                                  << check.failures.front();
    EXPECT_GE(check.runs, 7);
    kernels.insert(check.kernel);
  }
  EXPECT_EQ(kernels, (std::set<std::string>{"check_ovp4", "compress_two_four", "encode",
                                            "prune_two_four", "quantize_int8"}));
}

TEST(DataChecks, FindWhatIsWrongBad) {
  EmulatedMachine machine;
  machine.spoil_encoder = true;
  EXPECT_EQ(failed_kernels(machine), std::set<std::string>{"encode"});
  machine.spoil_encoder = false;
  machine.skips_legality = true;
  EXPECT_EQ(failed_kernels(machine), std::set<std::string>{"check_ovp4"});
  machine.skips_legality = false;
  machine.spoil_metadata = true;
  EXPECT_EQ(failed_kernels(machine), std::set<std::string>{"compress_two_four"});
}

TEST(ReferenceGemm, MultipliesEveryResidue) {
  struct Extents {
    int64_t m, n, k;
  };
  for (const auto& [m, n, k] : {Extents{1, 1, 1}, Extents{64, 64, 32}, Extents{65, 63, 33},
                                Extents{70, 130, 31}, Extents{3, 5, 0}}) {
    Rng rng{kSeed};
    const auto random = [&](int64_t count) {
      std::vector<int16_t> values;
      for (int64_t i = 0; i < count; ++i) {
        values.push_back(static_cast<int16_t>(rng.uniform(-32768, 32767)));
      }
      return values;
    };
    const std::vector<int16_t> a = random(m * k);
    const std::vector<int16_t> b = random(n * k);
    std::vector<int32_t> c(static_cast<size_t>(m * n), -1);
    const ReferenceGemmArgs args{m, n, k, a.data(), b.data(), c.data()};
    emulate({2, kReferenceThreads, sizeof(ReferenceTiles), 1}, {}, [&](std::byte* shared) {
      reference_gemm_body(args, *reinterpret_cast<ReferenceTiles*>(shared));
    });
    for (int64_t i = 0; i < m * n; ++i) {
      uint32_t sum = 0;  // wraps around
      for (int64_t p = 0; p < k; ++p) {
        const auto left = static_cast<int32_t>(a[static_cast<size_t>(i / n * k + p)]);
        const auto right = static_cast<int32_t>(b[static_cast<size_t>(i % n * k + p)]);
        sum += static_cast<uint32_t>(left) * static_cast<uint32_t>(right);
      }
      ASSERT_EQ(c[static_cast<size_t>(i)], static_cast<int32_t>(sum))
          << m << "x" << n << "x" << k << " element " << i << ", seed " << kSeed;
    }
  }
}

}  // namespace
}  // namespace olivine::measure
