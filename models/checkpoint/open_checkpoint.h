// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <filesystem>

#include "models/checkpoint/checkpoint.h"

namespace olivine {

// Opens what `path` holds, told by its content and not by its name: a safetensors file, a NumPy
// array (.npy, one tensor called as the file without ".npy") or archive (.npz), an ONNX model (its
// initializers), or a folder with model.safetensors or model.safetensors.index.json (shards). Files
// are mapped, not read: opening costs the header only. Throws ConfigError with one line: `path`,
// where in it, and what is wrong. Untrusted input.
[[nodiscard]] Checkpoint open_checkpoint(const std::filesystem::path& path);

}  // namespace olivine
