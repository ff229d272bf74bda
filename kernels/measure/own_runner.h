// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>

#include "kernels/launch/launch_config.h"
#include "kernels/launch/status.h"
#include "kernels/runtime/device.h"

namespace olivine::measure {

class CaseRunner;
class Staging;
struct CaseInputs;

// A case by own kernels. Contract: stream and staging outlive the runner.
Status make_own_runner(const CaseInputs& inputs, const DeviceLimits& device, StreamHandle stream,
                       Staging& staging, std::unique_ptr<CaseRunner>& runner);

}  // namespace olivine::measure
