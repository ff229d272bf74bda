// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <filesystem>

#include "models/checkpoint/checkpoint.h"

namespace olivine {

// A folder as model hubs lay it out: model.safetensors, or the shards that
// model.safetensors.index.json lists in "weight_map" ({tensor: file}). Shards are files of this
// very folder, hold what the list says and nothing else; their metadata are merged, the first
// shard's (by name) before the others'. Untrusted input. Throws ConfigError with one line.
[[nodiscard]] Checkpoint open_safetensors_folder(const std::filesystem::path& folder);

}  // namespace olivine
