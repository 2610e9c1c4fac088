#include "coset/train/stop_signal.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace coset::train {
namespace {

constexpr int kAlive = 7;

/// How a child ends that runs `body` under a StopSignal: the signal that killed it, or 0 when it lived to the end.
int killed_by(const std::function<void()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    const StopSignal signal;
    body();
    _exit(signal.received() == 0 ? kAlive : signal.received());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void wait_ms(int milliseconds) {
  usleep(static_cast<useconds_t>(milliseconds) * 1000);
}

TEST(StopSignal, OneTerminalOrBatchSystemSaysItSeveralTimes) {
  for (const int signal : {SIGHUP, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU, SIGINT})
    EXPECT_EQ(killed_by([&] { raise(signal), raise(signal), raise(SIGTERM), wait_ms(50), raise(signal); }), 0)
        << signal;
}

TEST(StopSignal, ASecondCtrlCOrASignalASecondLaterEndsAtOnce) {
  EXPECT_EQ(killed_by([] { raise(SIGINT), wait_ms(150), raise(SIGINT); }), SIGINT);
  for (const int signal : {SIGHUP, SIGTERM, SIGUSR1})
    EXPECT_EQ(killed_by([&] { raise(SIGTERM), wait_ms(1050), raise(signal); }), signal);
  EXPECT_EQ(killed_by([] { raise(SIGTERM), wait_ms(150), raise(SIGINT); }), 0) << "control: neither of the two";
}

TEST(StopSignal, AReaderThatIsGoneDoesNotEndATraining) {
  EXPECT_EQ(killed_by([] { raise(SIGPIPE); }), 0);
}

TEST(StopSignal, WhatWasIgnoredStaysIgnored) {
  signal(SIGHUP, SIG_IGN);
  {
    const StopSignal stop;
    raise(SIGHUP);
    EXPECT_EQ(stop.received(), 0);
  }
  signal(SIGHUP, SIG_DFL);
  const StopSignal stop;
  raise(SIGHUP);
  EXPECT_EQ(stop.received(), SIGHUP) << "control";
}

}  // namespace
}  // namespace coset::train
