// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <systemc>

namespace olivine {

// A VCD file under way: written beside `path` and renamed to it in the end, so that what lies at
// `path` is always whole. Contract: made before the kernel has begun, and destroyed within its
// scope (systemc_context.h).
class VcdFile {
 public:
  // Throws ConfigError if the file cannot be written.
  explicit VcdFile(const std::string& path);
  ~VcdFile();
  VcdFile(const VcdFile&) = delete;
  VcdFile& operator=(const VcdFile&) = delete;

  [[nodiscard]] sc_core::sc_trace_file* file() { return file_; }

 private:
  std::string path_;
  std::string unfinished_;
  sc_core::sc_trace_file* file_;
};

}  // namespace olivine
