#include "coset/report/page.h"

#include <cmath>

#include "coset/report/compare.h"
#include "coset/report/pictures.h"
#include "coset/report/published.h"
#include "tests/io/scratch.h"
#include "tests/report/example_run.h"

namespace coset::report {
namespace {

using io::error_of;

class Page : public io::Scratch {};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Page, ShowsASectionForEachFile) {
  write_example_run(path("run"));
  const std::string html = page(path("run"));
  for (const char* part :
       {"id=\"result\"", "id=\"curves\"", "id=\"trajectories\"", "id=\"certificate\"", "id=\"pictures\"",
        "id=\"config\"", "SEGNN &lt;test&gt;", "147,424", "<em>this run</em>", "data:image/svg+xml;base64,PHN2Zy",
        "# &lt;fast&gt;", "A rectangle &amp; nothing else", "Equivariant within tolerance"})
    EXPECT_TRUE(has(html, part)) << part;
  EXPECT_FALSE(has(html, "SEGNN <test>"));
  for (const char* file : {"result.json", "metrics.jsonl", "trajectories.json", "certificate.json", "config.yaml"})
    std::filesystem::remove(path("run") + "/" + file);
  std::filesystem::remove_all(path("run/pictures"));
  const std::string empty = page(path("run"));
  EXPECT_FALSE(has(empty, "<section"));
}

TEST_F(Page, LoadsNothing) {
  write_example_run(path("run"));
  const std::string html = page(path("run"));
  EXPECT_TRUE(has(html, "Content-Security-Policy\" content=\"default-src 'none'"));
  for (const char* part : {"src=\"http", "href=\"http", "<link", "@import", "url("})
    EXPECT_FALSE(has(html, part)) << part;
}

TEST_F(Page, StandsInTheRunsFolder) {
  write_example_run(path("run"));
  write_page(path("run"));
  EXPECT_EQ(io::read_text_file(path("run/report.html")), page(path("run")));
}

TEST_F(Page, RanksTheRunAmongThePublishedRows) {
  write_example_run(path("run"));
  const std::string html = page(path("run"));
  const auto at = [&](const char* part) { return html.find(part); };
  EXPECT_LT(at("<td>SEGNN_G<"), at("<td>segnn <em>"));  // .0056, then .0045 of this run, then .0043
  EXPECT_LT(at("<td>segnn <em>"), at("<td>SEGNN_G+P<"));
  std::filesystem::remove(path("run/task.json"));
  const std::string alone = page(path("run"));
  EXPECT_FALSE(has(alone, "<td>SEGNN_G+P<")) << "control: the numbers come from task.json";
  EXPECT_TRUE(has(alone, "<h2>Result</h2>"));
  for (const char* bad : {"[]", "{\"published\":3}", "{\"published\":{\"metric\":\"x\"}}", "no JSON"}) {
    io::atomic_write(path("run/task.json"), bad);
    const std::string message = error_of([&] { page(path("run")); });
    EXPECT_EQ(has(message, "task.json"), std::string(bad) != "[]") << message;
  }
}

TEST(Published, TablesComeBackFromTheirText) {
  const PublishedTable table{
      "test_mse", "what \"was\" measured", "who", {{"a", .5, .25, .125, 3}, {"b", .25, {}, {}, {}}}};
  const PublishedTable again = published_of("{\"name\":\"t\",\"published\":" + to_json(table) + "}", "task.json");
  EXPECT_EQ(to_json(again), to_json(table));
  EXPECT_EQ(again.rows.at(0).parameters, 3);
  EXPECT_FALSE(again.rows.at(1).spread.has_value());
  EXPECT_TRUE(published_of("{\"name\":\"t\"}", "task.json").rows.empty());
}

TEST_F(Page, DrawsTheErrorAgainstTheAngle) {
  write_example_run(path("run"));
  EXPECT_FALSE(has(page(path("run")), "class=\"spectrum\""));
  const auto certified = [&](const char* curve) {
    io::atomic_write(
        path("run/certificate.json"),
        std::string(R"({"f32":{"rotation":1e-7},"f64":{"rotation":1e-16},"tolerance":{"f32":1e-5,"f64":1e-11},)") +
            R"("pass":true,"curve":)" + curve + "}");
  };
  certified(R"([{"degrees":30.0,"error":0.2},{"degrees":45.0,"error":0.1},{"degrees":90.0,"error":0}])");
  const std::string html = page(path("run"));
  // From 1e-2 to 1, logarithmic: 0.1 is in the middle, nothing is cut off.
  for (const char* part : {"height:65.1%\"></i><small>30°", "height:50.0%\"></i><small>45°",
                           "height:0.0%\"></i><small>90°", "<small>1e-1</small>", "angle in degrees"})
    EXPECT_TRUE(has(html, part)) << part;
  certified(R"([{"degrees":45.0}])");
  EXPECT_TRUE(has(error_of([&] { page(path("run")); }), "certificate.json"));
}

TEST_F(Page, NothingToCheckIsNeitherRedNorGreen) {
  write_example_run(path("run"));
  io::atomic_write(
      path("run/certificate.json"),
      R"({"f32":{},"f64":{},"tolerance":{"f32":1e-5,"f64":1e-11},"not_checked":["rotation: not promised"],"pass":null})");
  const std::string html = page(path("run"));
  for (const char* part : {"<p class=\"verdict open\">Nothing to check", "Not checked: rotation: not promised."})
    EXPECT_TRUE(has(html, part)) << part;
  for (const char* part : {"verdict pass", "verdict fail", "equivariance error"}) EXPECT_FALSE(has(html, part)) << part;
}

TEST_F(Page, AClassifiersCertificateSpeaksOfItsAnswer) {
  write_example_run(path("run"));
  EXPECT_TRUE(has(page(path("run")), "turning the input turns the output"));
  io::atomic_write(path("run/result.json"), R"({"model":"p4cnn","test_accuracy":0.97})");
  const std::string html = page(path("run"));
  EXPECT_TRUE(has(html, "turning the input leaves the answer as it is"));
  EXPECT_FALSE(has(html, "turning the input turns the output"));
}

TEST_F(Page, PublishedRowsStandOnlyBesideTheirSetting) {
  write_example_run(path("run"));
  std::string task = kTask;
  task.insert(task.find("\"rows\""), R"("setting":{"model":"segnn","test_samples":"2000"},)");
  io::atomic_write(path("run/task.json"), task);
  EXPECT_TRUE(has(page(path("run")), "<td>SEGNN_G+P<"));
  io::atomic_write(path("run/config.yaml"), "model: segnn\ntest_samples: 100\n");
  const std::string html = page(path("run"));
  EXPECT_FALSE(has(html, "<td>SEGNN_G+P<"));
  EXPECT_TRUE(has(html, "test_samples 100 instead of 2000"));
}

TEST_F(Page, ColumnsWithoutAnEntryAreNotThere) {
  write_example_run(path("run"));
  EXPECT_TRUE(has(page(path("run")), "<th class=\"n\">seconds"));
  std::string task = kTask;
  const std::string seconds = R"("seconds":0.0001,)";
  task.erase(task.find(seconds), seconds.size());
  io::atomic_write(path("run/task.json"), task);
  EXPECT_FALSE(has(page(path("run")), "<th class=\"n\">seconds"));
}

TEST_F(Page, SaysWhenWithWhatAndWhere) {
  write_example_run(path("run"));
  io::atomic_write(path("run/run.json"), kRun);
  const std::string html = page(path("run"));
  for (const char* part : {"<dt>date<dd>2026-11-28", "<dt>commit<dd>abc1234", "<code>coset train nbody seed=1</code>",
                           "<dt>machine<dd>2 CPUs", "lift<br>project"})
    EXPECT_TRUE(has(html, part)) << part;
}

TEST_F(Page, CountsWhichClassIsTakenForWhich) {
  write_example_run(path("run"));
  io::atomic_write(path("run/confusion.json"), R"({"classes":["cat","<dog>"],"counts":[[3,1],[0,4]]})");
  const std::string html = page(path("run"));
  for (const char* part : {"<th>cat<td class=\"hit\" style=\"--share:75%\">3", "<td>75.0 %", "&lt;dog&gt;"})
    EXPECT_TRUE(has(html, part)) << part;
  io::atomic_write(path("run/confusion.json"), R"({"classes":["cat"],"counts":[[3,1]]})");
  EXPECT_TRUE(has(error_of([&] { page(path("run")); }), "confusion.json"));
}

TEST_F(Page, PicturesHaveLabelsAndDoNotReplaceEachOther) {
  write_example_run(path("run"));
  const auto sheet = [](float value) {
    const Tile tile{2, 3, 1, std::vector<float>(6, value)};
    return Sheet{.name = "filters",
                 .caption = "what & where",
                 .rows = {{{tile, tile}, Shade::grey, 1.0}},
                 .row_labels = {"first"},
                 .column_labels = {"0°", "90°"},
                 .zoom = 2};
  };
  EXPECT_TRUE(write_picture(path("run"), sheet(0.5F)).ends_with("/filters.png"));
  EXPECT_TRUE(write_picture(path("run"), sheet(0.5F)).ends_with("/filters.png")) << "the same picture";
  EXPECT_TRUE(write_picture(path("run"), sheet(1.0F)).ends_with("/filters-2.png"));
  const std::vector<Picture> pictures = read_pictures(path("run/pictures"));
  ASSERT_EQ(pictures.size(), 3U);
  EXPECT_EQ(pictures[1].name, "filters-2.png");
  ASSERT_EQ(pictures[1].columns.size(), 2U);
  EXPECT_NEAR(pictures[1].columns[1].at, (4 + 6 + 4 + 3) / 24.0, 1e-9);
  const std::string html = page(path("run"));
  for (const char* part : {">90°</small>", ">first</small>", "what &amp; where", "A rectangle &amp; nothing else"})
    EXPECT_TRUE(has(html, part)) << part;
}

TEST_F(Page, RunsStandBesideEachOther) {
  write_example_run(path("a"));
  write_example_run(path("b"));
  io::atomic_write(path("b/config.yaml"), "model: segnn\nlr: 1e-3\n");
  io::atomic_write(path("b/result.json"), R"({"model":"segnn","test_mse":0.006})");
  const std::vector<std::string> runs{path("a"), path("b")};
  const std::string html = compare(runs);
  for (const char* part : {"<td>lr<td class=\"n\">5e-3<td class=\"n\">1e-3", "1 further setting is the same",
                           "<td>test MSE<td class=\"n\">0.0045<td class=\"n\">0.006", "\"run\":\"a\"", "\"run\":\"b\""})
    EXPECT_TRUE(has(html, part)) << part;
  EXPECT_FALSE(has(html, "<td>model<"));
  // A run that was stopped has no result yet.
  std::filesystem::remove(path("b/result.json"));
  EXPECT_TRUE(has(compare(runs), "0.0045"));
  EXPECT_TRUE(has(error_of([&] { compare(std::vector<std::string>{path("a")}); }), "two run folders"));
  EXPECT_TRUE(has(error_of([&] { compare(std::vector<std::string>{path("a"), path("c")}); }), "no config.yaml"));
}

TEST_F(Page, TextOfTheRunCannotEndTheScript) {
  write_example_run(path("run"));
  Trajectory sample = example_trajectory("</script><b>", 0.0);
  write_trajectories(path("run"), std::vector<Trajectory>{sample});
  EXPECT_FALSE(has(page(path("run")), "</script><b>"));
}

TEST_F(Page, NamesTheFileAtFault) {
  write_example_run(path("run"));
  const auto refusal = [&](const char* file, const std::string& text) {
    const std::string whole = io::read_text_file(path("run/") + file);
    io::atomic_write(path("run/") + file, text);
    const std::string error = error_of([&] { page(path("run")); });
    io::atomic_write(path("run/") + file, whole);
    EXPECT_TRUE(has(error, file)) << file << ": '" << error << "' for " << text;
  };
  refusal("result.json", "[]");
  refusal("result.json", "{");
  refusal("metrics.jsonl", "{\"epoch\":1}\n");
  refusal("metrics.jsonl", "x\n");
  refusal("trajectories.json", R"({"samples":[{"path":[[[0,0,0]]],"prediction":[[0,0,0]]}]})");
  refusal("trajectories.json", R"({"samples":[{"path":[[[0,0,0]],[[0,0]]],"prediction":[[0,0,0]]}]})");
  refusal("certificate.json", R"({"pass":true})");
  refusal("pictures/captions.json", R"({"blue.svg":1})");
  EXPECT_EQ(error_of([&] { page(path("run")); }), "");
  EXPECT_TRUE(has(error_of([&] { page(path("nowhere")); }), "expected the folder of a run"));
}

TEST_F(Page, OddValuesOfTheRightTypeDoNoHarm) {
  std::filesystem::create_directories(path("run"));
  io::atomic_write(path("run/result.json"),
                   R"({"task":3,"model":null,"parameters":"many","epoch":[],"test_mse":"none"})");
  io::atomic_write(path("run/metrics.jsonl"), R"({"step":1,"epoch":"one","split":4,"loss":null})"
                                              "\n");
  EXPECT_EQ(error_of([&] { page(path("run")); }), "");
}

TEST(Trajectories, RefusesWhatDoesNotFit) {
  Trajectory sample = example_trajectory("t", 0.0);
  sample.prediction.pop_back();
  EXPECT_NE(error_of([&] { trajectories_json(std::vector<Trajectory>{sample}); }), "");
  sample = example_trajectory("t", 0.0);
  sample.path[4] = NAN;
  EXPECT_TRUE(has(error_of([&] { trajectories_json(std::vector<Trajectory>{sample}); }), "t: expected finite"));
}

}  // namespace
}  // namespace coset::report
