// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/compare/comparison.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "experiments/compare/measured_names.h"
#include "experiments/compare/split.h"
#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::compare {
namespace {

// A row with what its names stand for.
struct Meaning {
  std::string machine;
  Scheme scheme;
  std::string library;  // "": the fastest
};

// One option that selects rows by name.
class Filter {
 public:
  Filter(std::string option, std::optional<std::string> wanted)
      : option_(std::move(option)), wanted_(std::move(wanted)) {}

  [[nodiscard]] bool is_given() const { return wanted_.has_value(); }
  [[nodiscard]] std::string text() const { return fmt::format("--{} {}", option_, *wanted_); }

  // Whether a row that goes by these names is selected; empty ones are none.
  bool accepts(std::initializer_list<std::string> names) {
    for (const std::string& name : names) {
      if (!name.empty()) seen_.insert(name);
    }
    return !wanted_ || std::ranges::find(names, *wanted_) != names.end();
  }

  void check(const std::string& file, Problems& problems) const {
    if (!wanted_ || seen_.contains(*wanted_)) return;
    const std::vector<std::string> names(seen_.begin(), seen_.end());
    problems.add(fmt::format("--{} = {}: must be {}, as in {}{}", option_, *wanted_,
                             fmt::join(names, "|"), file, suggestion(*wanted_, names)));
  }

 private:
  std::string option_;
  std::optional<std::string> wanted_;
  std::set<std::string> seen_;
};

class Join {
 public:
  Join(const Selection& selection, GemmTimer& timer)
      : split_seed_(selection.split_seed),
        timer_(timer),
        machine_filter_("machine", selection.machine),
        dtype_filter_("dtype", selection.dtype),
        library_filter_("library", selection.library) {
    result_.half = selection.half;
  }

  Comparison run(const MeasuredFile& file) {
    for (const Measurement& row : file.rows) add(row);
    add_powers();
    check_selection(file);
    return std::move(result_);
  }

 private:
  void add(const Measurement& row) {
    std::optional<std::string> machine = machine_of(row.device);
    if (!machine && timer_.has_machine(row.device)) machine = row.device;
    const Scheme* scheme = scheme_of(row.dtype, row.weight_pattern);
    const std::string scheme_name{scheme == nullptr ? "" : scheme->name};
    const std::string library = library_of(row.library);
    const bool is_machine = machine_filter_.accepts({machine.value_or("")});
    const bool is_dtype = dtype_filter_.accepts({row.dtype, scheme_name});
    const bool is_library = library_filter_.accepts({library, row.library});
    if ((machine && !is_machine) || !is_dtype || !is_library) {
      ++result_.unselected_rows;
    } else if (!machine || !timer_.has_machine(*machine)) {
      // With --machine too: it may be that machine by a name that is not known.
      result_.drop(row, fmt::format("device '{}' is not known", row.device));
    } else if (scheme == nullptr) {
      result_.drop(row, fmt::format("no scheme is known for {} weights in '{}'",
                                    name_of(row.weight_pattern), row.dtype));
    } else {
      add_known(row, {*machine, *scheme, library});
    }
  }

  void add_known(const Measurement& row, const Meaning& meaning) {
    const std::optional<size_t> collection = collection_of(row, meaning);
    if (!collection) return;
    if (row.quantity == Quantity::Power) {
      powers_.push_back({row, *collection});
      return;
    }
    Point point;
    point.measured = row;
    point.problem.shape = row.shape;
    point.problem.scheme = meaning.scheme;
    point.collection = *collection;
    point.is_fit_half = in_fit_half(row.shape, result_.collections[*collection].split_seed);
    result_.collections[*collection].points.push_back(result_.points.size());
    result_.points.push_back(std::move(point));
  }

  // Nothing, and the row is dropped, where no kernel runs it.
  std::optional<size_t> collection_of(const Measurement& row, const Meaning& meaning) {
    const Key key{row.device, row.source, row.library, row.dtype, row.weight_pattern};
    auto found = keys_.find(key);
    if (found == keys_.end()) {
      Entry entry;
      try {
        const KernelSource kernels =
            timer_.kernels(meaning.machine, meaning.scheme, meaning.library);
        entry.index = result_.collections.size();
        const uint64_t seed = split_seed_.value_or(kernels.fit_seed.value_or(kDefaultSplitSeed));
        result_.collections.push_back({meaning.machine,
                                       row.device,
                                       row.source,
                                       row.library,
                                       row.dtype,
                                       meaning.scheme,
                                       kernels,
                                       timer_.sm_count(meaning.machine),
                                       seed,
                                       {},
                                       {}});
      } catch (const UserError& error) {
        entry.refusal = fmt::format("{} {} by '{}': {}", meaning.machine, meaning.scheme.name,
                                    row.library, error.problems().front());
      }
      found = keys_.emplace(key, std::move(entry)).first;
    }
    if (!found->second.index) result_.drop(row, found->second.refusal);
    return found->second.index;
  }

  void add_powers() {
    for (const UnmatchedPower& power : powers_) {
      Collection& target = result_.collections[power.collection];
      const auto is_same = [&](size_t index) {
        return result_.points[index].measured.shape == power.row.shape;
      };
      const auto time = std::ranges::find_if(target.points, is_same);
      if (time == target.points.end()) {
        result_.drop(power.row, "power without a time of the same GEMM");
      } else {
        target.powers.push_back({power.row, *time});
      }
    }
  }

  // Contract: every row is added.
  void check_selection(const MeasuredFile& file) const {
    Problems problems;
    std::vector<std::string> given;
    for (const Filter* filter : {&machine_filter_, &dtype_filter_, &library_filter_}) {
      filter->check(file.name, problems);
      if (filter->is_given()) given.push_back(filter->text());
    }
    problems.throw_if_any();
    if (result_.unselected_rows == file.rows.size()) {
      throw ConfigError{
          fmt::format("{}: no row of {} has all of them", fmt::join(given, " "), file.name)};
    }
  }

  // A measured power whose time may still come.
  struct UnmatchedPower {
    Measurement row;
    size_t collection = 0;
  };
  using Key = std::tuple<std::string, std::string, std::string, std::string, Pattern>;
  struct Entry {
    std::optional<size_t> index;  // of Comparison::collections
    std::string refusal;          // where there is none
  };

  std::optional<uint64_t> split_seed_;
  GemmTimer& timer_;
  Filter machine_filter_;
  Filter dtype_filter_;
  Filter library_filter_;
  Comparison result_;
  std::map<Key, Entry> keys_;
  std::vector<UnmatchedPower> powers_;
};

}  // namespace

bool Comparison::is_chosen(const Point& point) const {
  return half == Half::All || point.is_fit_half == (half == Half::Fit);
}

void Comparison::drop(const Measurement& row, const std::string& reason) {
  const auto found = std::ranges::find(dropped, reason, &Dropped::reason);
  if (found == dropped.end()) {
    dropped.push_back({reason, 1, row.line});
  } else {
    ++found->rows;
  }
}

Comparison join(const MeasuredFile& file, const Selection& selection, GemmTimer& timer) {
  return Join{selection, timer}.run(file);
}

}  // namespace olivine::compare
