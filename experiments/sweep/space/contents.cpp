// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/space/contents.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "experiments/sweep/space/point_hash.h"
#include "models/energy/energy_table.h"
#include "models/workloads/workload.h"
#include "sim/tensor_core/calibration.h"

namespace olivine::sweep {
namespace {

std::string macro_text(const SramMacro& macro) {
  return fmt::format("{} {} {} {} {}", macro.capacity_bytes, macro.read_pj, macro.write_pj,
                     macro.leakage_mw, macro.area_mm2);
}

std::string layer_text(const Layer& layer) {
  const GemmShape& gemm = layer.gemm;
  std::string text =
      fmt::format("{} {} {} {} {} {} {}", name_of<LayerKind>(kLayerKindNames, layer.kind), gemm.m,
                  gemm.n, gemm.k, gemm.batch, layer.vector_elems, layer.vector_ops);
  if (layer.conv) {
    const ConvShape& conv = *layer.conv;
    text += fmt::format(" conv {} {} {} {} {} {} {} {} {} {} {} {} {}", conv.n, conv.h, conv.w,
                        conv.c, conv.r, conv.s, conv.filters, conv.stride_h, conv.stride_w,
                        conv.pad_h, conv.pad_w, conv.p, conv.q);
  }
  return text;
}

std::string digest(const std::map<std::string, std::string>& fields) {
  std::string text;
  for (const auto& [key, value] : fields) append_field(text, key, value);
  return hash_of(text).hex();
}

}  // namespace

std::string digest_of(const EnergyTable& table) {
  std::map<std::string, std::string> fields;
  fields["kind"] = name_of<EnergyTableKind>(kEnergyTableKindNames, table.kind);
  for (const EnergyEntry& entry : table.entries) {
    fields["entry " + entry.name] =
        fmt::format("{} {}", entry.value, name_of<EnergyUnit>(kEnergyUnitNames, entry.unit));
  }
  for (const SramFamily& family : table.sram) {
    std::string text = fmt::format("{} bits", family.width_bits);
    for (const SramMacro& point : family.points) text += '\n' + macro_text(point);
    fields["sram " + family.cell] = text;
  }
  return digest(fields);
}

std::string digest_of(const Calibration& calibration, const std::string& machine) {
  std::map<std::string, std::string> fields;
  for (const auto& [name, library] : calibration.libraries) {
    fields[name + " is fitted"] = library.machine == machine ? "true" : "false";
    for (const auto& row : kernel_constant_rows()) {
      fields[fmt::format("{} {}", name, row.key)] =
          fmt::format("{}", library.constants.*(row.member));
    }
  }
  return digest(fields);
}

std::string digest_of(const Workload& workload) {
  std::string text;
  for (const auto& [name, value] : workload.params) {
    append_field(text, name, fmt::format("{}", value));
  }
  text += "layers\n";
  for (const Layer& layer : workload.layers) append_field(text, layer.name, layer_text(layer));
  return hash_of(text).hex();
}

}  // namespace olivine::sweep
