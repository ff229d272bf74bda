// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The outlier decoder against models/numerics' definition of abfloat: every code under every bias.
#include <array>

#include "experiments/regress/benches.h"
#include "experiments/regress/combinational.h"
#include "models/numerics/ovp.h"

namespace olivine::regress {
namespace {

constexpr int kBiases = 16;

std::string print_number(uint64_t bits) { return fmt::format("{}", bits); }

std::optional<Divergence> run_outlier_decoder(BenchContext& context) {
  const auto mantissa_bits = static_cast<int>(context.parameters.at("MantissaBits"));
  const auto exponent_bits = static_cast<int>(context.parameters.at("CodeExponentBits"));
  const RtlSignal& code_port = context.model.signal("code_i");
  const RtlSignal& bias_port = context.model.signal("bias_i");
  const RtlSignal& magnitude_port = context.model.signal("magnitude_o");
  const RtlSignal& exponent_port = context.model.signal("exponent_o");
  const OutputField magnitude{"magnitude_o", 0, static_cast<uint32_t>(mantissa_bits + 1), {}};
  const OutputField exponent{"exponent_o", 0, 4, {}};
  CombinationalChecker checker{context, "outlier_decoder"};
  const int codes = 1 << (mantissa_bits + exponent_bits);
  for (int i = 0; i < kBiases * codes; ++i) {
    const int code = i % codes;
    const Abfloat type{mantissa_bits, i / codes, codes - 1};
    code_port.set(static_cast<uint64_t>(code));
    bias_port.set(static_cast<uint64_t>(type.bias));
    checker.step();
    const auto describe = [&] { return fmt::format("code {}, bias {}", code, type.bias); };
    const int integer = code == 0 ? 0 : type.integer(code);
    auto divergence = checker.compare(magnitude_port, magnitude, static_cast<uint64_t>(integer),
                                      print_number, describe);
    if (divergence) return divergence;
    divergence =
        checker.compare(exponent_port, exponent, static_cast<uint64_t>(type.exponent(code) & 15),
                        print_number, describe);
    if (divergence) return divergence;
  }
  return std::nullopt;
}

constexpr std::array<ParameterInfo, 2> kParameters = {{
    {"MantissaBits", 1, 3, "of a code"},
    {"CodeExponentBits", 1, 4, "of a code"},
}};

const std::array<Parameters, 3> kVariants = {
    Parameters{{"MantissaBits", 1}, {"CodeExponentBits", 2}},
    Parameters{{"MantissaBits", 3}, {"CodeExponentBits", 4}},
    Parameters{{"MantissaBits", 2}, {"CodeExponentBits", 1}},
};

constexpr std::array<std::string_view, 4> kPorts = {"code_i", "bias_i", "magnitude_o",
                                                    "exponent_o"};

}  // namespace

const BlockBench kOutlierDecoderBench{
    "outlier_decoder",
    "outlier_decoder",
    "every code under every bias against the definition of abfloat; cases add nothing",
    kParameters,
    kVariants,
    kPorts,
    kPorts,
    run_outlier_decoder};

}  // namespace olivine::regress
