/// How many threads this process can keep busy: the CPUs it is bound to, the CPU time its container gets, and what the
/// variables of OpenMP ask for. Threads beyond that wait for each other and, under a quota, spend it on waiting.
#pragma once

#include <optional>
#include <string>

namespace coset::compute {

/// Where the numbers come from. Tests put a folder of files before "/proc" and the mount points.
struct CpuSources {
  int affinity = 1;              ///< CPUs in the affinity mask
  std::string omp_num_threads;   ///< OMP_NUM_THREADS, "" where unset; of a list "4,2" the first number counts
  std::string omp_thread_limit;  ///< OMP_THREAD_LIMIT
  std::string root;              ///< before "/proc/self/cgroup", "/proc/self/mountinfo" and every mount point
};

/// Those of this process, read at each call.
CpuSources system_cpu_sources();

/// The CPU time that control groups grant a process, in CPUs: the smallest quota / period of its group and all groups
/// around it, cpu.max in version 2 of control groups and cpu.cfs_quota_us / cpu.cfs_period_us in version 1. Empty where
/// none is set or the files cannot be read.
/// Source: Linux, Documentation/admin-guide/cgroup-v2.rst (cpu.max) and Documentation/scheduler/sched-bwc.rst.
std::optional<double> cpu_quota(const std::string& root = "");

/// min(affinity, ceil(quota)), at least 1.
int available_cpus(const CpuSources& sources = system_cpu_sources());

/// min(available_cpus, OMP_NUM_THREADS, OMP_THREAD_LIMIT), at least 1: the threads a program starts unless it is told
/// otherwise. A variable that holds no number above 0 is ignored, as the runtimes of OpenMP do.
int default_threads(const CpuSources& sources = system_cpu_sources());

}  // namespace coset::compute
