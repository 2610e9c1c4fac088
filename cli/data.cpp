// `coset data TASK`: data sets that are simulated rather than downloaded.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>

#include "cli/program.h"
#include "cli/verbs.h"
#include "coset/task/task.h"

namespace coset::cli {

namespace {

struct Request {
  Settings settings;
  std::string out;
};

void write(const task::Row& row, const Request& request) {
  const auto begin = std::chrono::steady_clock::now();
  const auto written = row.write_data(request.settings, request.out);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  std::FILE* screen = request.out == "/dev/stdout" ? stderr : stdout;
  for (const auto& [name, about] : written) std::fprintf(screen, "%-10s %s\n", name.c_str(), about.c_str());
  std::fprintf(screen, "%-10s %s (%.1f s)\n", "file", request.out.c_str(), taken.count());
}

/// --name VALUE, or a flag for true and false, which sets the setting of that name.
void add_setting(CLI::App* verb, const Setting& setting, const std::shared_ptr<Request>& request) {
  const std::string option = "--" + setting.name;
  const auto set = [request, name = setting.name](const std::string& word) {
    request->settings.set(name, word, "--" + name);
  };
  if (std::holds_alternative<bool>(setting.value)) {
    verb->add_flag_callback(
        option, [set] { set("true"); }, setting.help);
    return;
  }
  CLI::Option* added = verb->add_option_function<std::string>(option, set, setting.help)
                           ->default_str(request->settings.word(setting.name));
  if (!setting.choices.empty()) added->check(CLI::IsMember(setting.choices));
  if (std::holds_alternative<std::int64_t>(setting.value) && std::isfinite(setting.most))
    added->check(CLI::Range(static_cast<std::int64_t>(setting.least), static_cast<std::int64_t>(setting.most)));
}

}  // namespace

void add_data(CLI::App& app) {
  CLI::App* data = add_verb(app, "data");
  data->require_subcommand(1);
  for (const task::Row& row : task::rows()) {
    if (row.write_data == nullptr) continue;
    const auto request = std::make_shared<Request>();
    request->settings = Settings(row.data_settings());
    CLI::App* verb = data->add_subcommand(row.name, row.about);
    verb->add_option("--out", request->out, "file to write (.npz)")->required()->type_name("FILE");
    for (const Setting& setting : request->settings.declared()) add_setting(verb, setting, request);
    verb->footer(row.data_help);
    if (data->get_footer().empty()) data->footer("Example:\n  coset data " + row.name + " --out data.npz");
    verb->callback([&row, request] { write(row, *request); });
  }
}

}  // namespace coset::cli
