// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <vector>

#include "kernels/launch/status.h"

namespace olivine {

// A library loaded at run time. Move-only; closes it at its end.
class DynamicLibrary {
 public:
  DynamicLibrary() = default;
  ~DynamicLibrary();
  DynamicLibrary(DynamicLibrary&& other) noexcept;
  DynamicLibrary& operator=(DynamicLibrary&& other) noexcept;
  DynamicLibrary(const DynamicLibrary&) = delete;
  DynamicLibrary& operator=(const DynamicLibrary&) = delete;

  // Opens the first of the candidates (paths, or names that the loader looks up) that can be
  // opened. Otherwise the reason has what the loader said of each.
  static Status open(const std::vector<std::string>& candidates, DynamicLibrary& library);

  // Its code stays even when it is closed: for libraries whose threads and exit handlers may still
  // run it then.
  void keep_mapped() const;

  // Contract: the library exports `symbol` with that type.
  template <class Function>
  Status load(const char* symbol, Function*& function) const {
    void* address = nullptr;
    Status status = find(symbol, address);
    function = reinterpret_cast<Function*>(address);
    return status;
  }

  [[nodiscard]] const std::string& path() const { return path_; }  // of the file

 private:
  Status find(const char* symbol, void*& address) const;

  void* handle_ = nullptr;
  std::string path_;
};

// Looks up one function after the other, up to the first that is missing.
class FunctionLoader {
 public:
  explicit FunctionLoader(const DynamicLibrary& library) : library_{library} {}

  template <class Function>
  void load(const char* symbol, Function*& function) {
    if (reason_.empty()) {
      reason_ = library_.load(symbol, function).reason();
    }
  }
  [[nodiscard]] Status status() const {
    return reason_.empty() ? Status{} : Status::refuse(reason_);
  }

 private:
  const DynamicLibrary& library_;
  std::string reason_;
};

// What to give to DynamicLibrary::open(): for each name, in order of preference, first the files of
// that name in the folders, then the bare name.
[[nodiscard]] std::vector<std::string> library_candidates(const std::vector<std::string>& names,
                                                          const std::vector<std::string>& folders);

// Folders of Python packages below the roots (an environment, /usr, /usr/local/lib or such a folder
// itself): [lib/][python3*/]{site,dist}-packages, those that exist, in order, none twice.
[[nodiscard]] std::vector<std::string> python_package_folders(
    const std::vector<std::string>& roots);

// Folders with the libraries that NVIDIA's Python packages bring: nvidia/*/lib in each package
// folder. In order of their names, so that cu13 (libraries of CUDA 13) comes before cusparselt.
[[nodiscard]] std::vector<std::string> python_library_folders(
    const std::vector<std::string>& package_folders);

}  // namespace olivine
