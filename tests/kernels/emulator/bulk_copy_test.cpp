// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "kernels/device/ops.cuh"
#include "kernels/launch/swizzle.h"
#include "models/base/rng.h"
#include "tests/kernels/emulator/barrier_check.cuh"
#include "tests/kernels/emulator/emulator_check.h"

namespace olivine {
namespace {

using namespace device;
using testing::HasSubstr;

std::vector<std::byte> random_bytes(size_t count) {
  Rng rng{count};
  std::vector<std::byte> bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(rng.next());
  return bytes;
}

// A tensor with a stride, aligned as TMA wants it.
struct Tensor {
  alignas(16) std::array<std::byte, 64 * 256> storage{};
  TensorMapSpec spec;

  Tensor(int rows, int row_bytes, int box_bytes, int box_rows, Swizzle swizzle)
      : spec{storage.data(), row_bytes, rows, 256, box_bytes, box_rows, swizzle} {
    const std::vector<std::byte> bytes = random_bytes(storage.size());
    std::copy(bytes.begin(), bytes.end(), storage.begin());
  }
  // The byte of the tensor there, 0 outside.
  [[nodiscard]] std::byte at(int row, int column) const {
    const bool is_inside = row >= 0 && row < spec.rows && column >= 0 && column < spec.row_bytes;
    return is_inside ? storage[static_cast<size_t>(row * 256 + column)] : std::byte{0};
  }
  // Rows alone: the bytes between them may not be read.
  [[nodiscard]] std::vector<MemoryRange> memory() const {
    std::vector<MemoryRange> ranges;
    for (int64_t row = 0; row < spec.rows; ++row) {
      ranges.push_back({storage.data() + row * 256, spec.row_bytes, false});
    }
    return ranges;
  }
};

// Loads the box at (byte, row) to offset 4,096 and compares.
void expect_box(const Tensor& tensor, int byte, int row, uint64_t seed) {
  const TensorMap map = encode_emulated_tensor_map(tensor.spec);
  const int bytes = tensor.spec.box_bytes * tensor.spec.box_rows;
  emulate(kOneWarp, {seed, 90, tensor.memory()}, [&](std::byte* shared) {
    begin(shared, 1);
    prefetch_tensor_map(map);
    if (thread_index() == 0) {
      arrive_expecting(barrier_in(shared), bytes);
      load_box(shared + 4096, map, barrier_in(shared), byte, row);
    }
    wait_barrier(barrier_in(shared), 0);
    for (int i = lane_index(); i < bytes; i += 32) {
      const int r = i / tensor.spec.box_bytes;
      const int c = i % tensor.spec.box_bytes;
      const int at = 4096 + swizzled(tensor.spec.swizzle, r * tensor.spec.box_bytes + c);
      EXPECT_EQ(load_shared<std::byte>(shared + at), tensor.at(row + r, byte + c))
          << "row " << r << " byte " << c << " of the box, seed " << seed;
    }
  });
}

TEST(BulkCopy, BringsABoxWithEverySwizzle) {
  for (const Swizzle swizzle : {Swizzle::Bytes32, Swizzle::Bytes64, Swizzle::Bytes128}) {
    const Tensor tensor(40, 200, swizzle_span(swizzle), 16, swizzle);
    for (uint64_t seed = 1; seed <= 5; ++seed) expect_box(tensor, 32, 8, seed);
  }
  expect_box(Tensor(40, 200, 48, 5, Swizzle::None), 16, 1, 1);
}

TEST(BulkCopy, FillsWithZerosOutsideTheTensor) {
  const Tensor tensor(13, 77, 64, 16, Swizzle::Bytes64);
  for (const int byte : {-70, -64, -33, 0, 1, 50, 64, 77, 1000}) {
    for (const int row : {-17, -16, -3, 0, 5, 12, 13, 100}) expect_box(tensor, byte, row, 1);
  }
}

TEST(BulkCopy, MulticastsToTheNamedBlocks) {
  const Tensor tensor(40, 200, 128, 8, Swizzle::Bytes128);
  const TensorMap map = encode_emulated_tensor_map(tensor.spec);
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    emulate({4, 32, kOneWarp.shared_bytes, 4}, {seed, 90, tensor.memory()}, [&](std::byte* shared) {
      begin(shared, 1);
      sync_cluster();
      const bool receives = cluster_rank() != 1;
      if (thread_index() == 0 && receives) arrive_expecting(barrier_in(shared), 128 * 8);
      if (thread_index() == 0 && cluster_rank() == 1) {
        load_box_multicast(shared, map, barrier_in(shared), 16, 3, 0b1101);
      }
      if (receives) {
        wait_barrier(barrier_in(shared), 0);
        for (int i = lane_index(); i < 128 * 8; i += 32) {
          EXPECT_EQ(load_shared<std::byte>(shared + swizzled(Swizzle::Bytes128, i)),
                    tensor.at(3 + i / 128, 16 + i % 128));
        }
      }
      sync_cluster();
    });
  }
}

TEST(BulkCopy, BringsContiguousBytes) {
  alignas(16) std::array<std::byte, 512> source;
  std::ranges::copy(random_bytes(512), source.begin());
  const EmulatorOptions options{3, 90, {{source.data(), 512, false}}};
  emulate(kOneWarp, options, [&](std::byte* shared) {
    begin(shared, 1);
    if (thread_index() == 0) {
      arrive_expecting(barrier_in(shared), 496);
      load_bulk(shared + 32, source.data() + 16, 496, barrier_in(shared));
    }
    wait_barrier(barrier_in(shared), 0);
    for (int i = 0; i < 496; ++i) {
      EXPECT_EQ(load_shared<std::byte>(shared + 32 + i), source[static_cast<size_t>(16 + i)]);
    }
  });
}

TEST(BulkCopy, ShowsAMissingWaitBad) {
  const Tensor tensor(40, 200, 128, 8, Swizzle::Bytes128);
  const TensorMap map = encode_emulated_tensor_map(tensor.spec);
  EXPECT_TRUE(some_seed_shows([&](uint64_t seed) {
    bool is_there = true;
    emulate(kOneWarp, {seed, 90, {}}, [&](std::byte* shared) {
      begin(shared, 1);
      if (thread_index() == 0) {
        arrive_expecting(barrier_in(shared), 128 * 8);
        load_box(shared, map, barrier_in(shared), 0, 0);
      }
      sync_warp();
      is_there &= load_shared<std::byte>(shared + lane_index()) == tensor.at(0, lane_index());
      wait_barrier(barrier_in(shared), 0);
    });
    return !is_there;
  }));
}

TEST(BulkCopy, ShowsAWrongByteCountBad) {
  const Tensor tensor(40, 200, 128, 8, Swizzle::Bytes128);
  const TensorMap map = encode_emulated_tensor_map(tensor.spec);
  const std::string error = error_of(kOneWarp, [&](std::byte* shared) {
    begin(shared, 1);
    if (thread_index() == 0) {
      arrive_expecting(barrier_in(shared), 128 * 8 + 16);
      load_box(shared, map, barrier_in(shared), 0, 0);
    }
    wait_barrier(barrier_in(shared), 0);
  });
  EXPECT_THAT(error, HasSubstr("deadlock"));
}

// What load_box() at `offset` says after the warp has done `before`.
std::string load_error(int offset, void (*before)(std::byte*)) {
  const Tensor tensor(40, 200, 128, 8, Swizzle::Bytes128);
  const TensorMap map = encode_emulated_tensor_map(tensor.spec);
  return error_of(kOneWarp, [&](std::byte* shared) {
    before(shared);
    if (thread_index() == 0) {
      arrive_expecting(barrier_in(shared), 128 * 8);
      load_box(shared + offset, map, barrier_in(shared), 0, 0);
    }
    wait_barrier(barrier_in(shared), 0);
  });
}

TEST(BulkCopy, RefusesWhatHardwareCannotDoBad) {
  const auto good = [](std::byte* shared) { begin(shared, 1); };
  EXPECT_EQ(load_error(0, good), "");
  EXPECT_THAT(load_error(512, good), HasSubstr("no multiple of 1024"));
  EXPECT_THAT(load_error(kBarrierOffset, good), HasSubstr("load_box"));
  EXPECT_THAT(load_error(0,
                         [](std::byte* shared) {
                           if (thread_index() == 0) init_barrier(barrier_in(shared), 1);
                           sync_block();
                         }),
              HasSubstr("without fence_barrier_init()"));
  EXPECT_THAT(load_error(0,
                         [](std::byte* shared) {
                           store_shared(shared + 20 + 4 * thread_index(), 1);
                           begin(shared, 1);
                         }),
              HasSubstr("without fence_async_proxy()"));
  EXPECT_EQ(load_error(0,
                       [](std::byte* shared) {
                         store_shared(shared + 20 + 4 * thread_index(), 1);
                         fence_async_proxy();
                         begin(shared, 1);
                       }),
            "");
}

TEST(BulkCopy, RefusesABlockThatEndsBeforeItsCopiesBad) {
  const Tensor tensor(40, 200, 128, 8, Swizzle::Bytes128);
  const TensorMap map = encode_emulated_tensor_map(tensor.spec);
  std::string error;
  for (uint64_t seed = 1; seed <= kSeeds && error.empty(); ++seed) {
    error = error_of(kOneWarp,
                     [&](std::byte* shared) {
                       begin(shared, 1);
                       if (thread_index() == 0) load_box(shared, map, barrier_in(shared), 0, 0);
                     },
                     {seed, 90, {}});
  }
  EXPECT_THAT(error, HasSubstr("block 0 ends while TMA copies 1024 bytes"));
}

TEST(BulkCopy, RefusesIllegalTensorMapsBad) {
  const Tensor tensor(40, 200, 128, 8, Swizzle::Bytes128);
  const auto error = [&](auto change) {
    TensorMapSpec spec = tensor.spec;
    change(spec);
    return error_of([&] { static_cast<void>(encode_emulated_tensor_map(spec)); });
  };
  EXPECT_THAT(error([](TensorMapSpec& s) { s.stride = 200; }), HasSubstr("stride 200"));
  EXPECT_THAT(error([](TensorMapSpec& s) { s.box_bytes = 64; }), HasSubstr("span 128"));
  EXPECT_THAT(error([](TensorMapSpec& s) { s.box_rows = 257; }), HasSubstr("257 rows"));
  EXPECT_THAT(error([](TensorMapSpec& s) { s.base = nullptr; }), HasSubstr("base"));
  EXPECT_THAT(error([](TensorMapSpec& s) { s.rows = 0; }), HasSubstr("0 rows"));
  EXPECT_THAT(error_of(kOneWarp, [](std::byte*) { prefetch_tensor_map(TensorMap{}); }),
              HasSubstr("has not made"));
}

TEST(BulkCopy, NeedsHopperBad) {
  EXPECT_THAT(error_of(kOneWarp, [](std::byte*) { fence_async_proxy(); }, {1, 80, {}}),
              HasSubstr("needs compute capability 90"));
}

}  // namespace
}  // namespace olivine
