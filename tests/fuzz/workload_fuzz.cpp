// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Workload files, SCALE-Sim topologies and YAML in general are written by strangers. The first byte
// selects the reader, the rest is the file. A UserError is the right answer to a bad file; whatever
// else leaves a reader, or a layer outside the limits of the models, is a finding.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "models/base/error.h"
#include "models/base/yaml_file.h"
#include "models/workloads/conv.h"
#include "models/workloads/scalesim_csv.h"
#include "models/workloads/workload_yaml.h"

namespace {

void check_limits(const olivine::Workload& workload) {
  using namespace olivine;
  OLV_CHECK(!workload.layers.empty() && workload.layers.size() <= kMaxWorkloadLayers, "{} layers",
            workload.layers.size());
  for (const Layer& layer : workload.layers) {
    if (layer.kind == LayerKind::Vector) continue;
    OLV_CHECK(shape_problems(layer.gemm).empty(), "layer {}", layer.name);
    if (!layer.conv) continue;
    const ConvAddressing addressing{*layer.conv, layer.kind};
    const GemmShape last = addressing.gemm();
    const auto offset = addressing.ifmap_offset(last.m - 1, last.k - 1, last.batch - 1);
    const ConvShape& conv = *layer.conv;
    OLV_CHECK(!offset || (*offset >= 0 && *offset < conv.n * conv.h * conv.w * conv.c),
              "offset {} of layer {}", *offset, layer.name);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  try {
    switch (data[0] % 3) {
      case 0:
        check_limits(olivine::parse_workload(text, "fuzz.yaml", {{"batch", "2"}}));
        break;
      case 1:
        check_limits(olivine::parse_scalesim_csv(text, "fuzz.csv"));
        break;
      default:
        (void)olivine::parse_yaml(text, "fuzz.yaml");
        break;
    }
  } catch (const olivine::UserError&) {
  }
  return 0;
}
