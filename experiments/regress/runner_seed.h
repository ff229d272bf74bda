// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "experiments/regress/regression.h"
#include "experiments/regress/regression_result.h"

namespace olivine::regress {

// A fresh model of targets[index] for one seed. Called in workers only. Throws ConfigError.
using OpenModel = std::function<std::unique_ptr<RtlModel>(size_t target, uint64_t seed)>;

// Runs the bench of a target once, on a model that has not been used yet. An assertion of the RTL
// that failed is a failure too, and so is what the bench throws.
[[nodiscard]] SeedResult run_seed(const Target& target, uint64_t seed, int64_t cases,
                                  RtlModel& model);

}  // namespace olivine::regress
