#include "coset/io/atomic_write.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <thread>

#include "coset/io/json_lines.h"
#include "tests/io/scratch.h"

namespace coset::io {
namespace {

using AtomicWrite = Scratch;

/// RLIMIT_FSIZE stands in for a full disk: the kernel refuses bytes beyond it, and by default kills with SIGXFSZ.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limited{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limited);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

TEST_F(AtomicWrite, CreatesAndReplaces) {
  atomic_write(path("a"), "one");
  EXPECT_EQ(read_text_file(path("a")), "one");
  atomic_write(path("a"), "");
  EXPECT_EQ(read_text_file(path("a")), "");
  EXPECT_EQ(files(), std::set<std::string>{"a"});
}

TEST_F(AtomicWrite, NoSpaceLeavesTheOldFileAndNothingElse) {
  atomic_write(path("model"), "the old content");
  const std::string large(1 << 16, 'x');
  std::string error;
  {
    const FileSizeLimit limit(4096);
    error = error_of([&] { atomic_write(path("model"), large); });
    EXPECT_NE(error_of([&] { atomic_write(path("fresh"), large); }), "");
  }
  EXPECT_EQ(error, "cannot write " + path("model") + ": File too large");
  EXPECT_EQ(read_text_file(path("model")), "the old content");
  EXPECT_EQ(files(), std::set<std::string>{"model"});
}

TEST_F(AtomicWrite, NoSpaceLeavesWholeLines) {
  JsonLines lines(path("metrics.jsonl"));
  {
    const FileSizeLimit limit(64);
    lines.append(R"({"epoch":1})");
    EXPECT_NE(error_of([&] { lines.append("\"" + std::string(100, 'x') + "\""); }), "");
    lines.append(R"({"epoch":2})");
  }
  EXPECT_EQ(read_json_lines(path("metrics.jsonl")), (std::vector<std::string>{R"({"epoch":1})", R"({"epoch":2})"}));
}

TEST_F(AtomicWrite, AnUncommittedFileIsDiscarded) {
  {
    AtomicFile file(path("a"));
    file.write(std::as_bytes(std::span("half")));
    EXPECT_EQ(files().size(), 1U);
  }
  EXPECT_TRUE(files().empty());
}

TEST_F(AtomicWrite, RemovesWhatAKilledProcessLeft) {
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicFile file(path("a"));
    ::raise(SIGKILL);
  }
  ASSERT_GT(child, 0);
  ::waitpid(child, nullptr, 0);
  ASSERT_EQ(files().size(), 1U);
  AtomicFile other(path("b"));  // another target leaves it alone, and its own live file survives the clean-up of "a"
  EXPECT_EQ(files().size(), 2U);
  atomic_write(path("a"), "new");
  other.commit();
  EXPECT_EQ(files(), (std::set<std::string>{"a", "b"}));
}

TEST_F(AtomicWrite, TwoWritersOfOneTargetDoNotDisturbEachOther) {
  AtomicFile first(path("a"));
  AtomicFile second(path("a"));
  first.commit();
  second.write(std::as_bytes(std::span("2", 1)));
  second.commit();
  EXPECT_EQ(read_text_file(path("a")), "2");
}

TEST_F(AtomicWrite, KeepsPermissionsAndFollowsLinks) {
  atomic_write(path("a"), "old");
  ::chmod(path("a").c_str(), 0640);
  std::filesystem::create_symlink("a", path("link"));
  atomic_write(path("link"), "new");
  EXPECT_EQ(read_text_file(path("a")), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  struct stat status {};
  ::stat(path("a").c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST_F(AtomicWrite, SaysWhyTheRenameFailed) {
  AtomicFile file(path("a"));
  std::filesystem::create_directory(path("a"));
  write_plainly(path("a/inside"), {});
  errno = ENOENT;
  EXPECT_EQ(error_of([&] { file.commit(); }), "cannot write " + path("a") + ": Is a directory");
}

TEST_F(AtomicWrite, LeavesForeignFilesAlone) {
  const std::set<std::string> foreign{".a.tmp-1-2", ".a.coset-tmp-", ".a.coset-tmp-mine", ".a.coset-tmp-1-2.bak"};
  for (const std::string& name : foreign) write_plainly(path(name), {});
  ::mkfifo(path(".a.coset-tmp-7-7").c_str(), 0600);
  atomic_write(path("a"), "x");
  auto expected = foreign;
  expected.insert({"a", ".a.coset-tmp-7-7"});
  EXPECT_EQ(files(), expected);
}

TEST_F(AtomicWrite, APrivateFileStaysPrivateWhileItIsReplaced) {
  atomic_write(path("a"), "old");
  ::chmod(path("a").c_str(), 0600);
  AtomicFile file(path("a"));
  for (const std::string& name : files()) {
    struct stat status {};
    ::stat(path(name).c_str(), &status);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << name;
  }
}

TEST_F(AtomicWrite, ManyWritersOfOneTargetAllSucceed) {
  std::atomic<int> failures{0};
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w)
    writers.emplace_back([&] {
      for (int i = 0; i < 400; ++i) failures += error_of([&] { AtomicFile(path("a")).commit(); }).empty() ? 0 : 1;
    });
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(files(), std::set<std::string>{"a"});
}

TEST_F(AtomicWrite, PipesAndDevicesAreNoFiles) {
  ::mkfifo(path("pipe").c_str(), 0600);
  EXPECT_EQ(error_of([&] { read_file(path("pipe")); }), "cannot read " + path("pipe") + ": it is not a regular file");
  EXPECT_NE(error_of([&] { AppendFile{path("pipe")}; }), "");
  EXPECT_NE(error_of([] { read_file("/dev/zero"); }), "");
  EXPECT_NE(error_of([] { AppendFile{"/dev/null"}; }), "");
}

TEST_F(AtomicWrite, APipeIsWrittenTo) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_NE(error_of([&] { atomic_write(path("pipe"), "lost"); }), "") << "nobody reads it";
  const int reader = ::open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK);
  atomic_write(path("pipe"), "text");
  char text[8] = {};
  EXPECT_EQ(::read(reader, text, sizeof text), 4);
  EXPECT_STREQ(text, "text");
  ::close(reader);
  EXPECT_EQ(files(), (std::set<std::string>{"pipe"}));
}

TEST_F(AtomicWrite, StandardOutputIsAppendedTo) {
  const int before = ::dup(STDOUT_FILENO);
  const int file = ::open(path("out").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(file, STDOUT_FILENO);
  atomic_write("/dev/stdout", "a");
  atomic_write("/dev/stdout", "b");
  ::dup2(before, STDOUT_FILENO);
  ::close(before);
  ::close(file);
  EXPECT_EQ(read_text_file(path("out")), "ab");
}

TEST_F(AtomicWrite, RefusesFoldersDevicesAndMissingFolders) {
  EXPECT_EQ(error_of([&] { atomic_write(path("no/such"), "x"); }),
            "cannot write " + path("no/such") + ": there is no folder " + path("no"));
  std::filesystem::create_directory(path("folder"));
  EXPECT_NE(error_of([&] { atomic_write(path("folder"), "x"); }), "");
  EXPECT_NE(error_of([&] { atomic_write("/dev/null", "x"); }), "");
  EXPECT_NE(error_of([&] { read_file(path("folder")); }), "");
  EXPECT_NE(error_of([&] { read_file(path("absent")); }), "");
}

}  // namespace
}  // namespace coset::io
