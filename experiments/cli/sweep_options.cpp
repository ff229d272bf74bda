// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <boost/program_options/value_semantic.hpp>
#include <string>

#include "experiments/cli/commands.h"
#include "experiments/cli/sweep.h"
#include "experiments/sweep/spec/metrics.h"

namespace olivine::cli {
namespace {

namespace po = boost::program_options;

auto text(const char* value_name) { return po::value<std::string>()->value_name(value_name); }

constexpr unsigned kLineColumns = 100;
constexpr unsigned kMinDescriptionColumns = 60;

}  // namespace

OptionList sweep_options() {
  OptionList options{"Options", kLineColumns, kMinDescriptionColumns};
  options.add_options()                                                                       //
      ("db", text("FILE"), "run: the database (default NAME.db, NAME of the spec)")           //
      ("threads,j", text("N"), "run: threads (default: the cores); submit: cores of a task")  //
      ("dry-run", "run: count points and estimate the time, store nothing")                   //
      ("retry-failed", "run: evaluate points again that are stored as failed")                //
      ("shard", text("I/N"), "run: only the part I of the points, of N (0 to N-1)")           //
      ("model", text("VERSION"), "results of this model version (default: the program's)")    //
      ("csv", "front, sensitivity, diff: as CSV")                                             //
      ("json", "as JSON, schemas olivine.sweep.front/1, .sensitivity/1, .diff/1, .status/1")  //
      ("over-time", "front: how the hypervolume grew with the points that were stored, too")  //
      ("format", text("csv|jsonl"), "export: CSV (default) or a JSON object a line")          //
      ("output,o", text("FILE"), "export: instead of stdout; merge: the database to make")    //
      ("model-a", text("VERSION"),
       "diff: of the first database (default: the program's, or the "
       "only one)")                                                                           //
      ("model-b", text("VERSION"), "diff: of the second one")                                 //
      ("exit-code", "diff: exit with 1 if anything differs")                                  //
      ("worst", text("N"), "diff: so many of the points that changed most (default 10)")      //
      ("keep", text("VERSION"), "gc: the model version that stays (default: the program's)")  //
      ("slurm", text("FOLDER"),
       "submit: what is made and kept: spec, job script, logs, results")              //
      ("shards", text("N"), "submit: tasks of the job array (default 16)")            //
      ("partition", text("NAME"), "submit: of the cluster (default: its own)")        //
      ("time", text("LIMIT"), "submit: of a task, as sbatch takes it")                //
      ("memory", text("SIZE"), "submit: of a task, as sbatch takes it (default 1G)")  //
      ("concurrent", text("N"), "submit: tasks at a time at most")                    //
      ("node-folder", text("DIR"),
       "submit: where a node keeps a task's database (default $SLURM_TMPDIR, $TMPDIR or /tmp)")  //
      ("resubmit", "submit: shards that are neither done nor in the queue, again")               //
      ("help,h", "this text");
  return options;
}

std::string sweep_metrics_help() {
  std::string lines = "\nMetrics:\n";
  for (const sweep::MetricInfo& metric : sweep::kMetrics) {
    lines += fmt::format("  {:<22}{:<5}{}\n", metric.name,
                         metric.goal == sweep::Goal::Max ? "max" : "min", metric.help);
  }
  return lines + fmt::format("  {:<22}{:<5}{}\n", sweep::kQualityName, "max",
                             "of the scheme, as the spec's quality says");
}

}  // namespace olivine::cli
