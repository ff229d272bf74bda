// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/cosim/liberty_syntax.h"

#include <fmt/format.h>

#include <cctype>

#include "models/base/error.h"

namespace olivine {
namespace {

struct Token {
  enum class Kind : uint8_t { Word, String, Mark, End };
  Kind kind = Kind::End;
  std::string text;  // a mark is one character
  int line = 1;

  [[nodiscard]] bool is(char mark) const { return kind == Kind::Mark && text[0] == mark; }
  [[nodiscard]] bool is_value() const { return kind == Kind::Word || kind == Kind::String; }
};

constexpr std::string_view kMarks = "(){}:;,";

class Lexer {
 public:
  Lexer(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  Token next() {
    skip_blanks();
    if (at_ == text_.size()) return {Token::Kind::End, "the end of the file", line_};
    const char c = text_[at_];
    if (c == '"') return string();
    if (kMarks.find(c) != std::string_view::npos) {
      ++at_;
      return {Token::Kind::Mark, std::string(1, c), line_};
    }
    return word();
  }

  [[noreturn]] void fail(int line, const std::string& problem) const {
    throw ConfigError{fmt::format("{}:{}: {}", source_, line, problem)};
  }

 private:
  [[nodiscard]] bool starts(std::string_view prefix) const {
    return text_.substr(at_, prefix.size()) == prefix;
  }

  // Blanks, comments, and the backslashes that continue a line.
  void skip_blanks() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (starts("/*")) {
        skip_comment();
      } else if (starts("//")) {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == '\\') {
        advance();
      } else {
        return;
      }
    }
  }

  void skip_comment() {
    const int line = line_;
    const size_t end = text_.find("*/", at_ + 2);
    if (end == std::string_view::npos) fail(line, "this comment does not end");
    while (at_ < end + 2) advance();
  }

  void advance() {
    if (text_[at_] == '\n') ++line_;
    ++at_;
  }

  // A string goes on in the next line only after a backslash.
  Token string() {
    Token token{Token::Kind::String, {}, line_};
    bool is_continued = false;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; advance()) {
      const char c = text_[at_];
      if (c == '\n' && !is_continued) break;
      is_continued = c == '\\' || (is_continued && c != '\n');
      if (c != '\\' && c != '\n') token.text += c;
    }
    if (at_ == text_.size() || text_[at_] != '"') fail(token.line, "this string does not end");
    ++at_;
    return token;
  }

  Token word() {
    Token token{Token::Kind::Word, {}, line_};
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool is_mark = kMarks.find(c) != std::string_view::npos || c == '"' || c == '\\';
      if (is_mark || std::isspace(static_cast<unsigned char>(c)) != 0) break;
      token.text += c;
      ++at_;
    }
    return token;
  }

  std::string_view text_;
  const std::string& source_;
  size_t at_ = 0;
  int line_ = 1;
};

class Parser {
 public:
  Parser(std::string_view text, const std::string& source) : lexer_(text, source) { take(); }

  LibertyGroup parse() {
    LibertyGroup file;  // stands for the file, holds its one group
    statement(file, 0);
    if (file.groups.size() != 1) lexer_.fail(1, "must be one group: library (name) { ... }");
    if (token_.kind != Token::Kind::End) lexer_.fail(token_.line, "text after the library");
    return std::move(file.groups.front());
  }

 private:
  void take() { token_ = lexer_.next(); }

  bool take_if(char mark) {
    if (!token_.is(mark)) return false;
    take();
    return true;
  }

  void expect(char mark) {
    if (take_if(mark)) return;
    lexer_.fail(token_.line, fmt::format("expected '{}', found '{}'", mark, token_.text));
  }

  // `name : value ;`, `name (values) ;` or `kind (arguments) { statements }` into `parent`.
  void statement(LibertyGroup& parent, int depth) {
    if (token_.kind != Token::Kind::Word) {
      lexer_.fail(token_.line, fmt::format("expected a name, found '{}'", token_.text));
    }
    const Token name = token_;
    take();
    if (take_if(':')) {
      parent.attributes.push_back({name.text, {simple_value(name.line)}, name.line});
      return;
    }
    expect('(');
    std::vector<std::string> values = list();
    if (token_.is('{')) {
      parent.groups.push_back({name.text, std::move(values), name.line, {}, {}});
      body(parent.groups.back(), depth + 1);
      return;
    }
    take_if(';');
    parent.attributes.push_back({name.text, std::move(values), name.line});
  }

  void body(LibertyGroup& group, int depth) {
    if (depth > kMaxLibertyDepth) {
      lexer_.fail(token_.line, fmt::format("groups are nested deeper than {}", kMaxLibertyDepth));
    }
    expect('{');
    while (!token_.is('}')) {
      if (token_.kind == Token::Kind::End) {
        lexer_.fail(group.line, fmt::format("{} {{ is never closed", group.kind));
      }
      statement(group, depth);
    }
    take();
    take_if(';');
  }

  // Up to the semicolon; some files leave it out, then to the end of the line.
  std::string simple_value(int line) {
    std::string value;
    while (token_.line == line && token_.is_value()) {
      value += (value.empty() ? "" : " ") + token_.text;
      take();
    }
    if (!take_if(';') && token_.line == line && !token_.is('}')) {
      lexer_.fail(line, fmt::format("expected ';', found '{}'", token_.text));
    }
    return value;
  }

  std::vector<std::string> list() {
    std::vector<std::string> values;
    while (!take_if(')')) {
      if (take_if(',')) continue;
      if (!token_.is_value()) {
        lexer_.fail(token_.line, fmt::format("expected ')', found '{}'", token_.text));
      }
      values.push_back(token_.text);
      take();
    }
    return values;
  }

  Lexer lexer_;
  Token token_;
};

}  // namespace

const LibertyAttribute* LibertyGroup::find(std::string_view name) const {
  for (const LibertyAttribute& attribute : attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

std::string_view LibertyGroup::text(std::string_view name) const {
  const LibertyAttribute* attribute = find(name);
  if (attribute == nullptr || attribute->values.empty()) return {};
  return attribute->values.front();
}

LibertyGroup parse_liberty_syntax(std::string_view text, const std::string& source) {
  return Parser{text, source}.parse();
}

}  // namespace olivine
