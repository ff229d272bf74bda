// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/view_player.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/cli/interrupt.h"
#include "experiments/view/canvas.h"
#include "models/base/text.h"

namespace olivine::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kResizeMs = 200;  // how soon a paused picture follows the size of the terminal
constexpr double kSpeedStep = 1.5;
constexpr double kMinFps = 0.1;
constexpr double kMaxFps = 60;

enum class Key : uint8_t { None, Pause, Next, Previous, First, Last, Faster, Slower, Quit };

struct KeyText {
  std::string_view text;
  Key key;
};

constexpr std::array kKeys = {KeyText{" ", Key::Pause},         KeyText{"\033[C", Key::Next},
                              KeyText{"\033OC", Key::Next},     KeyText{"l", Key::Next},
                              KeyText{"\033[D", Key::Previous}, KeyText{"\033OD", Key::Previous},
                              KeyText{"h", Key::Previous},      KeyText{"\033[H", Key::First},
                              KeyText{"\033OH", Key::First},    KeyText{"\033[1~", Key::First},
                              KeyText{"\033[F", Key::Last},     KeyText{"\033OF", Key::Last},
                              KeyText{"\033[4~", Key::Last},    KeyText{"+", Key::Faster},
                              KeyText{"=", Key::Faster},        KeyText{"-", Key::Slower},
                              KeyText{"q", Key::Quit},          KeyText{"\033", Key::Quit}};

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written <= 0) return;  // the terminal has gone
    text.remove_prefix(static_cast<size_t>(written));
  }
}

// A second screen, no cursor, keys at once; all undone at the end, whatever the end is.
class Screen {
 public:
  Screen() {
    has_keys_ = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &before_) == 0;
    restore_terminal_when_interrupted(true, has_keys_ ? &before_ : nullptr);
    if (has_keys_) {
      termios raw = before_;
      raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
      raw.c_cc[VMIN] = 0;
      raw.c_cc[VTIME] = 0;
      raw.c_cc[VSUSP] = _POSIX_VDISABLE;  // a stopped program would leave the shell in this state
      tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    }
    write_all(kEnterScreen);
  }
  ~Screen() {
    write_all(kLeaveScreen);
    if (has_keys_) tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
    restore_terminal_when_interrupted(false, nullptr);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  [[nodiscard]] bool has_keys() const { return has_keys_; }

  // Waits until a key comes or the time is over; nothing when stdin has been closed.
  [[nodiscard]] std::optional<Key> wait(std::chrono::milliseconds most) const {
    pollfd keys{STDIN_FILENO, POLLIN, 0};
    const int ready = poll(&keys, has_keys_ ? 1 : 0, static_cast<int>(most.count()));
    if (ready <= 0) return Key::None;
    std::array<char, 8> bytes{};
    const ssize_t count = read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count <= 0) return std::nullopt;
    const std::string_view text{bytes.data(), static_cast<size_t>(count)};
    for (const KeyText& entry : kKeys) {
      if (text == entry.text) return entry.key;
    }
    return Key::None;
  }

 private:
  bool has_keys_ = false;
  termios before_{};
};

struct TerminalSize {
  int64_t width = 80;
  int64_t height = 24;
  bool operator==(const TerminalSize&) const = default;
};

TerminalSize terminal_size() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {};
  return {size.ws_col, size.ws_row};
}

// Without the empty one after the last line break.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  lines.pop_back();
  return lines;
}

// Draws the picture over the one before.
class Player {
 public:
  Player(const view::Recording& recording, CycleRange cycles, double fps, view::TextOptions options)
      : recording_(recording), cycles_(cycles), fps_(fps), options_(options) {}

  void run() {
    draw();
    for (bool is_over = false; !is_over;) {
      const std::optional<Key> key = screen_.wait(time_left());
      is_over = !key || !press(*key) || (*key == Key::None && !advance());
    }
  }

