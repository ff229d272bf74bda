// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "tests/experiments/cli/cli_process.h"

namespace olivine::support {

// A folder with a sweep of 7 x 5 x 3 points, microseconds each.
class SweepFolder {
 public:
  static constexpr uint64_t kPoints = 7 * 5 * 3;

  SweepFolder() {
    folder_.write("small.yaml",
                  "name: small\n"
                  "blocks:\n"
                  "  - name: block\n"
                  "    layers:\n"
                  "      - {name: gemm, kind: linear, m: 64, n: 48, k: 100}\n");
    write_spec("sweep.yaml");
  }

  // `rows`: values of the first axis; `more`: further lines of the file. Returns the path.
  std::string write_spec(const std::string& file, const std::string& more = "",
                         const std::string& rows = "{from: 4, to: 16, step: 2}") const {
    return folder_.write(file, fmt::format("name: shapes\n"
                                           "machine: edge_16x16\n"
                                           "workload: {}\n"
                                           "scheme: w4a4-ovp\n"
                                           "axes:\n"
                                           "  array.rows: {}\n"
                                           "  array.cols: [4, 8, 12, 16, 20]\n"
                                           "  memory.weight_buffer: [8KiB, 32KiB, 128KiB]\n"
                                           "objectives: [time_s, area_um2]\n"
                                           "{}",
                                           path("small.yaml"), rows, more));
  }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }
  [[nodiscard]] const ScratchFolder& folder() const { return folder_; }

  // "sweep run sweep.yaml --db shapes.db", with files of the folder.
  [[nodiscard]] std::string run_line(const std::string& database,
                                     const std::string& options = "") const {
    return fmt::format("sweep run {} --db {} {}", path("sweep.yaml"), path(database), options);
  }
  [[nodiscard]] std::string export_of(const std::string& database) const {
    const CliResult result = run_cli("sweep export " + path(database));
    return result.status == 0 ? result.out : result.err;
  }

 private:
  ScratchFolder folder_;
};

}  // namespace olivine::support
