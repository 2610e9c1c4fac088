#include "coset/train/display.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

namespace coset::train {
namespace {

/// What a display writes into a file, which is no terminal: rows and notes, no bar.
class Screen {
 public:
  Screen() : file_(std::tmpfile(), &std::fclose) {}
  std::FILE* file() const { return file_.get(); }
  std::string text() const {
    std::rewind(file_.get());
    std::string all;
    for (int c = std::fgetc(file_.get()); c != EOF; c = std::fgetc(file_.get())) all += static_cast<char>(c);
    return all;
  }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

std::string line(const std::string& text, int number) {
  std::size_t start = 0;
  for (int n = 0; n < number; ++n) start = text.find('\n', start) + 1;
  return text.substr(start, text.find('\n', start) - start);
}

Progress after(std::int64_t epoch) {
  Progress progress;
  progress.epoch = epoch;
  progress.step = 10 * epoch;
  return progress;
}

TEST(Display, ColumnsStandBelowTheirNames) {
  const Screen screen;
  Display display(screen.file(), 3, 10, 0, 0.0);
  display.evaluation(after(1), 0.5, {{"mse", 0.25}}, {{"mse", 0.125}}, true);
  display.evaluation(after(2), 0.5, {{"mse", 0.75}}, {}, false);
  const std::string text = screen.text();
  const auto end_of = [&](int row, const std::string& word) { return line(text, row).find(word) + word.size(); };
  EXPECT_EQ(end_of(0, "val mse"), end_of(1, "0.25"));
  EXPECT_EQ(end_of(0, "test mse"), end_of(1, "0.125"));
  EXPECT_EQ(end_of(0, "val mse"), end_of(2, "0.75"));
  EXPECT_NE(line(text, 1).find("0.25*"), std::string::npos);
  EXPECT_EQ(line(text, 0).size(), line(text, 1).size());
  EXPECT_EQ(line(text, 0).size(), line(text, 2).size());
}

TEST(Display, NoColumnForATestThatIsNotMeasured) {
  const Screen screen;
  Display display(screen.file(), 3, 10, 0, 0.0);
  display.evaluation(after(1), 0.5, {{"error", 0.25}}, {}, true);
  EXPECT_EQ(screen.text().find("test"), std::string::npos);
  EXPECT_EQ(line(screen.text(), 0).size(), line(screen.text(), 1).size());
  // A resumed run may meet its first new best, and with it the test, late.
  display.evaluation(after(2), 0.5, {{"error", 0.125}}, {{"error", 0.5}}, true);
  EXPECT_NE(line(screen.text(), 2).find("test error"), std::string::npos);
  EXPECT_EQ(line(screen.text(), 2).size(), line(screen.text(), 3).size());
}

/// A terminal of some width, as the display sees one; what is written comes out at the other end.
class Terminal {
 public:
  explicit Terminal(unsigned short columns) {
    winsize size{24, columns, 0, 0};
    EXPECT_EQ(openpty(&master_, &slave_, nullptr, nullptr, &size), 0);
    file_ = fdopen(slave_, "w");
  }
  ~Terminal() {
    std::fclose(file_);
    close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  std::FILE* file() const { return file_; }
  std::string text() const {
    std::string all(1 << 16, '\0');
    std::fflush(file_);
    const ssize_t count = read(master_, all.data(), all.size());
    return all.substr(0, static_cast<std::size_t>(std::max<ssize_t>(0, count)));
  }

 private:
  int master_ = -1, slave_ = -1;
  std::FILE* file_ = nullptr;
};

/// The longest stretch between ends and beginnings of lines.
std::size_t longest(std::string text) {
  std::size_t most = 0, run = 0;
  for (std::size_t i = text.find("\033[K"); i != std::string::npos; i = text.find("\033[K")) text.erase(i, 3);
  for (const char c : text) run = c == '\r' || c == '\n' ? 0 : run + 1, most = std::max(most, run);
  return most;
}

TEST(Display, FitsTheTerminal) {
  for (const unsigned short columns : {120, 80, 60, 40, 20}) {
    const Terminal terminal(columns);
    Display display(terminal.file(), 1000, 30, 0, 0.0);
    std::this_thread::sleep_for(std::chrono::milliseconds(110));
    display.step(after(999), 0.012345678);
    display.evaluation(after(999), 0.012345678, {{"mse", 0.25}}, {{"mse", 0.125}}, true);
    const std::string text = terminal.text();
    EXPECT_NE(text.find("0.25*"), std::string::npos) << columns;
    EXPECT_EQ(text.find("999/1000 ") != std::string::npos, columns >= 60) << columns;
    EXPECT_LT(longest(text), columns);
    EXPECT_EQ(text.find("[####") != std::string::npos, columns >= 100) << columns;
    EXPECT_EQ(text.find("steps/s      left") != std::string::npos, columns >= 85) << columns;
  }
  EXPECT_GT(longest(std::string(90, 'x')), 80U);  // the measure can fail
}

TEST(Display, ADumbTerminalHasNoBar) {
  setenv("TERM", "dumb", 1);
  const Terminal terminal(80);
  Display display(terminal.file(), 10, 10, 0, 0.0);
  std::this_thread::sleep_for(std::chrono::milliseconds(110));
  display.step(after(5), 0.5);
  display.note("a name with \033[2J in it");
  unsetenv("TERM");
  EXPECT_EQ(terminal.text(), "a name with \\x1b[2J in it\r\n");
}

TEST(Display, SilentWithoutAFile) {
  Display display(nullptr, 3, 10, 0, 0.0);
  EXPECT_NO_THROW(display.step(after(1), 0.5));
  EXPECT_NO_THROW(display.evaluation(after(1), 0.5, {{"mse", 0.25}}, {}, true));
  EXPECT_NO_THROW(display.note("x"));
}

TEST(Display, Durations) {
  EXPECT_EQ(duration_text(-1.0), "0s");
  EXPECT_EQ(duration_text(59.4), "59s");
  EXPECT_EQ(duration_text(200.0), "3m 20s");
  EXPECT_EQ(duration_text(3720.0), "1h 02m");
}

}  // namespace
}  // namespace coset::train
