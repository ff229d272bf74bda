// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiments/sweep/spec/header.h"
#include "experiments/sweep/spec/metrics.h"
#include "experiments/sweep/spec/spec.h"

namespace olivine::sweep {

// XXH3, 128 bits, big-endian, of the canonical text of a resolved point: every key of its machine
// but name, description and source; the contents of its energy table (GPUs: calibration too); the
// parameters of its workload and the layers that run; scheme; free variables that are set or axes,
// since formulas see them. The model version is kept beside it in the database.
struct PointHash {
  std::array<uint8_t, 16> bytes{};

  auto operator<=>(const PointHash&) const = default;
  [[nodiscard]] std::string hex() const;
  // Which of `count` shards it belongs to.
  [[nodiscard]] uint64_t shard(uint64_t count) const;
};

// Position in the space: mixed radix over the axes, the last one fastest.
using PointIndex = uint64_t;

struct PointInputs;  // machine, workload, scheme, energy table: evaluate.h

// One point, resolved.
struct DesignPoint {
  PointHash hash;
  std::vector<Value> parameters;              // by column
  std::shared_ptr<const PointInputs> inputs;  // null where `problem` says why it cannot run
  std::string problem;                        // "array.rows = 8: ...": a rule of the machine, say
};

// The cartesian product of the axes, every name and value checked, files read once. Paths are meant
// from where the program was started, as on the command line; as the value of a parameter a file is
// called by its name without folder and extension.
class DesignSpace {
 public:
  // Throws ConfigError with every problem at its line: unknown machine, workload, scheme, key or
  // metric (nearest given), values out of range, formulas over unknown names or names that have no
  // value there, `dram.model` banked (no closed form), an axis of a key that machines of this kind
  // do not have, group_by of no axis, an energy table that cannot be read, more than 2^62 points.
  explicit DesignSpace(const SweepSpec& spec);
  ~DesignSpace();
  DesignSpace(const DesignSpace&) = delete;
  DesignSpace& operator=(const DesignSpace&) = delete;

  [[nodiscard]] uint64_t size() const;
  [[nodiscard]] const SweepHeader& header() const;
  [[nodiscard]] std::vector<uint32_t> coordinates(PointIndex index) const;
  [[nodiscard]] PointIndex index_of(const std::vector<uint32_t>& coordinates) const;

  // The point, or nothing where a constraint over parameters and static metrics excludes it;
  // `excluded_by`, if given, then gets which one. Thread-safe.
  [[nodiscard]] std::optional<DesignPoint> resolve(PointIndex index,
                                                   size_t* excluded_by = nullptr) const;

 private:
  struct State;
  std::unique_ptr<const State> state_;
};

}  // namespace olivine::sweep
