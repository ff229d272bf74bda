// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string_view>

namespace olivine {

// A text file compiled into the library by olivine_embed_text() (cmake/EmbedText.cmake), so that
// an installed binary needs no path to find it. Both views live as long as the program.
struct EmbeddedFile {
  std::string_view name;  // file name without folder and last suffix: "bert_base"
  std::string_view text;
};

}  // namespace olivine
