// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/open_checkpoint.h"

#include <fmt/format.h>

#include <system_error>

#include "models/base/error.h"
#include "models/checkpoint/mapped_file.h"
#include "models/checkpoint/safetensors.h"
#include "models/checkpoint/sharded.h"

namespace olivine {
namespace {

// A header's length, then JSON.
bool looks_like_safetensors(std::span<const uint8_t> bytes) {
  return bytes.size() > 8 && bytes[8] == '{';
}

}  // namespace

Checkpoint open_checkpoint(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return open_safetensors_folder(path);
  const MappedFile file{path};
  if (looks_like_safetensors(file.bytes())) return open_safetensors(path);
  throw ConfigError{fmt::format("{}: no checkpoint: must be a safetensors file", path.string())};
}

}  // namespace olivine
