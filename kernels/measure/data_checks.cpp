// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/data_checks.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string>

#include "kernels/launch/operand_image.h"
#include "kernels/launch/operand_layout.h"
#include "kernels/measure/case_record.h"
#include "kernels/measure/output_check.h"
#include "kernels/quant/quant_kernels.h"
#include "kernels/sparse/sparse_kernels.h"
#include "models/base/rng.h"
#include "models/numerics/float_formats.h"
#include "models/numerics/sparse.h"

namespace olivine::measure {
namespace {

struct Extents {
  int64_t rows;
  int64_t k;
};
constexpr std::array kExtents = {Extents{1, 1},    Extents{3, 17},   Extents{64, 64},
                                 Extents{65, 67},  Extents{13, 131}, Extents{128, 512},
                                 Extents{67, 1031}};
constexpr float kScale = 0.73F;
constexpr int64_t kGap = 16;  // bytes between rows beyond what alignment asks for
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// A matrix in the memory of the machine, its rows `stride` bytes apart, the rest poisoned.
struct DeviceRows {
  void* data = nullptr;
  int64_t rows = 0;
  int64_t stride = 0;

  [[nodiscard]] int64_t bytes() const { return rows * stride; }
};

class DataChecks {
 public:
  DataChecks(DataMachine& machine, uint64_t seed) : machine_{machine}, rng_{seed} {}

  std::vector<CheckRecord> run() {
    for (const Extents& extents : kExtents) {
      const std::vector<float> values = random_values(extents);
      check_encoders(extents, values);
      check_prune(extents, values);
      check_quantize(extents, values);
      check_compress(extents);
      check_legality(extents);
    }
    return records_;
  }

 private:
  std::vector<float> random_values(const Extents& extents) {
    std::vector<float> values(static_cast<size_t>(extents.rows * extents.k));
    for (float& value : values) {
      value = 2 * static_cast<float>(rng_.normal());
      if (rng_.chance(0.1)) value *= 30;   // outliers
      if (rng_.chance(0.1)) value = 1.5F;  // equals, for pruning
    }
    return values;
  }

  void note(const char* kernel, const Extents& extents, const std::string& problem) {
    auto found = std::find_if(records_.begin(), records_.end(),
                              [&](const CheckRecord& record) { return record.kernel == kernel; });
    if (found == records_.end()) {
      records_.push_back({kernel, {}, 0, {}});
      found = records_.end() - 1;
    }
    ++found->runs;
    if (problem.empty()) return;
    found->failures.push_back(std::to_string(extents.rows) + " x " + std::to_string(extents.k) +
                              ": " + problem);
  }

  // Rows of `row_bytes` each, as they follow one another in `content`.
  DeviceRows upload_rows(const std::vector<uint8_t>& content, int64_t rows, int64_t row_bytes) {
    DeviceRows device = empty_rows(rows, row_bytes);
    std::vector<uint8_t> bytes(static_cast<size_t>(device.bytes()), kPoison);
    for (int64_t row = 0; row < rows; ++row) {
      std::copy_n(content.data() + row * row_bytes, row_bytes, bytes.data() + row * device.stride);
    }
    device.data = machine_.upload(bytes.data(), device.bytes());
    return device;
  }
  DeviceRows empty_rows(int64_t rows, int64_t row_bytes) {
    DeviceRows device{nullptr, rows, operand_stride(row_bytes) + kGap};
    const std::vector<uint8_t> bytes(static_cast<size_t>(device.bytes()), kPoison);
    device.data = machine_.upload(bytes.data(), device.bytes());
    return device;
  }
  template <class T>
  DeviceRows upload_rows(const std::vector<T>& content, int64_t rows) {
    const int64_t columns = static_cast<int64_t>(content.size()) / rows;
    std::vector<uint8_t> bytes(content.size() * sizeof(T));
    std::memcpy(bytes.data(), content.data(), bytes.size());
    return upload_rows(bytes, rows, columns * static_cast<int64_t>(sizeof(T)));
  }

  ProblemWord* new_word() {
    return static_cast<ProblemWord*>(machine_.upload(&kNoProblem, sizeof kNoProblem));
  }
  ProblemWord read(const ProblemWord* device) {
    ProblemWord word = 0;
    machine_.download(&word, device, sizeof word);
    return word;
  }

