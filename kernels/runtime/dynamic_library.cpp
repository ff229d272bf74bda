// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/runtime/dynamic_library.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace olivine {
namespace {

namespace fs = std::filesystem;

std::string loader_message() {
  const char* message = dlerror();
  return message != nullptr ? message : "unknown error";
}

std::string loaded_path(void* handle, const std::string& candidate) {
  link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr) {
    return candidate;
  }
  return map->l_name;
}

// What cannot be read has no entries.
std::vector<fs::path> sorted_folders(const fs::path& parent) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator entry{parent, error}; !error && entry != fs::directory_iterator{};
       entry.increment(error)) {
    std::error_code unreadable;
    if (entry->is_directory(unreadable)) {
      folders.push_back(entry->path());
    }
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

void add_folder(const fs::path& folder, std::vector<std::string>& folders) {
  std::error_code error;
  const fs::path canonical = fs::canonical(folder, error);
  if (error || !fs::is_directory(canonical, error)) {
    return;
  }
  if (std::find(folders.begin(), folders.end(), canonical.string()) == folders.end()) {
    folders.push_back(canonical.string());
  }
}

void add_package_folders(const fs::path& parent, std::vector<std::string>& folders) {
  add_folder(parent / "site-packages", folders);
  add_folder(parent / "dist-packages", folders);
}

}  // namespace

DynamicLibrary::~DynamicLibrary() {
  if (handle_ != nullptr) {
    dlclose(handle_);
  }
}
DynamicLibrary::DynamicLibrary(DynamicLibrary&& other) noexcept
    : handle_{std::exchange(other.handle_, nullptr)}, path_{std::move(other.path_)} {}
DynamicLibrary& DynamicLibrary::operator=(DynamicLibrary&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(path_, other.path_);
  return *this;
}

Status DynamicLibrary::open(const std::vector<std::string>& candidates, DynamicLibrary& library) {
  std::string reasons;
  for (const std::string& candidate : candidates) {
    // Symbols stay local: two libraries may bring their own copies of a third.
    if (void* handle = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL); handle != nullptr) {
      DynamicLibrary opened;
      opened.handle_ = handle;
      opened.path_ = loaded_path(handle, candidate);
      library = std::move(opened);
      return {};
    }
    reasons += (reasons.empty() ? "" : "; ") + loader_message();
  }
  return Status::refuse("library not found: " + (reasons.empty() ? "no candidates" : reasons));
}

void DynamicLibrary::keep_mapped() const {
  if (void* again = dlopen(path_.c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
      again != nullptr) {
    dlclose(again);
  }
}

Status DynamicLibrary::find(const char* symbol, void*& address) const {
  address = handle_ != nullptr ? dlsym(handle_, symbol) : nullptr;
  if (address != nullptr) {
    return {};
  }
  const std::string where = handle_ != nullptr ? path_ : "no library is open";
  return Status::refuse("function " + std::string{symbol} + " is missing: " + where);
}

std::vector<std::string> library_candidates(const std::vector<std::string>& names,
                                            const std::vector<std::string>& folders) {
  std::vector<std::string> candidates;
  for (const std::string& name : names) {
    for (const std::string& folder : folders) {
      const fs::path file = fs::path{folder} / name;
      std::error_code error;
      if (fs::exists(file, error)) {
        candidates.push_back(file.string());
      }
    }
    candidates.push_back(name);
  }
  return candidates;
}

std::vector<std::string> python_package_folders(const std::vector<std::string>& roots) {
  std::vector<std::string> folders;
  for (const std::string& name : roots) {
    const fs::path root{name};
    if (root.filename() == "site-packages" || root.filename() == "dist-packages") {
      add_folder(root, folders);
    }
    for (const fs::path& parent : {root, root / "lib", root / "lib64"}) {
      add_package_folders(parent, folders);
      for (const fs::path& folder : sorted_folders(parent)) {
        if (folder.filename().string().starts_with("python3")) {
          add_package_folders(folder, folders);
        }
      }
    }
  }
  return folders;
}

std::vector<std::string> python_library_folders(const std::vector<std::string>& package_folders) {
  std::vector<std::string> folders;
  for (const std::string& packages : package_folders) {
    for (const fs::path& package : sorted_folders(fs::path{packages} / "nvidia")) {
      add_folder(package / "lib", folders);
    }
  }
  return folders;
}

}  // namespace olivine
