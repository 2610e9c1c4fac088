#include "coset/train/display.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

#include "coset/base/printable.h"

namespace coset::train {

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string first_value(const Metrics& metrics) {
  if (metrics.empty()) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", metrics.front().second);
  return text;
}

std::string right(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

/// Columns of the terminal at `out`; 80 where it does not say.
int terminal_width(std::FILE* out) {
  winsize size{};
  return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/// Takes `text` as far as it fits on one line of the terminal, whose last column wraps on some.
std::string fitting(const std::string& text, int width) {
  return text.substr(0, static_cast<std::size_t>(std::max(0, width - 1)));
}

std::string bar_text(double fraction) {
  constexpr int width = 24;
  const auto filled = static_cast<std::size_t>(fraction * width);
  return "[" + std::string(filled, '#') + std::string(width - filled, '.') + "] ";
}

/// A terminal can redraw a line, unless it says that it cannot.
bool redraws(std::FILE* out) {
  if (out == nullptr || isatty(fileno(out)) != 1) return false;
  const char* kind = std::getenv("TERM");
  return kind == nullptr || std::string_view(kind) != "dumb";
}

}  // namespace

std::string duration_text(double seconds) {
  const auto s = static_cast<long long>(std::clamp(std::round(seconds), 0.0, 1e9));
  char text[64];
  if (s >= 3600) {
    std::snprintf(text, sizeof text, "%lldh %02lldm", s / 3600, s / 60 % 60);
  } else if (s >= 60) {
    std::snprintf(text, sizeof text, "%lldm %02llds", s / 60, s % 60);
  } else {
    std::snprintf(text, sizeof text, "%llds", s);
  }
  return text;
}

Display::Display(std::FILE* out, std::int64_t epochs, std::int64_t steps_per_epoch, std::int64_t first_step,
                 double limit)
    : out_(out),
      bar_(redraws(out)),
      terminal_(out != nullptr && isatty(fileno(out)) == 1),
      epochs_(epochs),
      steps_per_epoch_(steps_per_epoch),
      first_step_(first_step),
      limit_(limit),
      started_(Clock::now()),
      drawn_(Clock::now()) {}

Display::~Display() {
  clear_bar();
}

/// Steps per second of this session, evaluations and checkpoints included.
double Display::rate(const Progress& progress) {
  const double seconds = seconds_since(started_);
  return seconds > 0.0 ? static_cast<double>(progress.step - first_step_) / seconds : 0.0;
}

std::string Display::time_left(const Progress& progress) {
  const double speed = rate(progress);
  if (!(speed > 0.0)) return "";
  double left = static_cast<double>(epochs_ * steps_per_epoch_ - progress.step) / speed;
  if (limit_ > 0.0) left = std::min(left, limit_ - progress.seconds);
  return duration_text(left);
}

void Display::clear_bar() {
  if (bar_shown_) std::fputs("\r\033[K", out_);
  bar_shown_ = false;
}

void Display::step(const Progress& progress, double loss) {
  if (!bar_ || seconds_since(drawn_) < 0.1) return;
  drawn_ = Clock::now();
  const double fraction =
      std::min(1.0, static_cast<double>(progress.step) / static_cast<double>(epochs_ * steps_per_epoch_));
  char numbers[160];
  std::snprintf(numbers, sizeof numbers, "%3.0f %%  epoch %lld/%lld  loss %.4g  %.1f steps/s  %s left",
                100.0 * fraction, static_cast<long long>(std::min(progress.epoch + 1, epochs_)),
                static_cast<long long>(epochs_), loss, rate(progress), time_left(progress).c_str());
  const int width = terminal_width(out_);
  std::string text = "  " + bar_text(fraction) + numbers;
  if (static_cast<int>(text.size()) >= width) text = std::string("  ") + numbers;
  std::fprintf(out_, "\r\033[K%s", fitting(text, width).c_str());
  std::fflush(out_);
  bar_shown_ = true;
}

/// The columns side by side; on a terminal only those that it has room for, the last of the list going first.
void Display::row(const std::vector<Column>& columns) {
  const auto room = static_cast<std::size_t>(terminal_ ? terminal_width(out_) - 1 : 1 << 20);
  const auto width_from = [&](std::size_t importance) {
    std::size_t sum = 0;
    for (const Column& c : columns) sum += c.importance >= importance ? c.width : 0;
    return sum;
  };
  std::size_t least = 0;  // columns of this importance and above stand
  while (least < 4 && width_from(least) > room) ++least;
  std::string line;
  for (const Column& c : columns)
    if (c.importance >= least) line += right(c.text, c.width);
  if (terminal_) line = fitting(line, static_cast<int>(room) + 1);
  std::fprintf(out_, "%s\n", line.c_str());
}

void Display::evaluation(const Progress& progress, double train_loss, const Metrics& validation, const Metrics& test,
                         bool best) {
  if (out_ == nullptr) return;
  clear_bar();
  const bool test_begins = !test_shown_ && !test.empty();
  test_shown_ = test_shown_ || test_begins;
  const std::size_t test_width = test_shown_ ? 15 : 0;  // an empty column has no width
  if (!header_shown_ || test_begins) {
    const std::string name = validation.empty() ? "" : validation.front().first;
    row({{"epoch", 9, 3},
         {"step", 10, 1},
         {"train loss", 13, 2},
         {"val " + name, 15, 4},
         {" ", 1, 4},
         {test_shown_ ? "test " + name : "", test_width, 3},
         {"steps/s", 10, 0},
         {"left", 10, 1}});
    header_shown_ = true;
  }
  char loss[32], speed[32];
  std::snprintf(loss, sizeof loss, "%.6g", train_loss);
  std::snprintf(speed, sizeof speed, "%.1f", rate(progress));
  row({{std::to_string(progress.epoch) + "/" + std::to_string(epochs_), 9, 3},
       {std::to_string(progress.step), 10, 1},
       {loss, 13, 2},
       {first_value(validation), 15, 4},
       {best ? "*" : " ", 1, 4},
       {test_shown_ ? first_value(test) : "", test_width, 3},
       {speed, 10, 0},
       {time_left(progress), 10, 1}});
  std::fflush(out_);
}

void Display::note(const std::string& text) {
  if (out_ == nullptr) return;
  clear_bar();
  std::fprintf(out_, "%s\n", printable(text).c_str());
  std::fflush(out_);
}

}  // namespace coset::train
