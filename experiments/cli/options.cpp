// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <boost/program_options/value_semantic.hpp>
#include <string>

#include "experiments/cli/commands.h"

namespace olivine::cli {
namespace {

namespace po = boost::program_options;

// Values are bound as text, never as unsigned: Boost would read -1 as 4294967295.
auto text(const char* value_name) { return po::value<std::string>()->value_name(value_name); }

constexpr unsigned kLineColumns = 100;
constexpr unsigned kMinDescriptionColumns = 60;

OptionList make_list() { return OptionList{"Options", kLineColumns, kMinDescriptionColumns}; }

}  // namespace

void add_experiment_options(OptionList& options) {
  options.add_options()                                                                  //
      ("machine,m", text("NAME|FILE"), "a shipped machine, or a YAML file by its path")  //
      ("workload,w", text("NAME|FILE"),
       "a shipped network, or by its path a YAML file, a SCALE-Sim topology (.csv), an ONNX model "
       "(.onnx) or a transformer's config.json")                                          //
      ("gemm,g", text("MxNxK"), "instead of a workload: one GEMM, MxNxK or MxNxKxBATCH")  //
      ("scheme,s", text("NAME"), "formats of weights and activations, as in w4a4-ovp")    //
      ("weight-density", text("D"),
       "share of non-zero weights, 0.001 to 1 (default 1, dense): below 1 they leave DRAM as a "
       "bitmap and their non-zeros, and pass the machine's decompressor")                  //
      ("dataflow", text("ws|os|is"), "the same as --set array.dataflow=...")               //
      ("pipelining", text("serial|overlapped"), "the same as --set array.pipelining=...")  //
      ("dram", text("ideal|bandwidth|banked"), "the same as --set dram.model=...")         //
      ("set", text("KEY=VALUE"),
       "overrides a machine key (olivine list keys) or, as workload.NAME, a parameter of the "
       "workload; may be repeated")  //
      ("tile", text("MxNxK"),
       "tile of the buffers, the mapper chooses when absent; GPU: of a CTA of a kernel of your "
       "own")                                                                                 //
      ("stages", text("N"), "GPU: with --tile, of the kernel's pipeline; the most that fit")  //
      ("order", text("mnk"), "tile loops, outermost first; the mapper chooses when absent")   //
      ("library", text("NAME"),
       "GPU: whose kernels run (olivine list kernels); a calibrated one where there is one")  //
      ("kernel", text("NAME"), "GPU: the kernel that runs; the fastest of the library when absent");
}

OptionList run_options() {
  OptionList options = make_list();
  add_experiment_options(options);
  options.add_options()  //
      ("platform,p", text("NAME|FILE"),
       "instead of a machine: accelerators that share memories, a shipped platform or a YAML "
       "file by its path; --set takes its keys then")                                  //
      ("partition", text("data|output|layer"), "the same as --set partition=...")      //
      ("inputs", text("N"), "inferences on a platform, the same as --set inputs=...")  //
      ("vcd", text("FILE"), "signals of a platform's modules over time, for GTKWave")  //
      ("trace", text("FILE"),
       "what happened when, for ui.perfetto.dev and chrome://tracing: a slice a fold, stalls by "
       "cause, transfers, DRAM bandwidth")  //
      ("trace-detail", text("fold|tile|layer"),
       "of --trace, for every layer; as fine as 200,000 slices allow when absent")  //
      ("layers", text("KIND,..."),
       "layers to run: linear, attention, head, conv2d, depthwise_conv2d, vector; all when "
       "absent")  //
      ("engine", text("closed|event|cycle"),
       "closed: formulas (default); event: tiles as events on the DRAM model (default where "
       "dram.model is banked); cycle: step every register with values, then compare")  //
      ("seed", text("N"), "seed of the values that are computed with (default 1)")     //
      ("json", "result as JSON, schema olivine.run/1 or olivine.platform/1")           //
      ("csv", "result as CSV: a row a layer (of each accelerator), then totals")       //
      ("output,o", text("FILE"), "write the result to a file instead of stdout")       //
      ("dump-config", "print the resolved machine or platform as a file and stop")     //
      ("verbose,v",
       "print the mapper's choices in any width; GPU: waves, clock, scheme and library "
       "too")  //
      ("help,h", "this text");
  return options;
}

OptionList compare_options() {
  OptionList options = make_list();
  options.add_options()                                                                         //
      ("measured", text("FILE"), "measurements: a table with a header (.csv), or that as .gz")  //
      ("machine,m", text("NAME|FILE"), "measurements of this GPU only; all when absent")        //
      ("library", text("NAME"), "measurements of this library only (olivine list kernels)")     //
      ("dtype", text("NAME"), "measurements of this format only: as in the file, or a scheme")  //
      ("half", text("held-out|fit|all"),
       "shapes to state errors on (default held-out: those that no constant was fitted to)")  //
      ("seed", text("N"),
       "deals shapes to the two halves (default: as the constants were fitted)")  //
      ("jobs,j", text("N"), "threads (default: the cores)")                       //
      ("json", "result as JSON, schema olivine.compare/1")                        //
      ("points", "every single point in the JSON too, for olivine report")        //
      ("csv", "result as CSV: a row a measurement")                               //
      ("svg", text("FILE"), "simulated over measured times as a picture too")     //
      ("verbose,v", "the worst points of every regime too")                       //
      ("output,o", text("FILE"), "write the result to a file instead of stdout")  //
      ("help,h", "this text");
  return options;
}

OptionList calibrate_options() {
  OptionList options = make_list();
  options.add_options()                                                                         //
      ("measured", text("FILE"), "measurements: a table with a header (.csv), or that as .gz")  //
      ("machine,m", text("NAME|FILE"), "the GPU they were taken on")                            //
      ("library", text("NAME"), "the library whose kernels were measured")                      //
      ("seed", text("N"), "deals shapes to the two halves (default 1)")                         //
      ("starts", text("N"), "points to start from; the best end is taken (default 6)")          //
      ("output,o", text("FILE"), "write the constants to a file instead of stdout")             //
      ("help,h", "this text");
  return options;
}

OptionList quantize_options() {
  OptionList options = make_list();
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

OptionList list_options() {
  OptionList options = make_list();
  options.add_options()                                                                        //
      ("machine,m", text("NAME|FILE"), "kernels: of this GPU; schemes: on this machine only")  //
      ("scheme,s", text("NAME"), "kernels: for this scheme")                                   //
      ("library", text("NAME"),
       "kernels: of this library; of all when absent")                               //
      ("set", text("KEY=VALUE"), "overrides a key of the machine; may be repeated")  //
      ("json", "as JSON")                                                            //
      ("markdown", "keys only: as docs/config.md")                                   //
      ("help,h", "this text");
  return options;
}

OptionList explain_options() {
  OptionList options = make_list();
  add_experiment_options(options);
  options.add_options()                                                             //
      ("layer,l", text("NAME"), "which layer of the workload, as run prints it")    //
      ("step", "GPU: step the chosen kernel's CTAs too, and show those of one SM")  //
      ("json", "as JSON, schema olivine.explain/1")                                 //
      ("help,h", "this text");
  return options;
}

OptionList regress_options() {
  OptionList options = make_list();
  options.add_options()                                                                      //
      ("block,b", text("NAME,..."), "blocks to check (--list names them); all when absent")  //
      ("set", text("NAME=VALUE"),
       "a parameter of the top module, in place of those of the variants; may be repeated")   //
      ("seeds", text("A..B|N"), "seeds A to B, or the single seed N")                         //
      ("cases", text("N"), "stimulus of a seed; each bench says what a case is (default 1)")  //
      ("long", "many more seeds, and the largest variants too")                               //
      ("rtl", text("DIR"), "the tree under test; it lists its files in files.f")              //
      ("work", text("DIR"), "models, waveforms and coverage (default build/regress)")         //
      ("jobs,j", text("N"), "processes at once (default: the cores)")                         //
      ("timeout", text("SECONDS"), "with one seed, before its worker is stopped (120)")       //
      ("coverage", "count lines and toggles: summary, holes and lcov file")                   //
      ("wave", "write the waveform of every seed, from its first cycle on")                   //
      ("mutants", text("N"),
       "instead: change the RTL in N places, one at a time; each change must be caught")  //
      ("mutant-seed", text("N"), "chooses the changes (default 1)")                       //
      ("junit", text("FILE"), "results as JUnit XML too")                                 //
      ("json", "result as JSON, schema olivine.regress/1")                                //
      ("output,o", text("FILE"), "write the result to a file instead of stdout")          //
      ("verbose,v", "with --mutants: every change and what caught it")                    //
      ("list", "blocks with their parameters and variants, and stop")                     //
      ("help,h", "this text");
  return options;
}

OptionList view_options() {
  OptionList options = make_list();
  options.add_options()                                                       //
      ("rows", text("R"), "PE rows, 1..16 (default 4, or the machine's)")     //
      ("cols", text("C"), "PE columns, 1..16 (default 4, or the machine's)")  //
      ("machine,m", text("NAME|FILE"),
       "a systolic machine, with its memory; default: an array "
       "of 4-bit PEs with every operand resident")                                         //
      ("gemm,g", text("MxNxK"), "the GEMM; two folds that fill the array when absent")     //
      ("scheme,s", text("NAME"), "formats of weights and activations (default w4a4-ovp)")  //
      ("dataflow", text("ws|os|is"), "the same as --set array.dataflow=... (default os)")  //
      ("pipelining", text("serial|overlapped"), "the same as --set array.pipelining=...")  //
      ("dram", text("ideal|bandwidth|banked"), "the same as --set dram.model=...")         //
      ("set", text("KEY=VALUE"), "overrides a machine key; may be repeated")               //
      ("tile", text("MxNxK"), "tile of the buffers; the mapper chooses when absent")       //
      ("seed", text("N"), "seed of the operands (default 1)")                              //
      ("cycles", text("A..B|N"), "only these cycles; all when absent")                     //
      ("fps", text("N"), "cycles shown a second, 0.1..60 (default 2)")                     //
      ("html", text("FILE"), "write a page that plays it, instead of playing it here")     //
      ("ascii", "draw with ASCII characters only")                                         //
      ("help,h", "this text");
  return options;
}

OptionList demo_options() {
  OptionList options = make_list();
  options.add_options()("help,h", "this text");
  return options;
}

OptionList completion_options() {
  OptionList options = make_list();
  options.add_options()("help,h", "this text");
  return options;
}

}  // namespace olivine::cli
