// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <span>

#include "models/base/embedded_file.h"

namespace olivine {

// job.sh (defined by olivine_embed_text in CMakeLists.txt).
[[nodiscard]] std::span<const EmbeddedFile> sweep_job_files();

}  // namespace olivine
