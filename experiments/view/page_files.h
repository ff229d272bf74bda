// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <span>

#include "models/base/embedded_file.h"

namespace olivine {

// The page's frame, style and scripts, in the order of CMakeLists.txt (olivine_embed_text).
[[nodiscard]] std::span<const EmbeddedFile> view_page_files();

}  // namespace olivine
