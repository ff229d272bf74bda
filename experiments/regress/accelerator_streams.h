// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "sim/cosim/rtl_model.h"

namespace olivine::regress {

// The side of a stream that the bench plays: data stay from valid to ready.
struct AcceleratorStream {
  const RtlSignal* valid = nullptr;
  const RtlSignal* ready = nullptr;
  double chance = 1.0;
  bool is_shown = false;

  [[nodiscard]] bool is_taken() const { return is_shown && ready->value() != 0; }
};

}  // namespace olivine::regress
