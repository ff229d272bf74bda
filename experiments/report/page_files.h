// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <span>

#include "models/base/embedded_file.h"

namespace olivine {

// The files of page/, and the charting library: one file, or an empty one where it was not found
// (defined by olivine_embed_text in CMakeLists.txt).
[[nodiscard]] std::span<const EmbeddedFile> report_page_files();
[[nodiscard]] std::span<const EmbeddedFile> report_library_files();

}  // namespace olivine
