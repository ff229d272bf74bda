// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <optional>
#include <string>

#include "experiments/cli/commands.h"
#include "experiments/cli/interrupt.h"
#include "experiments/cli/output.h"
#include "experiments/cli/progress.h"
#include "experiments/cli/provenance.h"
#include "experiments/cli/quantize_request.h"
#include "experiments/cli/quantize_table.h"
#include "experiments/cli/text_table.h"
#include "experiments/quantize/quantize_report.h"
#include "experiments/quantize/run_quantize.h"
#include "models/checkpoint/safetensors.h"

namespace olivine::cli {
namespace {

constexpr int kIndent = 2;

// The files of weights, which an interrupt removes while they are being written.
class UnfinishedWeights {
 public:
  explicit UnfinishedWeights(const quality::QuantizeRequest& request) {
    if (request.packed) set(Unfinished::Packed, *request.packed);
    if (request.decoded) set(Unfinished::Decoded, *request.decoded);
  }
  ~UnfinishedWeights() {
    set_unfinished_file(Unfinished::Packed, "");
    set_unfinished_file(Unfinished::Decoded, "");
  }
  UnfinishedWeights(const UnfinishedWeights&) = delete;
  UnfinishedWeights& operator=(const UnfinishedWeights&) = delete;

 private:
  static void set(Unfinished what, const std::filesystem::path& path) {
    set_unfinished_file(what, part_path(path).string());
  }
};

}  // namespace

int run_quantize(const Arguments& arguments) {
  const quality::QuantizeRequest request = read_quantize_request(arguments);
  Output output{arguments.get("output")};
  std::optional<Progress> progress;
  const auto watch = [&](size_t done, size_t total, const std::string& what) {
    if (!progress) progress.emplace(request.calibration ? "schemes" : "tensors", total);
    progress->set_label(what);
    progress->update(done);
  };
  const UnfinishedWeights unfinished{request};
  const quality::QuantizeReport report = quality::run_quantize(request, watch);
  if (progress) progress->finish();
  if (arguments.has("json")) {
    output.commit(quality_json(report, provenance(), arguments.has("searches"))
                      .dump(kIndent, ' ', false, nlohmann::json::error_handler_t::replace) +
                  "\n");
    return 0;
  }
  const bool is_colored = !output.is_file() && is_stdout_colored();
  output.commit(quantize_table(report, {is_colored, arguments.has("verbose")}));
  return 0;
}

}  // namespace olivine::cli
