// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>

#include "kernels/launch/status.h"
#include "kernels/runtime/device.h"

namespace olivine {
class BaselineLibrary;
}

namespace olivine::measure {

class CaseRunner;
class Staging;
struct CaseInputs;

// What a runner uses and outlives it.
struct BaselineContext {
  BaselineLibrary& library;
  int64_t l2_bytes = 0;
  StreamHandle stream = nullptr;
  Staging& staging;
};

// A case by a library.
Status make_baseline_runner(const CaseInputs& inputs, const BaselineContext& context,
                            std::unique_ptr<CaseRunner>& runner);

}  // namespace olivine::measure
