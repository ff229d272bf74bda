// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace olivine {

// One block with its parameters, and the instruments wanted.
struct RtlBuild {
  std::string rtl;  // folder that holds files.f, lint/ and common/
  std::string top;
  std::map<std::string, int64_t, std::less<>> parameters;
  bool has_line_coverage = false;
  bool has_toggle_coverage = false;
  bool has_trace = false;
};

// "systolic_array_Cols4_Rows4"; different builds have different names.
[[nodiscard]] std::string name_of(const RtlBuild& build);

// Makes model libraries for sim/cosim/verilated_model.h from SystemVerilog: lint with every
// warning an error, Verilator, one compiler call. Results stay in the work folder, named by the
// content they were made from, so an unchanged block is not built again. Several processes may
// share a work folder.
class ModelBuilder {
 public:
  // Makes the folder. Throws ConfigError if it cannot, or if Verilator is missing.
  explicit ModelBuilder(const std::string& work_folder);

  // Path of the library. Throws ConfigError: no such tree; the first lint error or parameter out
  // of range with file and line; a compiler that fails.
  [[nodiscard]] std::string make_library(const RtlBuild& build);

  // The flags of every compiler call, for the record in benchmarks.
  [[nodiscard]] static std::string compiler_flags();

 private:
  void build_runtime();
  void verilate(const RtlBuild& build, const std::string& folder) const;
  void compile(const RtlBuild& build, const std::string& folder, const std::string& library) const;

  std::string work_;
  std::string include_;  // Verilator's own
  std::string runtime_;  // folder of the runtime's object files
};

// The signals of a model as lines OLV_SIGNAL(name, bits, bytes, rows, cols, direction, place), from
// the class header and the symbol table that Verilator wrote.
[[nodiscard]] std::string signal_table(const std::string& header, const std::string& symbols);

// "file:line: message" of the first error or warning in Verilator's output; "" if there is none.
[[nodiscard]] std::string first_lint_error(const std::string& output);

// Where models are kept when nobody says where.
inline constexpr const char* kDefaultModelFolder = "build/regress";

// rtl/ of the working directory; else that of the folder the program was built in or installed to.
[[nodiscard]] std::string default_rtl_folder();

}  // namespace olivine
