// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/launch/gemm_kernels.h"
#include "kernels/launch/operand_image.h"

namespace olivine {
struct DecodeOvpArgs;
}

namespace olivine::measure {

struct CaseInputs;
struct Variant;

// One copy of a case's operands in memory that kernels can address: of the device, of the emulator
// in the host's.
struct OwnAddresses {
  const void* weights = nullptr;
  const uint32_t* metadata = nullptr;
  const void* activations = nullptr;
  void* decoded_weights = nullptr;
  void* decoded_activations = nullptr;
  const float* weight_scales = nullptr;
};

// What own kernels need for a case, without a device: images of the operands in their stored forms,
// and arguments for addresses.
class OwnCase {
 public:
  // Refused with what is wrong with an operand. Contract: an own variant; `inputs` live longer.
  static Status make(const CaseInputs& inputs, OwnCase& own);

  [[nodiscard]] const WeightImage& weights() const { return weights_; }
  [[nodiscard]] const ActivationImage& activations() const { return activations_; }
  // 0 where an operand is not decoded before the GEMM.
  [[nodiscard]] int64_t decoded_weight_bytes() const;
  [[nodiscard]] int64_t decoded_activation_bytes() const;
  [[nodiscard]] bool decodes_before() const {
    return decoded_weight_bytes() + decoded_activation_bytes() > 0;
  }

  // Contract: decodes_before().
  [[nodiscard]] DecodeOvpArgs decode_args(const OwnAddresses& addresses) const;
  [[nodiscard]] GemmArgs gemm_args(const OwnAddresses& addresses, OutputForm output, void* c,
                                   int64_t c_stride) const;

  // Kernels that can run the case on the device, wgmma first. `reasons` says why others cannot.
  // Contract: every address is legal.
  [[nodiscard]] std::vector<const GemmKernel*> kernels(const OwnAddresses& addresses, void* c,
                                                       const DeviceLimits& device,
                                                       std::string& reasons) const;

 private:
  [[nodiscard]] int64_t decoded_weight_stride() const;
  [[nodiscard]] int64_t decoded_activation_stride() const;
  [[nodiscard]] int64_t decoded_plane_stride() const;

  const CaseInputs* inputs_ = nullptr;
  WeightForm weight_form_ = WeightForm::Int8;  // that the GEMM reads
  ActivationForm activation_form_ = ActivationForm::Int8;
  WeightImage weights_;
  ActivationImage activations_;
};

// "n128m256k128, 4 stages, cluster 2"
[[nodiscard]] std::string tile_text(const GemmKernel& kernel);

}  // namespace olivine::measure
