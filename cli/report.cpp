// `coset report RUN` and `coset compare RUN...`: pages from run folders alone.
#include "coset/report/page.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/program.h"
#include "cli/verbs.h"
#include "coset/base/error.h"
#include "coset/base/printable.h"
#include "coset/report/compare.h"

namespace coset::cli {

void add_report(CLI::App& app) {
  CLI::App* verb = add_verb(app, "report");
  verb->footer("Example:\n  coset report runs/a\n\nA run that was stopped has a page too.");
  auto run = std::make_shared<std::string>();
  verb->add_option("RUN", *run, "folder of a run")->required();
  verb->callback([run] {
    report::write_page(*run);
    std::printf("%s/report.html\n", printable(*run).c_str());
  });
}

void add_compare(CLI::App& app) {
  struct Arguments {
    std::vector<std::string> runs;
    std::string out = "comparison.html";
  };
  CLI::App* verb = add_verb(app, "compare");
  verb->footer("Example:\n  coset compare runs/a runs/b --out comparison.html");
  auto arguments = std::make_shared<Arguments>();
  verb->add_option("RUNS", arguments->runs, "folders of two runs or more")->required();
  verb->add_option("--out", arguments->out, "the page (default: comparison.html)");
  verb->callback([arguments] {
    report::write_comparison(arguments->runs, arguments->out);
    std::printf("%s\n", printable(arguments->out).c_str());
  });
}

}  // namespace coset::cli
