// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/reference_gemm.h"

#include "kernels/runtime/memory.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/packed.h"

namespace olivine::measure {

std::vector<int32_t> reference_gemm(const PackedMatrix& activations, const PackedMatrix& weights,
                                    StreamHandle stream) {
  const int64_t count = activations.rows * weights.rows;
  const std::vector<int16_t> a = dense_int16(activations, activations.k);
  const std::vector<int16_t> b = dense_int16(weights, weights.k);
  const DeviceBuffer device_a = upload(std::span<const int16_t>{a}, stream);
  const DeviceBuffer device_b = upload(std::span<const int16_t>{b}, stream);
  const DeviceBuffer device_c{count * static_cast<int64_t>(sizeof(int32_t))};
  launch_reference_gemm({activations.rows, weights.rows, weights.k, device_a.data<int16_t>(),
                         device_b.data<int16_t>(), device_c.data<int32_t>()},
                        stream);
  return download<int32_t>(device_c.data(), count, stream);
}

}  // namespace olivine::measure
