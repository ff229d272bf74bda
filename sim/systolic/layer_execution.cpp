// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/layer_execution.h"

#include "sim/memory/dma_engine.h"

namespace olivine {

void LayerExecution::respond(const MemoryResponse& response) {
  dma().respond(response);
  settle();
}

}  // namespace olivine
