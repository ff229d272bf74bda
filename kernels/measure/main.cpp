// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "kernels/measure/request.h"
#include "kernels/measure/run_measure.h"
#include "models/base/error.h"

namespace {

constexpr int kBadInputStatus = 2;

constexpr const char* kUsage =
    "usage: olivine_measure [options]\n\n"
    "Checks, times and reads the energy of the GEMM kernels on a GPU.\n"
    "Exit status: 0; 1 a wrong output or a kernel that failed; 2 bad input or no fit GPU; 130\n"
    "interrupted.\n\n";

int run(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  for (const std::string& word : words) {
    if (word != "--help" && word != "-h") continue;
    std::cout << kUsage << olivine::measure::options_help();
    return 0;
  }
  auto request = olivine::measure::read_request(olivine::measure::parse_words(words));
  request.tool_version = OLV_MEASURE_VERSION;
  request.git_revision = OLV_MEASURE_REVISION;
  return olivine::measure::run_measure(request, std::cout, std::cerr);
}

}  // namespace

// The measuring part of `olivine` alone: builds with a compiler and CUDA.
int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const olivine::UserError& error) {
    for (const std::string& problem : error.problems()) std::cerr << "error: " << problem << "\n";
    return kBadInputStatus;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 1;
  }
}
