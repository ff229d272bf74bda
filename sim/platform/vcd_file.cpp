// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/vcd_file.h"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include "models/base/error.h"

namespace olivine {
namespace {

constexpr const char* kSuffix = ".vcd";  // the kernel appends it

}  // namespace

VcdFile::VcdFile(const std::string& path) : path_(path), unfinished_(path + ".partial" + kSuffix) {
  // The kernel opens the file later, and would end the program if it could not.
  if (!std::ofstream{unfinished_}) {
    throw ConfigError{fmt::format("{}: cannot be written", path_)};
  }
  file_ = sc_core::sc_create_vcd_trace_file((path + ".partial").c_str());
  file_->set_time_unit(1, sc_core::SC_PS);
}

VcdFile::~VcdFile() {
  sc_core::sc_close_vcd_trace_file(file_);
  // What was written is whole either way; nothing can be said here if it cannot be moved.
  std::rename(unfinished_.c_str(), path_.c_str());
}

}  // namespace olivine
