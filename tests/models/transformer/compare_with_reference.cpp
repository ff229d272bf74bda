// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Compares a transformer with what torch_reference_test.py has written.
//   compare_with_reference MODEL_DIR REFERENCE_DIR
// runs the model of config.json and model.safetensors over the tokens of every batch*.safetensors
// and prints the largest differences. Exit 1: one is above 1e-4, or there is no batch.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "models/base/error.h"
#include "models/base/yaml_file.h"
#include "models/checkpoint/open_checkpoint.h"
#include "models/transformer/transformer.h"

namespace {

using namespace olivine;

// Float32 networks of 12 layers that sum in different orders differ by some 1e-6.
constexpr double kTolerance = 1e-4;

std::vector<TokenIds> read_sequences(const Checkpoint& batch) {
  std::vector<TokenIds> sequences;
  const std::vector<float> tokens = batch.at("tokens").floats();
  size_t next = 0;
  for (const float length : batch.at("lengths").floats()) {
    TokenIds& sequence = sequences.emplace_back();
    for (int i = 0; i < static_cast<int>(length); ++i) {
      sequence.push_back(static_cast<int32_t>(tokens.at(next++)));
    }
  }
  return sequences;
}

// Infinite where one is no number, or the sizes differ.
double largest_difference(const FloatMatrix& ours, const std::vector<float>& theirs) {
  if (ours.values.size() != theirs.size()) return HUGE_VAL;
  double largest = 0.0;
  for (size_t i = 0; i < theirs.size(); ++i) {
    const double difference = std::abs(static_cast<double>(ours.values[i]) - theirs[i]);
    largest = difference <= largest ? largest : std::isnan(difference) ? HUGE_VAL : difference;
  }
  return largest;
}

struct Differences {
  int batches = 0;
  double hidden = 0.0;
  double pooled = 0.0;
  double logits = 0.0;
};

void compare_batch(const Transformer& transformer, const Checkpoint& batch, Differences& total) {
  FloatExecutor executor;
  const std::vector<TokenIds> sequences = read_sequences(batch);
  const FloatMatrix hidden = transformer.run(sequences, executor);
  const auto add = [&](double& worst, const FloatMatrix& ours, const char* name) {
    worst = std::max(worst, largest_difference(ours, batch.at(name).floats()));
  };
  add(total.hidden, hidden, "hidden");
  add(total.pooled, mean_pooled(hidden, sequences), "pooled");
  if (transformer.config().is_causal()) add(total.logits, transformer.logits(hidden), "logits");
  ++total.batches;
}

int compare(const std::filesystem::path& model, const std::filesystem::path& reference) {
  const std::string config_path = model / "config.json";
  const TransformerConfig config = parse_transformer_config(
      read_text_file(config_path, kMaxTransformerConfigBytes), config_path);
  const Transformer transformer{config, open_checkpoint(model / "model.safetensors")};
  Differences total;
  for (const auto& entry : std::filesystem::directory_iterator{reference}) {
    if (!entry.path().filename().string().starts_with("batch")) continue;
    compare_batch(transformer, open_checkpoint(entry.path()), total);
  }
  const double worst = std::max({total.hidden, total.pooled, total.logits});
  const bool is_good = total.batches > 0 && worst <= kTolerance;
  fmt::print("{} {}: {} batches, largest difference of hidden states {:.1e}, of embeddings {:.1e}",
             is_good ? "ok  " : "FAIL", model.filename().string(), total.batches, total.hidden,
             total.pooled);
  fmt::print("{}\n", config.is_causal() ? fmt::format(", of scores {:.1e}", total.logits) : "");
  return is_good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: compare_with_reference MODEL_DIR REFERENCE_DIR\n");
    return 2;
  }
  try {
    return compare(argv[1], argv[2]);
  } catch (const UserError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
