// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <string>

#include "experiments/cli/numbers.h"
#include "experiments/cli/regress.h"
#include "experiments/cli/text_table.h"
#include "experiments/regress/bench.h"

namespace olivine::cli {
namespace {

std::string rate_text(int64_t cycles, double seconds) {
  if (seconds <= 0.0) return "-";
  return with_separators(static_cast<uint64_t>(static_cast<double>(cycles) / seconds));
}

std::string count_text(int64_t count) { return with_separators(static_cast<uint64_t>(count)); }

std::string result_text(const regress::Target& target, const regress::TargetResult& result) {
  if (result.failure) return fmt::format("FAILED, seed {}", result.failure->seed);
  if (result.seeds == 0) return "not run";
  return result.seeds < target.seeds.count() ? "passed so far" : "passed";
}

}  // namespace

std::string block_listing() {
  std::string text;
  for (const regress::BlockBench& bench : regress::all_benches()) {
    text += fmt::format("{}  (module {})\n  {}\n", bench.block, bench.top, bench.help);
    for (const regress::ParameterInfo& parameter : bench.parameters) {
      text += fmt::format("  --set {}={}..{}  {}\n", parameter.name, parameter.minimum,
                          parameter.maximum, parameter.help);
    }
    text += "  variants:";
    for (const regress::Parameters& variant : bench.variants) {
      text += fmt::format(" [{}]", regress::to_string(variant));
    }
    for (const regress::Parameters& variant : bench.long_variants) {
      text += fmt::format(" [{}; --long]", regress::to_string(variant));
    }
    text += bench.variants.empty() ? " one\n" : "\n";
  }
  return text;
}

std::string regress_table(const std::vector<regress::Target>& targets,
                          const std::vector<regress::TargetResult>& results, double elapsed_s,
                          bool is_colored) {
  TextTable table;
  table.column("block", Align::Left).column("variant", Align::Left).column("seeds");
  table.column("cycles").column("checks").column("cycles/s").column("result", Align::Left);
  regress::TargetResult sum;
  size_t failed = 0;
  for (size_t i = 0; i < targets.size(); ++i) {
    const regress::TargetResult& result = results[i];
    table.row({std::string{targets[i].bench->block}, regress::to_string(targets[i].parameters),
               with_separators(result.seeds), count_text(result.cycles), count_text(result.checks),
               rate_text(result.cycles, result.seconds), result_text(targets[i], result)});
    sum.seeds += result.seeds;
    sum.cycles += result.cycles;
    sum.checks += result.checks;
    sum.seconds += result.seconds;
    if (result.failure) ++failed;
  }
  table.row({"total", fmt::format("{} variants", targets.size()), with_separators(sum.seeds),
             count_text(sum.cycles), count_text(sum.checks), rate_text(sum.cycles, sum.seconds),
             failed == 0 ? fmt::format("in {}", time_text(elapsed_s))
                         : fmt::format("{} FAILED", failed)});
  return table.render(is_colored);
}

}  // namespace olivine::cli
