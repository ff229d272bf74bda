// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "experiments/sweep/spec/formula.h"
#include "models/base/enum_names.h"

namespace olivine {
enum class LayerKind : uint8_t;
}  // namespace olivine

namespace olivine::sweep {

// The YAML file of a sweep (docs/sweep.md):
//   name, description             text; the name is required
//   machine, workload, scheme     what all points start from; each may be an axis instead
//   layers: [linear, ...]         kinds of layers to run; all when absent
//   set: {key: value}             fixed parameters; "= formula" computes one from axes and names
//   set
//                                 before
//   axes: {name: values}          the first axis varies slowest; values are
//     [a, b, c]                     a list
//     {from, to, step}              an arithmetic range, both ends included
//     {from, to, factor}            a geometric one ({from: 16, to: 256, factor: 2}: powers of two)
//     {link: [key, key], values: [[a, b], [c, d]]}   keys that move together
//   constraints: [formula, ...]   over parameters and results; a point must satisfy all
//   objectives: [metric | {name, value: formula, goal: min|max}]
//   group_by: [key, ...]          one front for each combination of these; must be axes
//   quality: {scheme: number}     known from elsewhere, higher is better; metric `quality`
//   search: {method, seed, points, population, mutation, crossover}
// A parameter is `machine`, `workload`, `scheme`, a key of the machine (olivine list keys), a
// parameter of the workload as workload.NAME, or a free variable as free.NAME, which only formulas
// see.

enum class Method : uint8_t { Exhaustive, Random, LatinHypercube, Nsga2 };
inline constexpr std::array kMethodNames = {
    EnumName<Method>{Method::Exhaustive, "exhaustive"}, EnumName<Method>{Method::Random, "random"},
    EnumName<Method>{Method::LatinHypercube, "latin_hypercube"},
    EnumName<Method>{Method::Nsga2, "nsga2"}};

enum class Goal : uint8_t { Min, Max };
inline constexpr std::array kGoalNames = {EnumName<Goal>{Goal::Min, "min"},
                                          EnumName<Goal>{Goal::Max, "max"}};

// Values as written; the design space reads them by the machine's table.
struct SpecAxis {
  std::string name;
  std::string place;                             // "sweep.yaml:12"
  std::vector<std::string> keys;                 // one; several of a linked axis
  std::vector<std::vector<std::string>> values;  // by position, then by key
};

struct SpecFormula {
  std::string place;
  Formula formula;
};

// A parameter that is the same in all points, or computed.
struct SpecSetting {
  std::string key;
  std::string place;
  std::string text;                // a fixed value, or
  std::optional<Formula> formula;  // how to compute it
};

struct Objective {
  std::string name;
  Formula formula;
  Goal goal = Goal::Min;
};

struct SearchSpec {
  Method method = Method::Exhaustive;
  uint64_t seed = 1;
  uint64_t points = 1000;  // to evaluate; exhaustive: all, and this is unused
  uint64_t population = 100;
  double crossover = 0.9;          // probability that two parents mix
  std::optional<double> mutation;  // probability that an axis changes; 1 / axes when absent
};

struct SweepSpec {
  std::string source;  // the file's name, for messages
  std::string text;    // the file
  std::string name;
  std::string description;
  std::string machine, workload, scheme;  // "" where an axis
  std::set<LayerKind> kinds;              // empty: all
  std::vector<SpecSetting> settings;      // in file order
  std::vector<SpecAxis> axes;             // at least one
  std::vector<SpecFormula> constraints;
  std::vector<Objective> objectives;  // at least one
  std::vector<std::string> group_by;
  std::map<std::string, double> quality;
  SearchSpec search;
  std::map<std::string, std::string> places;  // of keys at the top, and of "objectives.NAME"

  // "sweep.yaml:3"; the file's name where the key is not in it.
  [[nodiscard]] const std::string& place_of(const std::string& key) const;
};

inline constexpr size_t kMaxAxes = 64;
inline constexpr size_t kMaxAxisValues = 100000;

// Throws ConfigError with every problem at its line: unknown keys of the file (nearest given),
// empty axes, repeated values and keys, ranges that never end, formulas that do not parse, a key
// that is both set and an axis. Whether parameters exist and values are legal is checked by
// DesignSpace.
[[nodiscard]] SweepSpec parse_spec(std::string_view text, const std::string& source);
[[nodiscard]] SweepSpec load_spec(const std::string& path);

}  // namespace olivine::sweep
