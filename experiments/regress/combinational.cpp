// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/combinational.h"

#include "models/base/error.h"

namespace olivine::regress {

std::string describe_slice(uint64_t bits) {
  const auto number = static_cast<int64_t>(bits & 31);
  return fmt::format("{} << {}", number >= 16 ? number - 32 : number, bits >> 5);
}

}  // namespace olivine::regress
