// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <boost/program_options/value_semantic.hpp>
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

namespace po = boost::program_options;

constexpr unsigned kLineColumns = 100;
constexpr unsigned kMinDescriptionColumns = 60;
constexpr int kIndent = 2;

auto text(const char* value_name) { return po::value<std::string>()->value_name(value_name); }

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

OptionList quantize_options() {
  OptionList options{"Options", kLineColumns, kMinDescriptionColumns};
  options.add_options()                                                         //
      ("scheme,s", text("NAME,..."), "how weights and activations are stored")  //
      ("layer", text("PATTERN=NAME"),
       "another scheme for layers whose name or tensor matches; * stands for any text; may be "
       "repeated, the last match counts")  //
      ("calibration", text("FILE"),
       "sentences, one a line (decoders: token ids, a sequence a line): the network is executed on "
       "them, for the scales of activations")  //
      ("pairs", text("FILE"),
       "encoders: graded pairs (grade, tab, sentence, tab, sentence) that quality is judged on")  //
      ("text", text("FILE"), "decoders: token ids that quality is judged on")                     //
      ("attention", "quantize the products of attention too")                                     //
      ("policy", text("paper|artifact"), "rules of the encoder (default paper)")                  //
      ("granularity", text("per_row|per_tensor"), "scales of weights (default per_row)")          //
      ("activation-scales", text("per_row|per_tensor"),
       "scales of activations: found on samples for all rows (default per_tensor), or searched for "
       "each row (a token) when it is encoded")  //
      ("search", text("LOW:UP:STEP"),
       "scales that are tried, in percent of three sigma, of int4 and int8 in percent of the "
       "largest "
       "value (default 75:250:2; ovp8 75:600:5)")  //
      ("ovp4", text("int4|flint4|best"),
       "normal values of 4-bit OVP; best: for each tensor (default int4)")  //
      ("prune", text("magnitude|activations"),
       "what 2:4 and bitmaps keep: the largest, or the largest times the root mean square of their "
       "inputs (default magnitude)")                                                         //
      ("density", text("D"), "bitmaps: share of weights that is kept (default 0.5)")         //
      ("include", text("PATTERN"), "without --calibration: these tensors; may be repeated")  //
      ("exclude", text("PATTERN"), "without --calibration: not these; may be repeated")      //
      ("machine,m", text("NAME|FILE"), "simulate time and energy of one inference on it")    //
      ("set", text("KEY=VALUE"), "overrides a machine key; may be repeated")                 //
      ("batch", text("N"), "sentences of that inference (default 1)")                        //
      ("seq", text("N"), "tokens of each (default 128)")                                     //
      ("budget", text("time=X|energy=X"),
       "add a mixed scheme, a choice among the others for each layer that takes at most X: 80% of "
       "the first scheme, 1.5ms, 2mJ")                                                      //
      ("packed", text("FILE"), "write the weights as stored, in safetensors form")          //
      ("decoded", text("FILE"), "write the float32 values they stand for, as safetensors")  //
      ("json", "result as JSON, schema olivine.quality/1, for olivine report")              //
      ("searches", "the scale search of every row in the JSON too")                         //
      ("output,o", text("FILE"), "write the result to a file instead of stdout")            //
      ("verbose,v", "every layer too")                                                      //
      ("help,h", "this text");
  return options;
}

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
