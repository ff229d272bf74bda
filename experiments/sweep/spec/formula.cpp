// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/spec/formula.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "experiments/sweep/spec/formula_node.h"
#include "experiments/sweep/spec/formula_number.h"
#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::sweep {
namespace {

using Node = Formula::Node;

constexpr size_t kMaxLength = 1000;
constexpr int kMaxDepth = 50;

struct Symbol {
  std::string_view text;
  FormulaOp op;
};
// Longer ones first: "<=" begins with "<".
constexpr std::array kComparisons = {
    Symbol{"==", FormulaOp::Equal},     Symbol{"!=", FormulaOp::NotEqual},
    Symbol{"<=", FormulaOp::LessEqual}, Symbol{">=", FormulaOp::GreaterEqual},
    Symbol{"<", FormulaOp::Less},       Symbol{">", FormulaOp::Greater}};
constexpr std::array kSums = {Symbol{"+", FormulaOp::Add}, Symbol{"-", FormulaOp::Subtract}};
constexpr std::array kProducts = {Symbol{"*", FormulaOp::Multiply}, Symbol{"/", FormulaOp::Divide},
                                  Symbol{"%", FormulaOp::Remainder}};

struct Function {
  std::string_view name;
  FormulaOp op;
  bool takes_several;  // two or more, else exactly one
};
constexpr std::array kFunctions = {
    Function{"min", FormulaOp::Min, true},      Function{"max", FormulaOp::Max, true},
    Function{"sqrt", FormulaOp::Sqrt, false},   Function{"log2", FormulaOp::Log2, false},
    Function{"floor", FormulaOp::Floor, false}, Function{"ceil", FormulaOp::Ceil, false},
    Function{"abs", FormulaOp::Abs, false}};

// What people of other languages write.
struct Hint {
  std::string_view written;
  std::string_view meant;
};
constexpr std::array kHints = {Hint{"=", "=="}, Hint{"&", "and"}, Hint{"|", "or"},
                               Hint{"!", "not"}};

// Recursive descent, one function a level of precedence. The first problem is thrown.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Node run() {
    if (text_.size() > kMaxLength) {
      throw ConfigError{fmt::format("a formula of {} characters: must have at most {}",
                                    text_.size(), kMaxLength)};
    }
    Node root = disjunction();
    if (!is_at_end()) fail_unexpected();
    return root;
  }

  std::vector<std::string> take_names() { return std::move(names_); }

 private:
  [[noreturn]] void fail(std::string_view problem) const {
    throw ConfigError{fmt::format("'{}': {}", text_, problem)};
  }

  [[noreturn]] void fail_unexpected() const {
    const std::string_view rest = text_.substr(at_);
    for (const Hint& hint : kHints) {
      if (!rest.starts_with(hint.written)) continue;
      fail(fmt::format("unexpected '{}'; did you mean '{}'?", rest, hint.meant));
    }
    fail(fmt::format("unexpected '{}'", rest));
  }

  bool is_at_end() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) {
      ++at_;
    }
    return at_ >= text_.size();
  }
  [[nodiscard]] char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool accept(std::string_view symbol) {
    if (is_at_end() || !text_.substr(at_).starts_with(symbol)) return false;
    at_ += symbol.size();
    return true;
  }
  bool accept_word(std::string_view word) {
    if (is_at_end() || !text_.substr(at_).starts_with(word)) return false;
    if (is_name_part(peek(word.size()))) return false;
    at_ += word.size();
    return true;
  }
  template <size_t kSize>
  const Symbol* accept_any(const std::array<Symbol, kSize>& symbols) {
    const auto* found =
        std::ranges::find_if(symbols, [this](const Symbol& symbol) { return accept(symbol.text); });
    return found == symbols.end() ? nullptr : found;
  }

  static Node combine(FormulaOp op, Node left, Node right) {
    Node node{.op = op};
    node.operands.push_back(std::move(left));
    node.operands.push_back(std::move(right));
    return node;
  }
  static Node apply(FormulaOp op, Node operand) {
    Node node{.op = op};
    node.operands.push_back(std::move(operand));
    return node;
  }

  // Parses one level deeper: parentheses, arguments, operands of `not` and unary minus.
  template <class Parse>
  Node nested(Parse parse) {
    if (++depth_ > kMaxDepth) fail(fmt::format("nested deeper than {} levels", kMaxDepth));
    Node node = parse();
    --depth_;
    return node;
  }

  Node disjunction() {
    Node left = conjunction();
    while (accept_word("or")) left = combine(FormulaOp::Or, std::move(left), conjunction());
    return left;
  }

  Node conjunction() {
    Node left = negation();
    while (accept_word("and")) left = combine(FormulaOp::And, std::move(left), negation());
    return left;
  }

  Node negation() {
    if (!accept_word("not")) return comparison();
    return apply(FormulaOp::Not, nested([this] { return negation(); }));
  }

  Node comparison() {
    Node left = sum();
    const Symbol* symbol = accept_any(kComparisons);
    if (symbol == nullptr) return left;
    Node node = combine(symbol->op, std::move(left), sum());
    // 1 < 3 < 2 would hold: (1 < 3) is 1.
    if (accept_any(kComparisons) != nullptr) fail("comparisons do not chain; join them by 'and'");
    return node;
  }

  Node sum() {
    Node left = product();
    while (const Symbol* symbol = accept_any(kSums)) {
      left = combine(symbol->op, std::move(left), product());
    }
    return left;
  }

  Node product() {
    Node left = signed_value();
    while (const Symbol* symbol = accept_any(kProducts)) {
      left = combine(symbol->op, std::move(left), signed_value());
    }
    return left;
  }

  Node signed_value() {
    if (!accept("-")) return value();
    return apply(FormulaOp::Negate, nested([this] { return signed_value(); }));
  }

  Node value() {
    if (is_at_end()) fail("ends where a value is needed");
    if (is_digit(peek())) return number();
    if (is_letter(peek())) return word();
    if (peek() == '"' || peek() == '\'') return quoted();
    if (!accept("(")) fail_unexpected();
    Node node = nested([this] { return disjunction(); });
    if (!accept(")")) fail_closing();
    return node;
  }

  [[noreturn]] void fail_closing() {
    if (is_at_end()) fail("')' is missing");
    fail_unexpected();
  }

  Node number() {
    const NumberLiteral literal = read_number(text_.substr(at_));
    if (!literal.problem.empty()) fail(literal.problem);
    at_ += literal.length;
    return {.literal = literal.value};
  }

  Node quoted() {
    const char quote = peek();
    const size_t begin = at_ + 1;
    const size_t end = text_.find(quote, begin);
    if (end == std::string_view::npos) fail(fmt::format("the closing {} is missing", quote));
    at_ = end + 1;
    return {.literal = std::string{text_.substr(begin, end - begin)}};
  }

  // A name, a function, or true and false, which parameters have as texts.
  Node word() {
    const size_t begin = at_;
    while (is_name_part(peek())) ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    if (accept("(")) return call(name);
    if (name == "true" || name == "false") return {.literal = std::string{name}};
    if (name == "and" || name == "or" || name == "not") {
      at_ = begin;
      fail_unexpected();
    }
    const auto known = std::ranges::find(names_, name);
    const auto position = static_cast<size_t>(known - names_.begin());
    if (known == names_.end()) names_.emplace_back(name);
    return {.op = FormulaOp::Name, .name = position};
  }

  Node call(std::string_view name) {
    const auto* function = std::ranges::find(kFunctions, name, &Function::name);
    if (function == kFunctions.end()) fail_on_function(name);
    Node node{.op = function->op};
    do {
      node.operands.push_back(nested([this] { return disjunction(); }));
    } while (accept(","));
    if (!accept(")")) fail_closing();
    const size_t count = node.operands.size();
    if (function->takes_several ? count < 2 : count != 1) {
      fail(fmt::format("{}() of {}: must have {}", name, count,
                       function->takes_several ? "two arguments or more" : "one argument"));
    }
    return node;
  }

  [[noreturn]] void fail_on_function(std::string_view name) const {
    std::vector<std::string> known;
    known.reserve(kFunctions.size());
    for (const Function& function : kFunctions) known.emplace_back(function.name);
    fail(fmt::format("unknown function '{}'{}", name, suggestion(name, known)));
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  std::vector<std::string> names_;
};

}  // namespace

Formula Formula::parse(std::string_view text) {
  text = trim(text);
  Parser parser{text};
  Formula formula;
  formula.root_ = std::make_shared<const Node>(parser.run());
  formula.names_ = parser.take_names();
  formula.text_ = text;
  return formula;
}

}  // namespace olivine::sweep