 private:
  // False: quit.
  bool press(Key key);
  // The next frame if it is due; false after the last one where no key could go back.
  bool advance();
  void show(int64_t cycle);
  void draw();
  [[nodiscard]] std::chrono::milliseconds frame_time() const {
    return std::chrono::milliseconds{static_cast<int64_t>(1000 / fps_)};
  }
  [[nodiscard]] std::chrono::milliseconds time_left() const {
    using std::chrono::milliseconds;
    if (is_paused_) return milliseconds{kResizeMs};
    const auto left = std::chrono::ceil<milliseconds>(drawn_at_ + frame_time() - Clock::now());
    return std::clamp(left, milliseconds{0}, milliseconds{kResizeMs});
  }

  const view::Recording& recording_;
  CycleRange cycles_;
  double fps_;
  view::TextOptions options_;
  Screen screen_;
  int64_t cycle_ = cycles_.first;
  bool is_paused_ = false;
  TerminalSize size_;
  Clock::time_point drawn_at_;
};

bool Player::press(Key key) {
  switch (key) {
    case Key::None:
      return true;
    case Key::Pause:
      is_paused_ = !is_paused_;
      if (!is_paused_ && cycle_ == cycles_.last) cycle_ = cycles_.first;
      draw();
      return true;
    case Key::Next:
    case Key::Previous:
      is_paused_ = true;
      show(cycle_ + (key == Key::Next ? 1 : -1));
      return true;
    case Key::First:
    case Key::Last:
      is_paused_ = true;
      show(key == Key::First ? cycles_.first : cycles_.last);
      return true;
    case Key::Faster:
    case Key::Slower:
      fps_ =
          std::clamp(key == Key::Faster ? fps_ * kSpeedStep : fps_ / kSpeedStep, kMinFps, kMaxFps);
      draw();
      return true;
    case Key::Quit:
      return false;
  }
  return false;
}

bool Player::advance() {
  if (terminal_size() != size_) draw();
  if (is_paused_ || Clock::now() < drawn_at_ + frame_time()) return true;
  if (cycle_ == cycles_.last) {
    is_paused_ = true;
    draw();
    return screen_.has_keys();
  }
  show(cycle_ + 1);
  return true;
}

void Player::show(int64_t cycle) {
  cycle_ = std::clamp(cycle, cycles_.first, cycles_.last);
  drawn_at_ = Clock::now();
  draw();
}

void Player::draw() {
  size_ = terminal_size();
  if (drawn_at_ == Clock::time_point{}) drawn_at_ = Clock::now();
  options_.width = size_.width;
  options_.height = size_.height - 1;  // the line of keys
  std::vector<std::string> lines = lines_of(
      view::frame_text(recording_, recording_.frames[static_cast<size_t>(cycle_)], options_));
  const std::vector<std::string> heading = lines_of(view::heading_text(recording_, options_));
  const int64_t spare = options_.height - static_cast<int64_t>(lines.size());
  if (spare >= static_cast<int64_t>(heading.size())) {
    lines.insert(lines.begin(), heading.begin(), heading.end());
  } else if (spare > 0) {
    lines.push_back(heading.back());  // how to read it
  }
  std::string page = "\033[H";
  const auto shown = std::min<size_t>(lines.size(), static_cast<size_t>(options_.height));
  for (size_t i = 0; i < shown; ++i) page += lines[i] + "\033[K\r\n";
  const std::string keys =
      fmt::format("space {}  {} step  Home End  + - speed ({:.2g}/s)  q quit",
                  is_paused_ ? "plays" : "pauses", options_.is_ascii ? "<- ->" : "← →", fps_);
  view::Canvas line{size_.width};  // cuts it
  line.put(0, 0, keys);
  page += std::string{trim(line.render(false, false))} + "\033[K\033[J";
  write_all(page);
}

}  // namespace

bool can_play() {
  const char* terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && terminal != nullptr && std::string_view{terminal} != "dumb";
}

void play(const view::Recording& recording, CycleRange cycles, double fps,
          view::TextOptions options) {
  Player{recording, cycles, fps, options}.run();
}

}  // namespace olivine::cli
