// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace olivine {

struct YamlNode;
class Problems;

// The two kinds of machine files: `kind: gpu`; `kind: systolic`, which is also meant where the key
// is absent.
inline constexpr std::string_view kGpuKind = "gpu";
inline constexpr std::string_view kSystolicKind = "systolic";

// A name with '/' or ending in ".yaml" is a path.
[[nodiscard]] bool is_machine_path(std::string_view name_or_path);

// The value of `kind`; "systolic" where it is absent or no plain text.
[[nodiscard]] std::string_view kind_of(const YamlNode& root);

// Takes `key` out of a machine file, so that the rest are rows of a table. Nothing where it is
// absent; a problem where it is no plain text.
[[nodiscard]] std::optional<std::string> take_text(YamlNode& root, std::string_view key,
                                                   Problems& problems);

// Takes `kind` out of a machine file. A problem where it is not `expected`, which says what a file
// of the other kind is good for.
void take_kind(YamlNode& root, std::string_view expected, Problems& problems);

// A path inside a machine file is meant from that file, wherever the program was started. Names
// stay as they are.
[[nodiscard]] std::string beside(const std::string& machine_path, const std::string& name_or_path);

// Why no machine of the wanted kind has this name: it is one of the other kind, or it is unknown
// and another one is near.
[[nodiscard]] std::string unknown_machine(const std::string& name, std::string_view wanted_kind);

}  // namespace olivine
