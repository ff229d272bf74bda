// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string_view>

namespace olivine {

// Whether the bytes are UTF-8 (RFC 3629: shortest forms, no surrogates, at most U+10FFFF) without
// NUL. Names of tensors must be: they are printed and written as JSON.
[[nodiscard]] bool is_utf8_name(std::string_view text);

}  // namespace olivine