  // Whether rows hold what they should, and poison behind it.
  std::string compare(const DeviceRows& device, const std::vector<uint8_t>& expected,
                      int64_t row_bytes) {
    std::vector<uint8_t> bytes(static_cast<size_t>(device.bytes()));
    machine_.download(bytes.data(), device.data, device.bytes());
    for (int64_t row = 0; row < device.rows; ++row) {
      for (int64_t i = 0; i < device.stride; ++i) {
        const uint8_t wanted =
            i < row_bytes ? expected[static_cast<size_t>(row * row_bytes + i)] : kPoison;
        const uint8_t got = bytes[static_cast<size_t>(row * device.stride + i)];
        if (got == wanted) continue;
        return "row " + std::to_string(row) + ", byte " + std::to_string(i) + ": " +
               std::to_string(got) + ", must be " + std::to_string(wanted);
      }
    }
    return "";
  }
  template <class T>
  std::string compare_values(const void* device, const std::vector<T>& expected) {
    std::vector<T> values(expected.size());
    machine_.download(values.data(), device, static_cast<int64_t>(values.size() * sizeof(T)));
    return values == expected ? "" : "metadata differ";
  }

  void check_encoders(const Extents& extents, std::vector<float> values) {
    check_encoder(extents, values, RealType::Fp32);
    for (float& value : values) value = float_from_fp16(fp16_from_float(value));
    check_encoder(extents, values, RealType::Fp16);
  }

  void check_encoder(const Extents& extents, const std::vector<float>& values, RealType type) {
    std::vector<uint16_t> halves;
    halves.reserve(values.size());
    for (const float value : values) halves.push_back(fp16_from_float(value));
    const DeviceRows input = type == RealType::Fp32 ? upload_rows(values, extents.rows)
                                                    : upload_rows(halves, extents.rows);
    for (const auto& [format, form] : {std::pair{Format::Ovp4, ActivationForm::Ovp4},
                                       std::pair{Format::Ovp8, ActivationForm::Ovp8},
                                       std::pair{Format::Int8, ActivationForm::Int8}}) {
      ActivationImage image;
      const PackedMatrix packed =
          encode({"values", values, extents.rows, extents.k}, format, {&kScale, 1});
      const Status made = make_activation_image(packed, form, image);
      const DeviceRows codes = empty_rows(extents.rows, image.stride);
      ProblemWord* word = new_word();
      const EncodeArgs args{format,       type,   extents.rows, extents.k,    input.data,
                            input.stride, kScale, codes.data,   codes.stride, word};
      machine_.run(args);
      std::string problem = made ? compare(codes, image.codes, image.stride) : made.reason();
      if (problem.empty()) problem = find_non_finite(args, read(word)).reason();
      note("encode", extents, problem);
    }
  }

  void check_prune(const Extents& extents, std::vector<float> values) {
    const TwoFourTensor expected = prune_two_four({"values", values, extents.rows, extents.k});
    const PruneTwoFourArgs args = run_prune(extents, values);
    std::vector<uint8_t> kept(expected.kept.size() * sizeof(float));
    std::memcpy(kept.data(), expected.kept.data(), kept.size());
    const DeviceRows rows{args.kept, extents.rows, args.kept_stride};
    std::string problem =
        compare(rows, kept, expected.kept_k() * static_cast<int64_t>(sizeof(float)));
    const std::vector<uint32_t> words = image_of(expected).metadata;
    if (problem.empty()) problem = compare_values(args.metadata, words);
    if (problem.empty()) problem = find_non_finite(read(args.first_non_finite)).reason();
    note("prune_two_four", extents, problem);

    values.back() = kNan;
    const bool is_found = !find_non_finite(read(run_prune(extents, values).first_non_finite));
    note("prune_two_four", extents, is_found ? "" : "a NaN was not found");
  }

  PruneTwoFourArgs run_prune(const Extents& extents, const std::vector<float>& values) {
    const DeviceRows input = upload_rows(values, extents.rows);
    const DeviceRows kept =
        empty_rows(extents.rows, 2 * group_count(extents.k) * static_cast<int64_t>(sizeof(float)));
    const std::vector<uint32_t> words(static_cast<size_t>(metadata_words(extents.rows, extents.k)));
    PruneTwoFourArgs args;
    args.rows = extents.rows;
    args.k = extents.k;
    args.values = static_cast<const float*>(input.data);
    args.value_stride = input.stride;
    args.kept = static_cast<float*>(kept.data);
    args.kept_stride = kept.stride;
    args.metadata = static_cast<uint32_t*>(
        machine_.upload(words.data(), static_cast<int64_t>(words.size() * sizeof(uint32_t))));
    args.first_non_finite = new_word();
    machine_.run(args);
    return args;
  }

