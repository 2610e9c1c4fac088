#include "coset/train/display.h"

#include <algorithm>
#include <cmath>

#include <unistd.h>

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
  if (!terminal_ || seconds_since(drawn_) < 0.1) return;
  drawn_ = Clock::now();
  constexpr int width = 24;
  const double fraction =
      std::min(1.0, static_cast<double>(progress.step) / static_cast<double>(epochs_ * steps_per_epoch_));
  const int filled = static_cast<int>(fraction * width);
  const std::string bar =
      std::string(static_cast<std::size_t>(filled), '#') + std::string(static_cast<std::size_t>(width - filled), '.');
  std::fprintf(out_, "\r\033[K  [%s] %3.0f %%  epoch %lld/%lld  loss %.4g  %.1f steps/s  %s left", bar.c_str(),
               100.0 * fraction, static_cast<long long>(std::min(progress.epoch + 1, epochs_)),
               static_cast<long long>(epochs_), loss, rate(progress), time_left(progress).c_str());
  std::fflush(out_);
  bar_shown_ = true;
}

void Display::evaluation(const Progress& progress, double train_loss, const Metrics& validation, const Metrics& test,
                         bool best) {
  if (out_ == nullptr) return;
  clear_bar();
  const bool test_begins = !test_shown_ && !test.empty();
  test_shown_ = test_shown_ || test_begins;
  // An empty column has no width.
  const auto column = [&](const std::string& text) { return test_shown_ ? right(text, 15) : std::string(); };
  if (!header_shown_ || test_begins) {
    const std::string name = validation.empty() ? "" : validation.front().first;
    const std::string test_name = column("test " + name);
    std::fprintf(out_, "%9s %9s %12s %14s %s %9s %9s\n", "epoch", "step", "train loss", ("val " + name).c_str(),
                 test_name.c_str(), "steps/s", "left");
    header_shown_ = true;
  }
  const std::string epoch = std::to_string(progress.epoch) + "/" + std::to_string(epochs_);
  std::fprintf(out_, "%9s %9lld %12.6g %14s%c%s %9.1f %9s\n", epoch.c_str(), static_cast<long long>(progress.step),
               train_loss, first_value(validation).c_str(), best ? '*' : ' ', column(first_value(test)).c_str(),
               rate(progress), time_left(progress).c_str());
  std::fflush(out_);
}

void Display::note(const std::string& text) {
  if (out_ == nullptr) return;
  clear_bar();
  std::fprintf(out_, "%s\n", text.c_str());
  std::fflush(out_);
}

}  // namespace coset::train
