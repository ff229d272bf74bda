// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/device/qualifiers.cuh"
#include "kernels/emulator/backend.h"
#include "kernels/launch/tensor_map.h"
#include "kernels/launch/wgmma_descriptor.h"
#include "models/numerics/float_formats.h"

// The operations of ops_ptx.cuh and hopper_ptx.cuh on the CPU; what they do is documented there.
namespace olivine::device {

// --- where a thread is ---------------------------------------------------------------------------
inline int thread_index() { return emulation::thread_index(); }
inline int64_t block_index() { return emulation::block_index(); }
inline int64_t block_count() { return emulation::block_count(); }
inline int lane_index() { return thread_index() % 32; }
inline int warp_index() { return thread_index() / 32; }

// --- barriers ------------------------------------------------------------------------------------
inline void sync_block() { emulation::sync_block(); }
inline void sync_warp() { emulation::sync_warp(); }
inline void sync_threads(int id, int threads) { emulation::sync_threads(id, threads); }

// --- memory --------------------------------------------------------------------------------------
struct alignas(8) Bytes8 {
  uint32_t word[2];
};
struct alignas(16) Bytes16 {
  uint32_t word[4];
};

template <class T>
concept Accessible =
    std::is_trivially_copyable_v<T> && sizeof(T) <= 16 && std::has_single_bit(sizeof(T));

template <Accessible T>
T load_shared(const void* address) {
  T value;
  emulation::load_shared(&value, address, static_cast<int>(sizeof(T)));
  return value;
}
template <Accessible T>
void store_shared(void* address, const T& value) {
  emulation::store_shared(address, &value, static_cast<int>(sizeof(T)));
}
template <Accessible T>
T load_global(const void* address) {
  T value;
  emulation::load_global(&value, address, static_cast<int>(sizeof(T)));
  return value;
}
template <Accessible T>
void store_global(void* address, const T& value) {
  emulation::store_global(address, &value, static_cast<int>(sizeof(T)));
}
inline Bytes16 load_streaming(const void* address) { return load_global<Bytes16>(address); }
inline uint64_t atomic_min_global(unsigned long long* address, uint64_t value) {
  return emulation::atomic_min_global(address, value);
}
inline int32_t atomic_add_global(int32_t* address, int32_t value) {
  return emulation::atomic_add_global(address, value);
}
inline uint32_t shared_address(const void* address) { return emulation::shared_address(address); }

inline void copy_async(void* shared, const void* global, int bytes) {
  emulation::copy_async(shared, global, bytes);
}
inline void commit_copies() { emulation::commit_copies(); }
template <int kPending>
void wait_copies() {
  emulation::wait_copies(kPending);
}
inline void load_matrices(uint32_t (&word)[4], const void* row) {
  emulation::load_matrices(word, row);
}

// --- arithmetic ----------------------------------------------------------------------------------
inline void mma_s8(int32_t (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  emulation::mma_s8({d, a, {b0, b1, 0, 0}, 0});
}
inline void mma_sp_s8(int32_t (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[4],
                      uint32_t metadata) {
  emulation::mma_sp_s8({d, a, {b[0], b[1], b[2], b[3]}, metadata});
}

inline uint32_t byte_permute(uint32_t x, uint32_t y, uint32_t selector) {
  const uint64_t bytes = uint64_t{y} << 32U | x;
  uint32_t result = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const uint32_t nibble = selector >> (4 * i) & 0xFU;
    uint32_t byte = static_cast<uint32_t>(bytes >> (8 * (nibble & 7U))) & 0xFFU;
    if ((nibble & 8U) != 0) byte = (byte & 0x80U) != 0 ? 0xFFU : 0;
    result |= byte << (8 * i);
  }
  return result;
}
template <class T>
concept Shufflable = std::is_arithmetic_v<T> &&(sizeof(T) == 4 || sizeof(T) == 8);

template <Shufflable T>
T shuffle(const T& value, int lane) {
  T result;
  emulation::shuffle(&result, &value, static_cast<int>(sizeof(T)), lane);
  return result;
}
template <Shufflable T>
T shuffle_xor(const T& value, int mask) {
  T result;
  emulation::shuffle_xor(&result, &value, static_cast<int>(sizeof(T)), mask);
  return result;
}

inline float multiply(float a, float b) {
  const volatile float product = a * b;  // cannot become part of a multiply-add
  return product;
}
inline float divide(float a, float b) { return a / b; }
inline float to_float(int32_t value) { return static_cast<float>(value); }
inline uint16_t to_half(float value) { return fp16_from_float(value); }
inline float from_half(uint16_t bits) { return float_from_fp16(bits); }

// --- clusters and dependent launches -------------------------------------------------------------
inline int cluster_rank() { return emulation::cluster_rank(); }
inline void sync_cluster() { emulation::sync_cluster(); }
inline void wait_for_previous_grid() {}
inline void launch_next_grid() {}

// --- mbarriers -----------------------------------------------------------------------------------
struct alignas(8) Barrier {
  uint64_t state;
};
inline void init_barrier(Barrier& barrier, int count) { emulation::init_barrier(&barrier, count); }
inline void fence_barrier_init() { emulation::fence_barrier_init(); }
inline void arrive(Barrier& barrier) { emulation::arrive(&barrier); }
inline void arrive_at(Barrier& barrier, int rank) { emulation::arrive_at(&barrier, rank); }
inline void arrive_expecting(Barrier& barrier, int bytes) {
  emulation::arrive_expecting(&barrier, bytes);
}
inline void wait_barrier(Barrier& barrier, int parity) {
  emulation::wait_barrier(&barrier, parity);
}

// --- TMA -----------------------------------------------------------------------------------------
inline void load_box(void* shared, const TensorMap& map, Barrier& barrier, int byte, int row) {
  emulation::load_box(shared, map, &barrier, byte, row);
}
inline void load_box_multicast(void* shared, const TensorMap& map, Barrier& barrier, int byte,
                               int row, uint16_t blocks) {
  emulation::load_box_multicast(shared, map, &barrier, byte, row, blocks);
}
inline void load_bulk(void* shared, const void* global, int bytes, Barrier& barrier) {
  emulation::load_bulk(shared, global, bytes, &barrier);
}
inline void prefetch_l2(const void* global, int bytes) {
  if (bytes == 0) return;  // the first and the last of them must be readable
  load_global<Bytes16>(global);
  load_global<Bytes16>(static_cast<const std::byte*>(global) + bytes - 16);
}
inline void prefetch_tensor_map(const TensorMap& map) { emulation::prefetch_tensor_map(map); }
inline void fence_async_proxy() { emulation::fence_async_proxy(); }

// --- registers -----------------------------------------------------------------------------------
template <int kRegisters>
void release_registers() {
  static_assert(kRegisters >= 24 && kRegisters <= 256 && kRegisters % 8 == 0);
  emulation::set_registers(kRegisters);
}
template <int kRegisters>
void acquire_registers() {
  static_assert(kRegisters >= 24 && kRegisters <= 256 && kRegisters % 8 == 0);
  emulation::set_registers(kRegisters);
}

// --- wgmma ---------------------------------------------------------------------------------------
inline void wgmma_fence() { emulation::wgmma_fence(); }
inline void wgmma_commit() { emulation::wgmma_commit(); }
template <int kPending>
void wgmma_wait() {
  emulation::wgmma_wait(kPending);
}
template <size_t kCount>
void hold_registers(int32_t (&)[kCount]) {}
template <size_t kCount>
void hold_registers(uint32_t (&)[kCount]) {}

template <Swizzle kSwizzle>
uint64_t matrix_descriptor(const void* address) {
  static_assert(kSwizzle != Swizzle::None);
  return matrix_descriptor_bits(kSwizzle, shared_address(address));
}

// N that integer wgmma has (PTX ISA).
[[nodiscard]] constexpr bool is_wgmma_n(int n) {
  return n == 8 || n == 24 || (n >= 16 && n <= 256 && n % 16 == 0);
}

template <int kN>
void wgmma_s8_ss(int32_t (&d)[static_cast<size_t>(kN) / 2], uint64_t a, uint64_t b,
                 bool accumulates) {
  static_assert(is_wgmma_n(kN));
  emulation::wgmma({{kN, false, false, accumulates, a, b}, d, {}, 0});
}
template <int kN>
void wgmma_s8_rs(int32_t (&d)[static_cast<size_t>(kN) / 2], uint32_t a0, uint32_t a1, uint32_t a2,
                 uint32_t a3, uint64_t b, bool accumulates) {
  static_assert(is_wgmma_n(kN));
  emulation::wgmma({{kN, false, true, accumulates, 0, b}, d, {a0, a1, a2, a3}, 0});
}
template <int kN>
void wgmma_sp_s8_ss(int32_t (&d)[static_cast<size_t>(kN) / 2], uint64_t a, uint64_t b,
                    uint32_t metadata, bool accumulates) {
  static_assert(is_wgmma_n(kN));
  emulation::wgmma({{kN, true, false, accumulates, a, b}, d, {}, metadata});
}
template <int kN>
void wgmma_sp_s8_rs(int32_t (&d)[static_cast<size_t>(kN) / 2], uint32_t a0, uint32_t a1,
                    uint32_t a2, uint32_t a3, uint64_t b, uint32_t metadata, bool accumulates) {
  static_assert(is_wgmma_n(kN));
  emulation::wgmma({{kN, true, true, accumulates, 0, b}, d, {a0, a1, a2, a3}, metadata});
}

}  // namespace olivine::device
