// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/runtime/device.h"
#include "kernels/runtime/memory.h"
#include "kernels/runtime/stream.h"
#include "tests/kernels/runtime/named_kernel.h"

namespace olivine {
namespace {

using testing::Each;
using testing::StartsWith;

// Both with and without a GPU.
TEST(CudaRuntime, FindsADeviceOrSaysThatThereIsNoGpu) {
  DeviceInfo info;
  if (const Status status = find_device(0, info); !status) {
    EXPECT_THAT(status.reason(), StartsWith("no GPU: "));
    EXPECT_EQ(info.name, "");
    return;
  }
  EXPECT_NE(info.name, "");
  EXPECT_THAT(info.uuid, StartsWith("GPU-"));
  EXPECT_EQ(info.uuid.size(), std::string{"GPU-01234567-0123-0123-0123-0123456789ab"}.size());
  EXPECT_GE(info.compute_capability, 50);
  EXPECT_GE(info.shared_bytes_per_block, 48 * 1024);
}

TEST(CudaRuntime, DeviceOutOfRangeIsRefusedBad) {
  DeviceInfo info;
  EXPECT_FALSE(find_device(1'000'000, info));
  EXPECT_FALSE(find_device(-1, info));
}

TEST(CudaRuntime, FailedCallThrowsWithPlaceAndNameBad) {
  constexpr int64_t kMoreThanAnyDeviceHas = int64_t{1} << 50;
  try {
    const DeviceBuffer buffer{kMoreThanAnyDeviceHas};
    FAIL() << "allocated " << buffer.bytes() << " bytes";
  } catch (const CudaError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("memory.cu:"));
    EXPECT_THAT(error.what(), testing::HasSubstr("cudaMalloc"));
    EXPECT_THAT(error.error_name(), StartsWith("cudaError"));
  }
}

TEST(CudaRuntime, BufferOfNoBytesNeedsNoDevice) {
  const DeviceBuffer buffer{0};
  EXPECT_EQ(buffer.data(), nullptr);
  EXPECT_EQ(buffer.bytes(), 0);
}

class CudaRuntimeOnGpu : public testing::Test {
 protected:
  void SetUp() override {
    DeviceInfo info;
    if (const Status status = find_device(0, info); !status) {
      GTEST_SKIP() << "SKIPPED (" << status.reason() << ')';
    }
    use_device(0);
  }
};

TEST_F(CudaRuntimeOnGpu, CopiesThereAndBack) {
  const Stream stream;
  std::vector<int32_t> host(1009);
  std::iota(host.begin(), host.end(), 7);
  const DeviceBuffer first = upload(std::span<const int32_t>{host}, stream.handle());
  const DeviceBuffer second{first.bytes()};
  copy_on_device(second.data(), first.data(), first.bytes(), stream.handle());
  EXPECT_EQ(download<int32_t>(second.data(), 1009, stream.handle()), host);
}

TEST_F(CudaRuntimeOnGpu, FillsBytes) {
  const Stream stream;
  const DeviceBuffer buffer{100};
  fill_bytes(buffer.data(), 0xA5, 100, stream.handle());
  EXPECT_THAT(download<uint8_t>(buffer.data(), 100, stream.handle()), Each(0xA5));
}

TEST_F(CudaRuntimeOnGpu, GraphRunsItsWorkOnLaunchAndNotWhenCaptured) {
  const Stream stream;
  const DeviceBuffer buffer{16};
  fill_bytes(buffer.data(), 0, 16, stream.handle());
  int calls = 0;
  const Graph graph{3, [&](StreamHandle handle) {
                      ++calls;
                      fill_bytes(buffer.data(), static_cast<uint8_t>(calls), 16, handle);
                    }};
  EXPECT_EQ(calls, 3);
  EXPECT_THAT(download<uint8_t>(buffer.data(), 16, stream.handle()), Each(0));
  graph.upload(stream.handle());
  graph.launch(stream.handle());
  EXPECT_THAT(download<uint8_t>(buffer.data(), 16, stream.handle()), Each(3));
}

TEST_F(CudaRuntimeOnGpu, GraphPassesOnWhatItsWorkThrows) {
  const auto fail = [](StreamHandle) { throw std::runtime_error{"no work"}; };
  EXPECT_THROW(Graph(1, fail), std::runtime_error);
  const Stream stream;  // and what follows works
  const DeviceBuffer buffer{16};
  fill_bytes(buffer.data(), 1, 16, stream.handle());
  stream.synchronize();
}

TEST_F(CudaRuntimeOnGpu, EventsTellTimeInOrder) {
  const Stream stream;
  const DeviceBuffer buffer{int64_t{64} << 20};
  const Event start;
  const Event stop;
  start.record(stream.handle());
  fill_bytes(buffer.data(), 0, buffer.bytes(), stream.handle());
  stop.record(stream.handle());
  EXPECT_GT(elapsed_us(start, stop), 0.0);
}

TEST_F(CudaRuntimeOnGpu, GraphRunsItsKernelsOnceForEachRepetition) {
  constexpr int kRepetitions = 50;
  const Stream stream;
  const DeviceBuffer counter{sizeof(int32_t)};
  fill_bytes(counter.data(), 0, counter.bytes(), stream.handle());
  launch_named_kernel(counter.data<int32_t>(), stream.handle());
  const Graph graph{kRepetitions, [&](StreamHandle handle) {
                      launch_named_kernel(counter.data<int32_t>(), handle);
                    }};
  graph.launch(stream.handle());
  graph.launch(stream.handle());
  EXPECT_EQ(download<int32_t>(counter.data(), 1, stream.handle()).front(), 1 + 2 * kRepetitions);
}

TEST_F(CudaRuntimeOnGpu, TellsTheNamesOfKernels) {
  const Stream stream;
  const DeviceBuffer counter{sizeof(int32_t)};
  launch_named_kernel(counter.data<int32_t>(), stream.handle());
  stream.synchronize();
  std::vector<std::string> names;
  const Status status = kernel_names(
      [&](StreamHandle handle) {
        fill_bytes(counter.data(), 0, counter.bytes(), handle);
        launch_named_kernel(counter.data<int32_t>(), handle);
        launch_named_kernel(counter.data<int32_t>(), handle);
      },
      names);
  ASSERT_TRUE(status) << status.reason();
  EXPECT_THAT(names,
              testing::ElementsAre("olivine::named_kernel(int*)", "olivine::named_kernel(int*)"));
}

TEST_F(CudaRuntimeOnGpu, WorkWithoutKernelsHasNoKernelNames) {
  std::vector<std::string> names = {"old"};
  const Status status = kernel_names([](StreamHandle) {}, names);
  ASSERT_TRUE(status) << status.reason();
  EXPECT_TRUE(names.empty());
}

}  // namespace
}  // namespace olivine
