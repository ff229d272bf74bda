// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/cosim/model_builder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string_view>
#include <system_error>

#include "models/base/error.h"
#include "models/base/text.h"
#include "sim/cosim/embedded_sources.h"
#include "sim/cosim/tool.h"

namespace olivine {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kFlags = {"-std=c++20", "-fPIC", "-w"};
// Generated code falls in two parts: what runs every cycle, and constructors, tables and the
// adapter, which would take most of an optimizing compiler's time.
constexpr const char* kFastOptimization = "-O1";
constexpr const char* kSlowOptimization = "-O0";
constexpr std::array kVerilatorArguments = {"--prefix", "Vmodel",     "-Wall", "--assert",
                                            "-O3",      "--x-assign", "fast",  "--x-initial",
                                            "unique",   "--no-timing"};
// The runtime prints and stops through the adapter.
const std::vector<std::string> kHooks = {"-DVL_USER_STOP",  "-DVL_USER_FINISH",
                                         "-DVL_USER_FATAL", "-DVL_PRINTF=olv_rtl_printf",
                                         "-include",        "olv_hooks.h"};
constexpr std::string_view kHooksHeader = "int olv_rtl_printf(const char* format, ...);\n";
// Precompiled: parsing these takes two thirds of the time of a small block.
constexpr std::string_view kCommonHeader =
    "#include \"olv_hooks.h\"\n#include <verilated.h>\n#include <verilated_sym_props.h>\n"
    "#include <verilated_syms.h>\n#include <cstdarg>\n#include <cstdio>\n#include <memory>\n"
    "#include <string>\n#include <vector>\n";

std::string read_file(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw ConfigError{fmt::format("{}: cannot be read", path.string())};
  return text.str();
}

void write_file(const fs::path& path, std::string_view text) {
  std::ofstream file{path, std::ios::binary};
  file << text;
  if (!file.flush()) throw ConfigError{fmt::format("{}: cannot be written", path.string())};
}

// FNV-1a, 64 bits.
class ContentHash {
 public:
  void add(std::string_view text) {
    for (const char c : text) value_ = (value_ ^ static_cast<uint8_t>(c)) * 0x100000001B3u;
    value_ = (value_ ^ 0xFF) * 0x100000001B3u;  // "ab","c" is not "a","bc"
  }
  [[nodiscard]] std::string hex() const { return fmt::format("{:016x}", value_); }

 private:
  uint64_t value_ = 0xCBF29CE484222325u;
};

// The sources of a tree, relative to it.
std::vector<std::string> listed_files(const fs::path& rtl) {
  const fs::path list = rtl / "files.f";
  if (!fs::exists(list)) {
    throw ConfigError{
        fmt::format("{}: no such file; an RTL tree lists its sources in it", list.string())};
  }
  std::vector<std::string> files;
  int line_number = 0;
  for (const std::string& raw : split(read_file(list), '\n')) {
    ++line_number;
    const std::string line{trim(raw)};
    if (line.empty() || line.starts_with("//")) continue;
    files.push_back(line);
    if (!fs::exists(rtl / line)) {
      throw ConfigError{fmt::format("{}:{}: {}: no such file", list.string(), line_number, line)};
    }
  }
  return files;
}

// Everything a model is made from, besides the generated code's compiler.
std::string key_of(const RtlBuild& build) {
  ContentHash hash;
  const fs::path rtl{build.rtl};
  std::vector<fs::path> inputs;
  for (const std::string& file : listed_files(rtl)) inputs.push_back(rtl / file);
  for (const char* folder : {"common", "lint"}) {
    if (!fs::is_directory(rtl / folder)) continue;
    for (const auto& entry : fs::directory_iterator{rtl / folder}) inputs.push_back(entry.path());
  }
  std::ranges::sort(inputs);
  for (const fs::path& input : inputs) {
    if (!fs::is_regular_file(input)) continue;
    hash.add(fs::relative(input, rtl).string());
    hash.add(read_file(input));
  }
  for (const EmbeddedFile& file : cosim_embedded_sources()) hash.add(file.text);
  hash.add(ModelBuilder::compiler_flags());
  for (const char* argument : kVerilatorArguments) hash.add(argument);
  hash.add(name_of(build));
  // Counts of coverage name the files of this tree.
  if (build.has_line_coverage || build.has_toggle_coverage) hash.add(fs::absolute(rtl).string());
  return hash.hex();
}

std::string compiler() { return has_tool("g++") ? "g++" : "c++"; }

// The compiler's arguments in front of every source.
std::vector<std::string> compile_arguments(const std::string& optimization,
                                           const std::string& runtime, const std::string& include) {
  std::vector<std::string> arguments = kFlags;
  arguments.push_back(optimization);
  arguments.insert(arguments.end(), kHooks.begin(), kHooks.end());
  arguments.insert(arguments.end(), {"-I", runtime, "-I", include, "-I", include + "/vltstd"});
  return arguments;
}

void run_compiler(std::vector<std::string> arguments, const std::string& what) {
  arguments.insert(arguments.begin(), compiler());
  const ToolResult result = run_tool(arguments);
  if (result.status == 0) return;
  throw ConfigError{fmt::format("{}: the compiler failed: {}", what,
                                std::string{trim(result.output)}.substr(0, 2000))};
}

// The C++ files that Verilator wrote, by name.
std::vector<std::string> generated_sources(const fs::path& folder) {
  std::vector<std::string> sources;
  for (const auto& entry : fs::directory_iterator{folder}) {
    if (entry.path().extension() == ".cpp") sources.push_back(entry.path().filename().string());
  }
  std::ranges::sort(sources);
  return sources;
}

std::string temporary_name(const std::string& path) {
  return fmt::format("{}.{}.tmp", path, getpid());
}

// Everything that Verilator wrote for the compiler.
std::string code_key_of(const fs::path& folder) {
  ContentHash hash;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator{folder}) {
    const std::string suffix = entry.path().extension().string();
    if (suffix == ".cpp" || suffix == ".h") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) hash.add(read_file(file));
  hash.add(ModelBuilder::compiler_flags());
  for (const EmbeddedFile& file : cosim_embedded_sources()) hash.add(file.text);
  return hash.hex();
}

