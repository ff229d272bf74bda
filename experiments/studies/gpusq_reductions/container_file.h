// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <tuple>
#include <vector>

#include "experiments/studies/gpusq_reductions/network_parameters.h"
#include "models/numerics/format.h"
#include "models/numerics/packed.h"

namespace olivine {

// Prunes random weights to 2:4 and packs them, every shape once.
class WeightPacker {
 public:
  // Throws CheckFailed where a packed matrix is not of the size that operand_bytes() states.
  const PackedMatrix& pack(Format format, int64_t n, int64_t k);

 private:
  std::map<std::tuple<Format, int64_t, int64_t>, PackedMatrix> packed_;
};

// Writes a network's container (models/checkpoint/packed_container.h) with all weights on 2:4 and
// everything else in float32, opens it and counts its packed tensors, and removes it. Returns its
// bytes. Throws ConfigError where `path` cannot be written, CheckFailed where a tensor is missing.
[[nodiscard]] uint64_t container_file_bytes(const std::vector<ParameterTensor>& tensors,
                                            Format format, WeightPacker& packer,
                                            const std::filesystem::path& path);

}  // namespace olivine
