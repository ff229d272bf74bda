// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>
#include <set>
#include <string>

#include "experiments/sweep/space/shared_cache.h"
#include "models/workloads/workload.h"
#include "models/workloads/workload_yaml.h"

namespace olivine::sweep {

// The layers that run for some values of a workload's parameters, or why there are none ("seq * 3 /
// 2: not exact").
struct PreparedWorkload {
  std::shared_ptr<const Workload> workload;  // null where there is a problem
  std::string digest;
  std::string problem;
};

// A workload that points start from, for any values of its parameters.
class WorkloadSource {
 public:
  // Throws ConfigError: no such workload, no layer of the kinds (empty: all). `values` are for
  // files whose parameters have no default; others do not look at them.
  WorkloadSource(const std::string& name_or_path, const std::set<LayerKind>& kinds,
                 const ParamOverrides& values);

  [[nodiscard]] const std::string& name() const { return name_; }  // of the parameter `workload`
  [[nodiscard]] const std::string& path() const { return path_; }  // or name, as it was loaded
  // Of the file as it is, whatever was fixed.
  [[nodiscard]] const std::string& digest() const { return digest_; }
  // With defaults of the file, or the values it was opened with, where nothing was fixed.
  [[nodiscard]] const std::map<std::string, int64_t>& params() const { return params_; }
  // Contract: the parameter exists, and the value is one that workloads take.
  void fix(const std::string& param, int64_t value);
  // With these values over the fixed ones. Thread-safe; a problem does not throw.
  [[nodiscard]] std::shared_ptr<const PreparedWorkload> prepare(const ParamOverrides& values) const;

 private:
  [[nodiscard]] PreparedWorkload load(const ParamOverrides& values) const;

  std::string name_;
  std::string path_;
  std::set<LayerKind> kinds_;
  std::string digest_;
  std::map<std::string, int64_t> params_;
  ParamOverrides fixed_;
  std::unique_ptr<SharedCache<PreparedWorkload>> cache_;
};

}  // namespace olivine::sweep
