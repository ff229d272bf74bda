// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <vector>

#include "sim/tensor_core/gemm_model.h"

namespace olivine {

// Kernels nobody has published timings of, written down as a CUTLASS-like team would write them:
// the tile shapes and schedules of CUTLASS 2 (mma.sync) and 3 (wgmma, warp-specialized loads,
// persistent), with as many stages as shared memory takes. Three libraries:
//   cutlass_like     the machine's own instructions; dense and 2:4; weight-only schemes unpack
//                    weights in the mainloop
//   software_decode  OVP on a GPU without decoders: CUDA cores turn pairs into int8 (4-bit pairs)
//   or
//                    fp16 (8-bit pairs, whose outliers exceed int8, and fp16 activations)
//   mmaovp           OVP on a machine with decoders in its tensor cores (OliVe 4.6)
// Sparse weights are always the first operand (PTX ISA: only it is compressed), so those kernels
// are `swapped`; so are those that unpack weights on the way to the registers of a wgmma.
//
// Only kernels that refuse_kernel() accepts. None where the machine has no instruction for the
// scheme; where it has one, but nothing fits, a menu without kernels has the reason. None is
// calibrated: the caller leaves out what a measured library covers, and gives the others the
// constants of a neighbouring one.
[[nodiscard]] std::vector<KernelMenu> codesign_menus(const GpuMachine& machine,
                                                     const Scheme& scheme);

}  // namespace olivine
