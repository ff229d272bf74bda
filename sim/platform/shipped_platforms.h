// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <span>

#include "models/base/embedded_file.h"

namespace olivine {

// The YAML files of sim/platform/platforms/ (defined by olivine_embed_text in CMakeLists.txt).
[[nodiscard]] std::span<const EmbeddedFile> shipped_platform_files();

}  // namespace olivine
