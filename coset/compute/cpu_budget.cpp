#include "coset/compute/cpu_budget.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>
#include <vector>

namespace coset::compute {

namespace {

/// Whether one of the words of a list with commas is `word`.
bool lists(const std::string& list, std::string_view word) {
  std::istringstream words(list);
  for (std::string one; std::getline(words, one, ',');)
    if (one == word) return true;
  return false;
}

/// One hierarchy of control groups: where it is mounted, which of its groups the mount shows, which one is ours.
struct Hierarchy {
  bool version2 = false;
  std::string mount, shown, group;
};

/// The path of this process's group: of version 2 from the line "0::PATH", of version 1 from "N:cpu,cpuacct:PATH".
std::optional<std::string> group_of_process(const std::string& root, bool version2) {
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (version2 ? controllers.empty() : lists(controllers, "cpu")) return line.substr(second + 1);
  }
  return std::nullopt;
}

/// Mount points write a space as \040 and so on.
std::string unescaped(std::string_view text) {
  std::string plain;
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) && octal(text[i + 3])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

/// Those that can hold a CPU quota. A line of mountinfo: id, parent, device, ROOT, MOUNT, options, fields of any number,
/// "-", TYPE, source, OPTIONS.
std::vector<Hierarchy> hierarchies(const std::string& root) {
  std::vector<Hierarchy> found;
  std::ifstream file(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream before(line.substr(0, dash)), behind(line.substr(dash + 3));
    std::string id, parent, device, shown, mount, type, source, options;
    if (!(before >> id >> parent >> device >> shown >> mount) || !(behind >> type >> source >> options)) continue;
    const bool version2 = type == "cgroup2";
    if (!version2 && !(type == "cgroup" && lists(options, "cpu"))) continue;
    const auto group = group_of_process(root, version2);
    if (group) found.push_back({version2, unescaped(mount), unescaped(shown), *group});
  }
  return found;
}

/// Our group below the mount: "" where the mount shows it, or shows none of the groups around it.
std::string below_mount(const Hierarchy& h) {
  std::string below = h.group;
  if (h.shown != "/") {
    const bool inside = below == h.shown || below.starts_with(h.shown + "/");
    below = inside ? below.substr(h.shown.size()) : "";
  }
  return below == "/" || below.find("/..") != std::string::npos ? "" : below;
}

/// Quota over period as a group's files say.
std::optional<double> quota_in(const std::string& folder, bool version2) {
  double quota = -1.0, period = 100000.0;
  if (version2) {
    std::ifstream file(folder + "/cpu.max");
    if (!(file >> quota)) return std::nullopt;  // "max" is no number
    file >> period;
  } else {
    std::ifstream quota_file(folder + "/cpu.cfs_quota_us"), period_file(folder + "/cpu.cfs_period_us");
    if (!(quota_file >> quota)) return std::nullopt;
    period_file >> period;
  }
  if (!(quota > 0.0) || !(period > 0.0)) return std::nullopt;
  return quota / period;
}

std::string text_of_variable(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

/// The first number of a list, where it is above 0.
std::optional<int> first_number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = end == text.data() + text.size() || *end == ',' || *end == ' ' || *end == '\t';
  if (error != std::errc() || !whole || number <= 0) return std::nullopt;
  return number;
}

int affinity_count() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace

CpuSources system_cpu_sources() {
  return {affinity_count(), text_of_variable("OMP_NUM_THREADS"), text_of_variable("OMP_THREAD_LIMIT"), ""};
}

std::optional<double> cpu_quota(const std::string& root) {
  std::optional<double> smallest;
  for (const Hierarchy& h : hierarchies(root)) {
    std::string below = below_mount(h);
    while (true) {
      const auto quota = quota_in(root + h.mount + below, h.version2);
      if (quota && (!smallest || *quota < *smallest)) smallest = quota;
      if (below.empty()) break;
      below.resize(std::min(below.rfind('/'), below.size() - 1));
    }
  }
  return smallest;
}

int available_cpus(const CpuSources& sources) {
  int count = std::max(1, sources.affinity);
  if (const auto quota = cpu_quota(sources.root); quota && *quota < count)
    count = std::max(1, static_cast<int>(std::ceil(*quota)));
  return count;
}

int default_threads(const CpuSources& sources) {
  int count = available_cpus(sources);
  for (const std::string* variable : {&sources.omp_num_threads, &sources.omp_thread_limit})
    if (const auto asked = first_number(*variable)) count = std::min(count, *asked);
  return count;
}

}  // namespace coset::compute
