// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <map>
#include <string>

namespace olivine {
class GemmExecutor;
}  // namespace olivine

namespace olivine::quality {

// What a network is for, as measures by name; larger is better. A task knows what the float32
// network answers, and executes the network with other GEMMs.
class QualityTask {
 public:
  QualityTask() = default;
  virtual ~QualityTask() = default;
  QualityTask(const QualityTask&) = delete;
  QualityTask& operator=(const QualityTask&) = delete;

  // Of the float32 network: measures that do not compare with it.
  [[nodiscard]] virtual std::map<std::string, double> reference() const = 0;
  [[nodiscard]] virtual std::map<std::string, double> measure(GemmExecutor& executor) const = 0;
};

}  // namespace olivine::quality
