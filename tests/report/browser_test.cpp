// Opens the page in headless Chromium: no script error, and every canvas has ink on it.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "coset/io/atomic_write.h"
#include "coset/report/compare.h"
#include "coset/report/page.h"
#include "coset/report/pictures.h"
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

/// Runs at the end: turns the view, steps to the next trajectory, counts the painted pixels of each canvas, and compares
/// what is drawn with what is stored: points of the curves, heights of the bars, the scale of the view.
constexpr const char* kInspect = R"(<script>
  const ink = (canvas) => {
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let painted = 0;
    for (let i = 3; i < pixels.length; i += 4) painted += pixels[i] > 0;
    return painted;
  };
  const stored = (id) => JSON.parse(document.getElementById(id + '-data')?.textContent || '[]');
  // The largest difference between stored values and values read back from pixels, relative to the axis.
  const curvesOff = () => {
    let off = 0, points = 0;
    const curves = stored('curves');
    for (const canvas of document.querySelectorAll('.charts canvas')) {
      const chart = Chart.getChart(canvas);
      chart.data.datasets.forEach((set, i) => {
        const curve = curves.find((c) => set.label.endsWith(c.split + ' ' + ({mse: 'MSE', lr: 'learning rate'}[c.name] || c.name.replaceAll('_', ' ')))
                                         && set.label.startsWith(c.run || ''));
        chart.getDatasetMeta(i).data.forEach((element, k) => {
          points += 1;
          for (const [axis, list] of [['x', curve.x], ['y', curve.y]]) {
            const scale = chart.scales[axis];
            off = Math.max(off, Math.abs(element[axis] - scale.getPixelForValue(list[k])),
                           list[k] < scale.min || list[k] > scale.max ? 1e9 : 0);
          }
        });
      });
    }
    return off.toFixed(3) + ' ' + points;
  };
  // Bars: the stored error against the one that the bar's top and the ruled lines say, in decades.
  const barsOff = () => {
    let off = 0;
    for (const plot of document.querySelectorAll('.plot')) {
      const line = (k) => [...plot.querySelectorAll('u')].at(k);
      const value = (k) => Math.log10(Number(line(k).textContent));
      const top = (k) => line(k).getBoundingClientRect().top;
      for (const bar of plot.querySelectorAll('b')) {
        const at = bar.querySelector('i').getBoundingClientRect().top;
        const read = value(0) + (at - top(0)) / (top(-1) - top(0)) * (value(-1) - value(0));
        const error = Number(bar.dataset.error);
        if (error > 0) off = Math.max(off, Math.abs(read - Math.log10(error)));
      }
    }
    return off.toFixed(3);
  };
  const channels = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const luminance = (rgb) => rgb.slice(0, 3).map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const rgb = channels(getComputedStyle(e).backgroundColor);
      if (rgb.length === 3) return rgb;
    }
    return [255, 255, 255];
  };
  // The least contrast of any text on the page, and its element.
  const contrast = () => {
    let least = [99, ''];
    for (const element of document.querySelectorAll('main *')) {
      const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
      if (!own || !element.getClientRects().length) continue;
      const [a, b] = [luminance(channels(getComputedStyle(element).color)), luminance(ground(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < least[0]) least = [ratio, element.tagName + ' ' + element.textContent.slice(0, 20)];
    }
    return least[0].toFixed(2) + ' ' + least[1].replaceAll(';', ',');
  };
  setTimeout(() => {
    document.getElementById('next')?.click();
    document.getElementById('stage')?.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowLeft'}));
    const time = document.getElementById('time');
    if (time) { time.value = 300; time.dispatchEvent(new Event('input')); }
    document.getElementById('reset')?.click();
    const report = document.createElement('output');
    report.id = 'inspection';
    const facts = [
      [...document.querySelectorAll('canvas')].map(ink).join(' '), faults.join(' | '), curvesOff(), barsOff(), contrast(),
      document.documentElement.scrollWidth - innerWidth, matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
      (document.getElementById('moment')?.textContent || '') + ', ' + (document.getElementById('stage')?.dataset.scale || '')];
    report.textContent = facts.join(' ; ') + ' ;';
    document.body.append(report);
  }, 500);
</script>)";

/// How the page is opened.
struct Window {
  int width = 1200;
  bool dark = false;
};

std::string chromium() {
  for (const char* program : {"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"})
    if (std::filesystem::exists(program)) return program;
  return "";
}

/// The page's document after its scripts ran.
std::string document(const std::string& file, const std::string& profile, const Window& window) {
  const std::string command =
      chromium() + " --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir=" + profile +
      " --window-size=" + std::to_string(window.width) + ",2400" +
      (window.dark ? " --blink-settings=preferredColorScheme=0" : "") +
      " --virtual-time-budget=4000 --dump-dom file://" + file + " 2>/dev/null";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string text;
  std::array<char, 65536> buffer{};
  for (std::size_t count = 0; pipe != nullptr && (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    text.append(buffer.data(), count);
  if (pipe != nullptr) ::pclose(pipe);
  return text;
}

/// What kInspect found on the page with `addition` at the end of its body, fact by fact.
struct Facts {
  std::string ink, faults, curves, bars, contrast, overflow, scheme, view;
};

Facts inspected(std::string html, const std::string& addition, const std::string& folder, const Window& window = {}) {
  html.insert(html.find("<head>") + 6, kWatch);
  html.insert(html.rfind("</body>"), addition + kInspect);
  io::atomic_write(folder + "/inspect.html", html);
  const std::string text = document(folder + "/inspect.html", folder + "/profile", window);
  const std::string opening = "<output id=\"inspection\">";
  const std::size_t begin = text.find(opening);
  Facts facts;
  facts.faults = "the page did not run to its end";
  if (begin == std::string::npos) return facts;
  std::istringstream parts(text.substr(begin + opening.size(), text.find('<', begin + 1) - begin - opening.size()));
  for (std::string* fact : {&facts.ink, &facts.faults, &facts.curves, &facts.bars, &facts.contrast, &facts.overflow,
                            &facts.scheme, &facts.view}) {
    std::getline(parts, *fact, ';');
    while (!fact->empty() && fact->back() == ' ') fact->pop_back();
    while (!fact->empty() && fact->front() == ' ') fact->erase(0, 1);
  }
  return facts;
}

/// Everything a page can show.
void write_full_run(const std::string& folder) {
  write_example_run(folder);
  io::atomic_write(folder + "/run.json", kRun);
  io::atomic_write(folder + "/confusion.json", R"({"classes":["cat","dog"],"counts":[[30,10],[1,44]]})");
  std::string certificate = kCertificate;
  certificate.insert(
      certificate.size() - 1,
      R"(,"curves":[{"name":"degrees","caption":"Turned.","points":[[30,0.21],[45,0.18],[60,0.23],[90,3e-7],[135,0.4]]}])");
  io::atomic_write(folder + "/certificate.json", certificate);
  const Tile tile{6, 8, 1, std::vector<float>(48, 0.4F)};
  write_picture(folder, {.name = "filters",
                         .caption = "Filters",
                         .rows = {{{tile, tile}, Shade::grey, 1.0}},
                         .row_labels = {"channel 1"},
                         .column_labels = {"0°", "90°"}});
}

TEST_F(Browser, DrawsEveryCanvasWithoutAnError) {
  if (chromium().empty()) GTEST_SKIP() << "Chromium is not installed; the page was not opened";
  write_full_run(path("run"));
  const Facts facts = inspected(page(path("run")), "", path("run"));
  std::istringstream ink(facts.ink);
  for (int canvas = 0; canvas < 4; ++canvas) {  // loss, learning rate, gradient norm, motion
    long painted = 0;
    EXPECT_TRUE(ink >> painted && painted > 2000) << facts.ink;
  }
  EXPECT_EQ(facts.faults, "");
}

TEST_F(Browser, DrawsTheNumbersThatAreStored) {
  if (chromium().empty()) GTEST_SKIP() << "Chromium is not installed; the page was not opened";
  write_full_run(path("run"));
  const Facts facts = inspected(page(path("run")), "", path("run"));
  double off = 1e9;
  long points = 0;
  EXPECT_TRUE(std::istringstream(facts.curves) >> off >> points) << facts.curves;
  EXPECT_LT(off, 0.6) << "pixels";
  EXPECT_EQ(points, 3 * 60 + 12 + 6);
  EXPECT_LT(std::stod(facts.bars.empty() ? "9" : facts.bars), 0.06) << "decades";
  EXPECT_EQ(facts.view.substr(0, facts.view.find(',')), "frame 3 of 10");
}

TEST_F(Browser, OneEpochBeginsAtZero) {
  if (chromium().empty()) GTEST_SKIP() << "Chromium is not installed; the page was not opened";
  std::filesystem::create_directories(path("run"));
  io::atomic_write(path("run/metrics.jsonl"),
                   "{\"step\":1,\"epoch\":1,\"split\":\"train\",\"loss\":0.5}\n"
                   "{\"step\":1,\"epoch\":1,\"split\":\"validation\",\"error\":0.5}\n");
  const std::string probe =
      "<script>setTimeout(() => console.error([...document.querySelectorAll('.charts figure')].map((f) => "
      "f.querySelector('figcaption').textContent + ' ' + "
      "Chart.getChart(f.querySelector('canvas')).scales.x.min).join(', ')), "
      "100)</script>";
  EXPECT_EQ(inspected(page(path("run")), probe, path("run")).faults, "loss 0, error 0");
}

TEST_F(Browser, EveryTextIsReadableInEveryWindow) {
  if (chromium().empty()) GTEST_SKIP() << "Chromium is not installed; the page was not opened";
  write_full_run(path("run"));
  write_full_run(path("other"));
  const std::vector<std::string> runs{path("run"), path("other")};
  for (const std::string& html : {page(path("run")), compare(runs)})
    for (const Window window : {Window{1200, false}, Window{1200, true}, Window{500, false}}) {
      const Facts facts = inspected(html, "", path("run"), window);
      EXPECT_GE(std::stod(facts.contrast.empty() ? "0" : facts.contrast), 4.5) << facts.contrast;
      EXPECT_LE(std::stod(facts.overflow.empty() ? "9" : facts.overflow), 0) << window.width;
      EXPECT_EQ(facts.scheme, window.dark ? "dark" : "light");
      EXPECT_EQ(facts.faults, "");
    }
  const std::string pale = "<p style=\"color:#999;background:#fff\">pale</p>";
  std::string faulty = page(path("run"));
  faulty.insert(faulty.find("</main>"), pale);
  EXPECT_LT(std::stod(inspected(faulty, "", path("run")).contrast), 4.5) << "control";
}

TEST_F(Browser, NoticesAFaultAndAnEmptyCanvas) {
  if (chromium().empty()) GTEST_SKIP() << "Chromium is not installed; the page was not opened";
  std::filesystem::create_directories(path("run"));
  const Facts facts = inspected(page(path("run")), "<canvas></canvas><script>nonsense();</script>", path("run"));
  EXPECT_EQ(facts.ink, "0");
  EXPECT_NE(facts.faults.find("nonsense"), std::string::npos) << facts.faults;
}

TEST_F(Browser, OpensAPageWithNothingOnIt) {
  if (chromium().empty()) GTEST_SKIP() << "Chromium is not installed; the page was not opened";
  std::filesystem::create_directories(path("run"));
  const Facts facts = inspected(page(path("run")), "", path("run"));
  EXPECT_EQ(facts.ink + facts.faults, "");
  EXPECT_EQ(facts.scheme, "light");
}

}  // namespace
}  // namespace coset::report
