// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/commands.h"
#include "experiments/cli/output.h"
#include "experiments/cli/provenance.h"
#include "experiments/report/report.h"
#include "models/base/error.h"

namespace olivine::cli {

OptionList report_options() {
  OptionList options{"Options"};
  options.add_options()  //
      ("output,o", boost::program_options::value<std::string>()->value_name("FILE"),
       "the page to write")  //
      ("help,h", "this text");
  return options;
}

int run_report(const Arguments& arguments) {
  if (!arguments.has("output")) {
    throw ConfigError{"missing: --output FILE, the page to write"};
  }
  Output output{arguments.get("output")};
  output.commit(report::make_report(arguments.positional(), provenance()));
  return 0;
}

}  // namespace olivine::cli
