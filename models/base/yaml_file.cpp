// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/base/yaml_file.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <unordered_set>

#include "models/base/text.h"

namespace olivine {
namespace {

// yaml-cpp recurses once per nesting level; this bounds the depth before it sees the text. Every
// level costs at least one of these characters, so the bound also covers "- - - -" and "? ? ?".
void check_nesting(std::string_view text, const std::string& source) {
  constexpr int kMaxOpeners = 4 * kMaxYamlDepth;
  int flow_depth = 0;
  int line = 1;
  int openers_on_line = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      ++line;
      openers_on_line = 0;
    }
    if (c == '[' || c == '{') ++flow_depth;
    if (c == ']' || c == '}') flow_depth = std::max(0, flow_depth - 1);
    const bool is_block_opener = (c == '-' || c == '?') && i + 1 < text.size() &&
                                 (text[i + 1] == ' ' || text[i + 1] == '\t');
    if (is_block_opener) ++openers_on_line;
    if (flow_depth > kMaxOpeners || openers_on_line > kMaxOpeners) {
      throw ConfigError{
          fmt::format("{}:{}: nested deeper than {} levels", source, line, kMaxYamlDepth)};
    }
  }
}

// Builds the tree from parser events: no intermediate yaml-cpp node graph, and a place for
// every node.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::string source) : source_(std::move(source)) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    place_value(make(YamlNode::Kind::Null, mark), mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, "aliases"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_plain(mark, tag, anchor);
    YamlNode node = make(YamlNode::Kind::Scalar, mark);
    node.scalar = value;
    place_value(std::move(node), mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_plain(mark, tag, anchor);
    open(make(YamlNode::Kind::Sequence, mark), mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_plain(mark, tag, anchor);
    open(make(YamlNode::Kind::Map, mark), mark);
  }
  void OnMapEnd() override { close(); }

  // Throws every problem met on the way. Contract: called once.
  [[nodiscard]] YamlNode take_root() {
    problems_.throw_if_any();
    return std::move(root_);
  }

 private:
  struct Frame {
    YamlNode node;
    std::optional<std::string> pending_key;
    std::unordered_set<std::string> keys;  // of a map: find() on a long one would be quadratic
  };

  [[nodiscard]] std::string place_of(const YAML::Mark& mark) const {
    return fmt::format("{}:{}", source_, mark.line + 1);
  }
  [[nodiscard]] YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark) const {
    YamlNode node;
    node.kind = kind;
    node.place = place_of(mark);
    return node;
  }
  [[noreturn]] void refuse(const YAML::Mark& mark, std::string_view what) const {
    throw ConfigError{fmt::format("{}: YAML {} are not supported", place_of(mark), what)};
  }
  void check_plain(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) const {
    if (anchor != YAML::NullAnchor) refuse(mark, "anchors");
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "tags");
  }

  void open(YamlNode node, const YAML::Mark& mark) {
    if (stack_.size() >= static_cast<size_t>(kMaxYamlDepth)) {
      throw ConfigError{
          fmt::format("{}: nested deeper than {} levels", place_of(mark), kMaxYamlDepth)};
    }
    if (!stack_.empty() && stack_.back().node.kind == YamlNode::Kind::Map &&
        !stack_.back().pending_key) {
      throw ConfigError{fmt::format("{}: a key must be a plain word", place_of(mark))};
    }
    stack_.push_back({std::move(node), std::nullopt, {}});
  }

  void close() {
    YamlNode node = std::move(stack_.back().node);
    stack_.pop_back();
    attach(std::move(node));
  }

  void place_value(YamlNode node, const YAML::Mark& mark) {
    if (!stack_.empty() && stack_.back().node.kind == YamlNode::Kind::Map &&
        !stack_.back().pending_key) {
      Frame& frame = stack_.back();
      if (!frame.keys.insert(node.scalar).second) {
        problems_.add(fmt::format("{}: key '{}' appears twice", place_of(mark), node.scalar));
      }
      frame.pending_key = node.scalar;
      return;
    }
    attach(std::move(node));
  }

  void attach(YamlNode node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = stack_.back();
    if (frame.node.kind == YamlNode::Kind::Sequence) {
      frame.node.items.push_back(std::move(node));
    } else {
      frame.node.entries.push_back({std::move(*frame.pending_key), std::move(node)});
      frame.pending_key.reset();
    }
  }

  std::string source_;
  Problems problems_;
  YamlNode root_;
  std::vector<Frame> stack_;
};

void flatten_into(const YamlNode& map, const std::string& prefix, std::vector<FlatEntry>& out,
                  Problems& problems) {
  for (const auto& [name, value] : map.entries) {
    const std::string key = prefix.empty() ? name : fmt::format("{}.{}", prefix, name);
    switch (value.kind) {
      case YamlNode::Kind::Scalar:
        out.push_back({key, value.scalar, value.place});
        break;
      case YamlNode::Kind::Map:
        flatten_into(value, key, out, problems);
        break;
      case YamlNode::Kind::Null:
        problems.add(fmt::format("{}: {}: has no value", value.place, key));
        break;
      case YamlNode::Kind::Sequence:
        problems.add(fmt::format("{}: {}: must be one value, not a list", value.place, key));
        break;
    }
  }
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

YamlNode parse_yaml(std::string_view text, const std::string& source) {
  if (text.size() > kMaxYamlBytes) {
    throw ConfigError{fmt::format("{}: {} bytes: must be at most {}", source, text.size(),
                                  format_bytes(static_cast<int64_t>(kMaxYamlBytes)))};
  }
  check_nesting(text, source);
  std::istringstream stream{std::string{text}};
  TreeBuilder builder{source};
  try {
    YAML::Parser parser{stream};
    if (!parser.HandleNextDocument(builder)) {
      throw ConfigError{fmt::format("{}: empty document", source)};
    }
  } catch (const YAML::Exception& error) {
    throw ConfigError{
        fmt::format("{}:{}: {}", source, std::max(0, error.mark.line) + 1, error.msg)};
  }
  return builder.take_root();
}

std::string read_text_file(const std::filesystem::path& path, size_t max_bytes) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(path, code)) {
    throw ConfigError{fmt::format("{}: no such file", path.string())};
  }
  std::ifstream file{path, std::ios::binary};
  if (!file) throw ConfigError{fmt::format("{}: cannot be read", path.string())};
  const auto size = std::filesystem::file_size(path, code);
  if (code || size > max_bytes) {
    throw ConfigError{fmt::format("{}: {} bytes: must be at most {}", path.string(), size,
                                  format_bytes(static_cast<int64_t>(max_bytes)))};
  }
  std::string text(static_cast<size_t>(size), '\0');
  file.read(text.data(), static_cast<std::streamsize>(size));
  if (file.gcount() != static_cast<std::streamsize>(size)) {
    throw ConfigError{fmt::format("{}: cannot be read to its end", path.string())};
  }
  return text;
}

YamlNode load_yaml(const std::filesystem::path& path) {
  return parse_yaml(read_text_file(path, kMaxYamlBytes), path.string());
}

std::vector<FlatEntry> flatten(const YamlNode& map, Problems& problems) {
  std::vector<FlatEntry> entries;
  if (map.kind != YamlNode::Kind::Map) {
    problems.add(fmt::format("{}: must be a map of keys and values", map.place));
    return entries;
  }
  flatten_into(map, "", entries, problems);
  return entries;
}

}  // namespace olivine