// Gives a finished file a second name at once.
void publish(const std::string& file, const std::string& name) {
  const std::string linked = temporary_name(name) + ".link";
  fs::remove(linked);
  fs::create_hard_link(file, linked);
  fs::rename(linked, name);
}

struct PortType {
  std::string_view macro;
  uint32_t bytes;
};
constexpr std::array kPortTypes = {PortType{"8", 1}, PortType{"16", 2}, PortType{"", 4},
                                   PortType{"64", 8}};

uint32_t port_bytes(const std::string& type, const std::string& words) {
  if (type == "W") return 4 * static_cast<uint32_t>(std::stoul(words));
  for (const PortType& known : kPortTypes) {
    if (known.macro == type) return known.bytes;
  }
  return 0;
}

uint32_t element_bytes(const std::string& type, uint32_t bits) {
  if (type == "VLVT_UINT8") return 1;
  if (type == "VLVT_UINT16") return 2;
  if (type == "VLVT_UINT32") return 4;
  if (type == "VLVT_UINT64") return 8;
  return (bits + 31) / 32 * 4;
}

}  // namespace

std::string name_of(const RtlBuild& build) {
  std::string name = build.top;
  for (const auto& [parameter, value] : build.parameters) {
    name += fmt::format("_{}{}", parameter, value);
  }
  if (build.has_line_coverage) name += "_line";
  if (build.has_toggle_coverage) name += "_toggle";
  if (build.has_trace) name += "_trace";
  return name;
}

std::string first_lint_error(const std::string& output) {
  static const std::regex kPattern{
      R"(^%(Error|Warning)(?:-(\w+))?: ([^:\s]+):(\d+):(?:\d+:)? (.*))"};
  std::string without_place;
  for (const std::string& line : split(output, '\n')) {
    std::smatch match;
    if (std::regex_match(line, match, kPattern)) {
      const std::string rule = match[2].matched ? fmt::format(" ({})", match[2].str()) : "";
      return fmt::format("{}:{}: {}{}", match[3].str(), match[4].str(), match[5].str(), rule);
    }
    if (without_place.empty() && line.starts_with("%Error")) without_place = line.substr(1);
  }
  return without_place;
}

