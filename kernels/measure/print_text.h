// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>

namespace olivine::measure {

// printf into a string. The measuring program builds with nothing but a compiler and CUDA, and
// GCC 12 has no std::format.
[[nodiscard, gnu::format(printf, 1, 2)]] std::string print_text(const char* format, ...);

}  // namespace olivine::measure
