// Opens the page in headless Chromium: no script error, and every canvas has ink on it.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include "coset/io/atomic_write.h"
#include "coset/report/page.h"
#include "tests/io/scratch.h"
#include "tests/report/example_run.h"

namespace coset::report {
namespace {

class Browser : public io::Scratch {};

/// Runs before everything else on the page and counts what goes wrong.
constexpr const char* kWatch = R"(<script>
  window.faults = [];
  addEventListener('error', (event) => faults.push(String(event.message)));
  addEventListener('securitypolicyviolation', (event) => faults.push(event.violatedDirective));
  console.error = (...words) => faults.push(words.join(' '));
</script>)";

/// Runs at the end: turns the view, steps to the next trajectory, and counts the painted pixels of each canvas.
constexpr const char* kInspect = R"(<script>
  const ink = (canvas) => {
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let painted = 0;
    for (let i = 3; i < pixels.length; i += 4) painted += pixels[i] > 0;
    return painted;
  };
  setTimeout(() => {
    document.getElementById('next')?.click();
    document.getElementById('stage')?.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowLeft'}));
    const time = document.getElementById('time');
    if (time) { time.value = 300; time.dispatchEvent(new Event('input')); }
    const report = document.createElement('output');
    report.id = 'inspection';
    report.textContent = [...document.querySelectorAll('canvas')].map(ink).join(' ') + ' ; ' + faults.join(' | ') + ' ;';
    document.body.append(report);
  }, 500);
</script>)";

std::string chromium() {
  for (const char* program : {"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"})
    if (std::filesystem::exists(program)) return program;
  return "";
}

/// The page's document after its scripts ran.
std::string document(const std::string& file, const std::string& profile) {
  const std::string command =
      chromium() + " --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir=" + profile +
      " --window-size=1200,2400 --virtual-time-budget=4000 --dump-dom file://" + file + " 2>/dev/null";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string text;
  std::array<char, 65536> buffer{};
  for (std::size_t count = 0; pipe != nullptr && (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    text.append(buffer.data(), count);
  if (pipe != nullptr) ::pclose(pipe);
  return text;
}

/// "pixels pixels ... ; faults ;" of the page with `addition` at the end of its body.
std::string inspected(std::string html, const std::string& addition, const std::string& folder) {
  html.insert(html.find("<head>") + 6, kWatch);
  html.insert(html.rfind("</body>"), addition + kInspect);
  io::atomic_write(folder + "/inspect.html", html);
  const std::string text = document(folder + "/inspect.html", folder + "/profile");
  const std::string opening = "<output id=\"inspection\">";
  const std::size_t begin = text.find(opening);
  if (begin == std::string::npos) return "the page did not run to its end";
  return text.substr(begin + opening.size(), text.find('<', begin + 1) - begin - opening.size());
}

TEST_F(Browser, DrawsEveryCanvasWithoutAnError) {
  if (chromium().empty()) GTEST_SKIP() << "Chromium is not installed; the page was not opened";
  write_example_run(path("run"));
  const std::string result = inspected(page(path("run")), "", path("run"));
  std::istringstream words(result);
  for (int canvas = 0; canvas < 4; ++canvas) {  // error, learning rate, gradient norm, motion
    long painted = 0;
    EXPECT_TRUE(words >> painted && painted > 2000) << result;
  }
  EXPECT_TRUE(result.ends_with(" ;  ;")) << result;
}

TEST_F(Browser, NoticesAFaultAndAnEmptyCanvas) {
  if (chromium().empty()) GTEST_SKIP() << "Chromium is not installed; the page was not opened";
  std::filesystem::create_directories(path("run"));
  const std::string result = inspected(page(path("run")), "<canvas></canvas><script>nonsense();</script>", path("run"));
  EXPECT_TRUE(result.starts_with("0 ;")) << result;
  EXPECT_NE(result.find("nonsense"), std::string::npos) << result;
}

TEST_F(Browser, OpensAPageWithNothingOnIt) {
  if (chromium().empty()) GTEST_SKIP() << "Chromium is not installed; the page was not opened";
  std::filesystem::create_directories(path("run"));
  EXPECT_EQ(inspected(page(path("run")), "", path("run")), " ;  ;");
}

}  // namespace
}  // namespace coset::report