std::string signal_table(const std::string& header, const std::string& symbols) {
  std::string table;
  static const std::regex kPortPattern{
      R"(VL_(IN|OUT)(8|16|64|W|)\(&(\w+),(\d+),(\d+)(?:,(\d+))?\);)"};
  for (std::sregex_iterator at{header.begin(), header.end(), kPortPattern}, end; at != end; ++at) {
    const std::smatch& m = *at;
    table += fmt::format("OLV_SIGNAL(\"{}\", {}, {}, 1, 1, {}, top.{})\n", m[3].str(),
                         std::stoul(m[4]) - std::stoul(m[5]) + 1, port_bytes(m[2], m[6]),
                         m[1] == "IN" ? 1 : 2, m[3].str());
  }
  std::map<std::string, std::string> scopes;
  static const std::regex kScopePattern{
      R"re((__Vscope_\w+)\.configure\(this, name\(\), "([^"]*)")re"};
  for (std::sregex_iterator at{symbols.begin(), symbols.end(), kScopePattern}, end; at != end;
       ++at) {
    scopes[(*at)[1]] = (*at)[2];
  }
  // Dimensions: the packed one if there is any, then up to two unpacked ones, each ",left,right".
  // Packed ones fall and unpacked ones rise, by the style of the tree.
  const std::string place =
      R"re((__Vscope_\w+)\.varInsert\(__Vfinal,"([^"]+)", &\(([^)]*)\), \w+,)re";
  const std::string pair = R"re((?: ?,(\d+),(\d+))?)re";
  static const std::regex kVariablePattern{
      fmt::format(R"re({} (\w+),[\w|]+,\d+ ?{}{}{}\);)re", place, pair, pair, pair)};
  const auto extent = [](const std::smatch& m, size_t group) -> uint32_t {
    if (!m[group].matched) return 1;
    const auto left = static_cast<int64_t>(std::stol(m[group]));
    const auto right = static_cast<int64_t>(std::stol(m[group + 1]));
    return static_cast<uint32_t>(left > right ? left - right : right - left) + 1;
  };
  for (std::sregex_iterator at{symbols.begin(), symbols.end(), kVariablePattern}, end; at != end;
       ++at) {
    const std::smatch& m = *at;
    const bool is_packed = !m[5].matched || std::stol(m[5]) >= std::stol(m[6]);
    const uint32_t bits = is_packed ? extent(m, 5) : 1;
    const size_t rows = is_packed ? 7 : 5;
    table += fmt::format("OLV_SIGNAL(\"{}.{}\", {}, {}, {}, {}, 0, syms.{})\n", scopes[m[1]],
                         m[2].str(), bits, element_bytes(m[4], bits), extent(m, rows),
                         extent(m, rows + 2), m[3].str());
  }
  return table;
}

ModelBuilder::ModelBuilder(const std::string& work_folder)
    : work_(fs::absolute(work_folder).lexically_normal().string()) {
  const ToolResult root = run_tool({"verilator", "--getenv", "VERILATOR_ROOT"});
  if (root.status != 0) throw ConfigError{"verilator: " + std::string{trim(root.output)}};
  include_ = std::string{trim(root.output)} + "/include";
  std::error_code error;
  fs::create_directories(fs::path{work_} / "models", error);
  if (error) throw ConfigError{fmt::format("{}: {}", work_, error.message())};
  build_runtime();
}

std::string ModelBuilder::compiler_flags() {
  return fmt::format("{} {}", fmt::join(kFlags, " "), kFastOptimization);
}

// The parts of Verilator's runtime that models need, compiled once.
void ModelBuilder::build_runtime() {
  ContentHash hash;
  for (const char* file : {"verilated.cpp", "verilated.h", "verilatedos.h"}) {
    hash.add(read_file(fs::path{include_} / file));
  }
  hash.add(compiler_flags());
  hash.add(fmt::format("{}", fmt::join(kHooks, " ")));
  hash.add(kCommonHeader);
  for (const EmbeddedFile& file : cosim_embedded_sources()) hash.add(file.text);
  runtime_ = fmt::format("{}/runtime_{}", work_, hash.hex());
  if (fs::is_directory(runtime_)) return;
  const fs::path building = temporary_name(runtime_);
  fs::create_directories(building / "sim/cosim");
  for (const EmbeddedFile& file : cosim_embedded_sources()) {
    const bool is_header = file.name == "rtl_abi";
    write_file(building / fmt::format("sim/cosim/{}{}", file.name, is_header ? ".h" : ".cpp"),
               file.text);
  }
  write_file(building / "olv_hooks.h", kHooksHeader);
  write_file(building / "olv_common.h", kCommonHeader);
  const auto compile = [&](const char* optimization, const std::vector<std::string>& rest) {
    auto arguments = compile_arguments(optimization, building.string(), include_);
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    run_compiler(std::move(arguments), "Verilator's runtime");
  };
  // A folder of precompiled headers: the compiler takes the one made with its own flags.
  const fs::path precompiled = building / "olv_common.h.gch";
  fs::create_directories(precompiled);
  for (const char* optimization : {kFastOptimization, kSlowOptimization}) {
    compile(optimization, {"-x", "c++-header", (building / "olv_common.h").string(), "-o",
                           (precompiled / optimization).string()});
  }
  for (const char* part : {"verilated", "verilated_threads", "verilated_cov", "verilated_fst_c"}) {
    compile(kFastOptimization,
            {"-include", "olv_hooks.h", "-c", fmt::format("{}/{}.cpp", include_, part), "-o",
             (building / fmt::format("{}.o", part)).string()});
  }
  std::error_code error;
  fs::rename(building, runtime_, error);
  if (error) fs::remove_all(building);  // another process was first
}

std::string ModelBuilder::make_library(const RtlBuild& build) {
  const std::string name = fmt::format("{}/models/{}_", work_, name_of(build));
  std::string library = name + key_of(build) + ".so";
  if (fs::exists(library)) return library;
  const std::string folder = temporary_name(library);
  fs::create_directories(folder);
  try {
    verilate(build, folder);
    // A change of other blocks, or of comments, leaves the generated code as it was.
    const std::string compiled = fmt::format("{}code_{}.so", name, code_key_of(folder));
    if (!fs::exists(compiled)) compile(build, folder, compiled);
    publish(compiled, library);
  } catch (...) {
    fs::remove_all(folder);
    throw;
  }
  fs::remove_all(folder);
  return library;
}

void ModelBuilder::verilate(const RtlBuild& build, const std::string& folder) const {
  const fs::path rtl{build.rtl};
  const bool has_coverage = build.has_line_coverage || build.has_toggle_coverage;
  // Run in the tree, so that the generated code does not depend on where the tree is. Counts of
  // coverage name their files in full.
  const fs::path prefix = has_coverage ? fs::absolute(rtl) : fs::path{};
  std::vector<std::string> arguments = {"verilator", "--cc", "--Mdir", folder};
  for (const char* argument : kVerilatorArguments) arguments.emplace_back(argument);
  arguments.insert(arguments.end(),
                   {"--top-module", build.top, "-I" + (prefix / "common").string()});
  for (const auto& [parameter, value] : build.parameters) {
    arguments.push_back(fmt::format("-G{}={}", parameter, value));
  }
  if (build.has_line_coverage) arguments.emplace_back("--coverage-line");
  if (build.has_toggle_coverage) arguments.emplace_back("--coverage-toggle");
  if (build.has_trace) arguments.emplace_back("--trace-fst");
  for (const char* file : {"lint/waivers.vlt", "lint/observe.vlt"}) {
    if (fs::exists(rtl / file)) arguments.push_back((prefix / file).string());
  }
  for (const std::string& file : listed_files(rtl)) arguments.push_back((prefix / file).string());
  const ToolResult result = run_tool(arguments, build.rtl);
  if (result.status == 0) return;
  std::string error = first_lint_error(result.output);
  if (error.empty()) throw ConfigError{fmt::format("verilator: {}", trim(result.output))};
  if (fs::exists(rtl / error.substr(0, error.find(':')))) error.insert(0, (rtl / "").string());
  throw ConfigError{error};
}

void ModelBuilder::compile(const RtlBuild& build, const std::string& folder,
                           const std::string& library) const {
  const fs::path place{folder};
  const bool has_coverage = build.has_line_coverage || build.has_toggle_coverage;
  std::string slow = fmt::format(
      "#define OLV_HAS_COVERAGE {:d}\n#define OLV_HAS_TRACE {:d}\n"
      "#include \"sim/cosim/verilated_adapter.cpp\"\n",
      has_coverage, build.has_trace);
  std::string fast;
  std::string symbols;
  for (const std::string& source : generated_sources(place)) {
    const bool is_symbols = source.starts_with("Vmodel__Syms");
    const bool is_slow = is_symbols || source.find("__Slow") != std::string::npos;
    (is_slow ? slow : fast) += fmt::format("#include \"{}\"\n", source);
    if (is_symbols) symbols += read_file(place / source);
  }
  write_file(place / "olv_signals.inc", signal_table(read_file(place / "Vmodel.h"), symbols));

  std::vector<std::string> link = {"-shared", "-o", temporary_name(library)};
  const auto compile_part = [&](const char* optimization, const std::string& text) {
    const std::string part = (place / fmt::format("olv{}", optimization)).string();
    write_file(part + ".cpp", text);
    std::vector<std::string> arguments = compile_arguments(optimization, runtime_, include_);
    arguments.insert(arguments.end(), {"-I", folder, "-include", "olv_common.h", "-c",
                                       part + ".cpp", "-o", part + ".o"});
    run_compiler(std::move(arguments), build.top);
    link.push_back(part + ".o");
  };
  compile_part(kFastOptimization, fast);
  compile_part(kSlowOptimization, slow);
  for (const char* part : {"verilated", "verilated_threads"}) {
    link.push_back(fmt::format("{}/{}.o", runtime_, part));
  }
  if (has_coverage) link.push_back(runtime_ + "/verilated_cov.o");
  if (build.has_trace) {
    link.push_back(runtime_ + "/verilated_fst_c.o");
    link.emplace_back("-lz");
  }
  link.emplace_back("-pthread");
  run_compiler(std::move(link), build.top);
  fs::rename(temporary_name(library), library);
}

std::string default_rtl_folder() {
  std::error_code error;
  if (fs::exists("rtl/files.f", error)) return "rtl";
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  for (fs::path folder = program.parent_path(); folder != folder.parent_path();
       folder = folder.parent_path()) {
    for (const char* place : {"rtl", "share/olivine/rtl"}) {
      if (fs::exists(folder / place / "files.f", error)) return (folder / place).string();
    }
  }
  return "rtl";
}

}  // namespace olivine
