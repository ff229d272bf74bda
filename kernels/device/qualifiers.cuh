// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

// Kernels are written once. nvcc compiles them for the GPU; a plain C++ compiler compiles the same
// text for the emulator (kernels/emulator), which runs it thread by thread on the CPU.
#ifdef __CUDACC__
#define OLV_DEVICE __device__ __forceinline__
#define OLV_HOST_DEVICE __host__ __device__ __forceinline__
#define OLV_UNROLL _Pragma("unroll")
#define OLV_NO_UNROLL _Pragma("unroll 1")
#else
#define OLV_DEVICE inline
#define OLV_HOST_DEVICE inline
#define OLV_UNROLL
#define OLV_NO_UNROLL
#endif