  [[nodiscard]] static WeightImage image_of(const TwoFourTensor& tensor) {
    WeightImage image;
    const PackedMatrix packed = encode_two_four(tensor, "values", Format::Int8, {&kScale, 1});
    static_cast<void>(make_weight_image(packed, image));  // always well formed
    return image;
  }

  void check_quantize(const Extents& extents, const std::vector<float>& values) {
    ActivationImage image;
    const PackedMatrix packed =
        encode({"values", values, extents.rows, extents.k}, Format::Int8, {&kScale, 1});
    const Status made = make_activation_image(packed, ActivationForm::Int8, image);
    const DeviceRows input = upload_rows(values, extents.rows);
    const DeviceRows codes = empty_rows(extents.rows, image.stride);
    QuantizeInt8Args args;
    args.rows = extents.rows;
    args.columns = extents.k;
    args.values = static_cast<const float*>(input.data);
    args.value_stride = input.stride;
    args.scales = static_cast<const float*>(machine_.upload(&kScale, sizeof kScale));
    args.scale_count = 1;
    args.codes = static_cast<int8_t*>(codes.data);
    args.code_stride = codes.stride;
    args.first_non_finite = new_word();
    args.first_bad_scale = new_word();
    machine_.run(args);
    std::string problem = made ? compare(codes, image.codes, image.stride) : made.reason();
    if (problem.empty()) problem = find_bad_scale(read(args.first_bad_scale)).reason();
    note("quantize_int8", extents, problem);
  }

  // Int8 values of which two in four may be other than 0, by position.
  void check_compress(const Extents& extents) {
    std::vector<float> values(static_cast<size_t>(extents.rows * extents.k));
    std::vector<int8_t> codes;
    for (size_t i = 0; i < values.size(); ++i) {
      const auto column = static_cast<int64_t>(i) % extents.k;
      if (column % 4 < 2) values[i] = static_cast<float>(rng_.uniform(-127, 127));
      codes.push_back(static_cast<int8_t>(values[i]));
    }
    std::vector<uint8_t> mask;
    mask.reserve(codes.size());
    for (const int8_t code : codes) mask.push_back(code != 0 ? 1 : 0);
    constexpr float kOne = 1;
    WeightImage image;
    const PackedMatrix packed =
        encode_two_four(prune_two_four({"values", values, extents.rows, extents.k}, mask), "values",
                        Format::Int8, {&kOne, 1});
    const Status made = make_weight_image(packed, image);
    const DeviceRows input = upload_rows(codes, extents.rows);
    const DeviceRows kept = empty_rows(extents.rows, image.stride);
    const std::vector<uint32_t> words(image.metadata.size());
    CompressTwoFourArgs args;
    args.rows = extents.rows;
    args.k = extents.k;
    args.values = static_cast<const int8_t*>(input.data);
    args.value_stride = input.stride;
    args.codes = static_cast<int8_t*>(kept.data);
    args.code_stride = kept.stride;
    args.metadata = static_cast<uint32_t*>(
        machine_.upload(words.data(), static_cast<int64_t>(words.size() * sizeof(uint32_t))));
    args.first_full_group = new_word();
    machine_.run(args);
    std::string problem = made ? compare(kept, image.codes, image.stride) : made.reason();
    if (problem.empty()) problem = compare_values(args.metadata, image.metadata);
    if (problem.empty()) problem = find_full_group(args, read(args.first_full_group)).reason();
    note("compress_two_four", extents, problem);
  }

  void check_legality(const Extents& extents) {
    const int64_t row_bytes = operand_stride(ceil_div(extents.k, 2));
    std::vector<uint8_t> codes(static_cast<size_t>(extents.rows * row_bytes), 0x77);
    note("check_ovp4", extents, find_illegal(extents, codes, row_bytes).reason());
    codes.back() = 0x88;
    const bool is_found = !find_illegal(extents, codes, row_bytes);
    note("check_ovp4", extents, is_found ? "" : "an illegal byte was not found");
  }

  Status find_illegal(const Extents& extents, const std::vector<uint8_t>& codes,
                      int64_t row_bytes) {
    const DeviceRows rows = upload_rows(codes, extents.rows, row_bytes);
    const CheckOvp4Args args{extents.rows, row_bytes, rows.data, rows.stride, new_word()};
    machine_.run(args);
    return find_illegal_byte(args, read(args.first_illegal));
  }

  DataMachine& machine_;
  Rng rng_;
  std::vector<CheckRecord> records_;
};

}  // namespace

std::vector<CheckRecord> check_data_kernels(DataMachine& machine, uint64_t seed) {
  return DataChecks{machine, seed}.run();
}

}  // namespace olivine::measure
