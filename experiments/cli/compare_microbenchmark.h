// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace olivine {
struct MicrobenchmarkResult;
}

namespace olivine::cli {

struct CompareRequest;

// The rows of a file of microbenchmarks that the request selects, simulated. Throws ConfigError
// with every problem of the file, and for options that are about GEMMs.
[[nodiscard]] std::vector<MicrobenchmarkResult> compare_microbenchmark_text(
    std::string_view text, const CompareRequest& request);

// A line a row, then how many are within the tolerance, then why others are not.
[[nodiscard]] std::string microbenchmark_table(std::span<const MicrobenchmarkResult> results,
                                               const std::string& file, bool is_colored);
[[nodiscard]] std::string microbenchmark_csv(std::span<const MicrobenchmarkResult> results);
// Schema olivine.microbenchmarks/1.
[[nodiscard]] nlohmann::ordered_json microbenchmark_json(
    std::span<const MicrobenchmarkResult> results, const std::string& file);

}  // namespace olivine::cli
