#include "coset/train/display.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

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
