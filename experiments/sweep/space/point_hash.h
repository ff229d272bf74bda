// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <string_view>

#include "experiments/sweep/space/space.h"

namespace olivine::sweep {

[[nodiscard]] PointHash hash_of(std::string_view text);

// "key=5:value" and a line end: no value, whatever is in it, reads as another field.
void append_field(std::string& text, std::string_view key, std::string_view value);

}  // namespace olivine::sweep
