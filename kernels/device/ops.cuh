// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

// Everything a kernel asks of the machine, as functions of namespace olivine::device: for the GPU
// in PTX, for the CPU in the emulator. Both have the same signatures; what they do is documented in
// ops_ptx.cuh and hopper_ptx.cuh.
#include "kernels/device/qualifiers.cuh"
#ifdef __CUDACC__
#include "kernels/device/hopper_ptx.cuh"
#include "kernels/device/ops_ptx.cuh"
#else
#include "kernels/emulator/ops.h"
#endif
