#include "train/pictures/detail/gnuplot.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include "tensor/error.hpp"

extern char** environ;

namespace xgrad::train::plot::detail {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void refuse(const std::string& what, const std::string& why) {
  fail<IoError>("train::plot", what + ": " + why);
}

/// A pipe whose ends close with it.
struct Pipe {
  int read = -1, write = -1;
  explicit Pipe(const std::string& what) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) refuse(what, fmt::format("no pipe to gnuplot: {}", std::strerror(errno)));
    read = ends[0], write = ends[1];
  }
  ~Pipe() {
    ::close(read);
    close_write();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_write() {
    if (write >= 0) ::close(write);
    write = -1;
  }
};

struct FileActions {
  posix_spawn_file_actions_t actions;
  FileActions() { ::posix_spawn_file_actions_init(&actions); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
};

/// The number of the process, which writes both of its outputs into the pipe.
pid_t started(const std::filesystem::path& folder, const std::vector<std::string>& arguments, const Pipe& pipe,
              const std::string& what) {
  std::vector<std::string> words{"gnuplot", "-d"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  FileActions files;
  ::posix_spawn_file_actions_addchdir_np(&files.actions, folder.c_str());
  ::posix_spawn_file_actions_addopen(&files.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files.actions, pipe.write, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files.actions, pipe.write, STDERR_FILENO);
  pid_t process = 0;
  const int error = ::posix_spawnp(&process, "gnuplot", &files.actions, nullptr, argv.data(), environ);
  if (error == ENOENT)
    refuse(what,
           "gnuplot, which draws pictures, is not installed; on Debian: apt-get install gnuplot-nox. The script "
           "and its data are there: \"gnuplot <name>.gp\" draws it");
  if (error != 0) refuse(what, fmt::format("gnuplot cannot be started: {}", std::strerror(error)));
  return process;
}

/// Gathers what comes until the other end closes; false when the time is over before.
bool listen_to(int from, Clock::time_point end, std::string& said) {
  constexpr std::size_t kMostKept = 4000;
  char part[1024];
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return false;
    pollfd watched{from, POLLIN, 0};
    const int ready = ::poll(&watched, 1, static_cast<int>(std::min<std::int64_t>(left, 1'000'000)));
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) continue;
    const ssize_t n = ::read(from, part, sizeof part);
    if (n == 0 || (n < 0 && errno != EINTR)) return true;
    if (n > 0 && said.size() < kMostKept) said.append(part, static_cast<std::size_t>(n));
  }
}

/// How it ended; it is killed where it goes on after the time is over.
int ended(pid_t process, Clock::time_point end, bool& in_time) {
  for (;;) {
    int status = 0;
    const pid_t found = ::waitpid(process, &status, in_time ? WNOHANG : 0);
    if (found == process) return status;
    if (found < 0 && errno != EINTR) return -1;
    if (found != 0) continue;
    if (Clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    } else {
      in_time = false;
      ::kill(process, SIGKILL);
    }
  }
}

}  // namespace

void run_gnuplot(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
                 std::chrono::milliseconds limit, const std::string& what) {
  Pipe pipe(what);
  const pid_t process = started(folder, arguments, pipe, what);
  pipe.close_write();
  std::string said;
  const Clock::time_point end = Clock::now() + limit;
  bool in_time = listen_to(pipe.read, end, said);
  if (!in_time) ::kill(process, SIGKILL);
  const int status = ended(process, end, in_time);
  if (!in_time) refuse(what, fmt::format("gnuplot did not end within {} ms", limit.count()));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    while (!said.empty() && said.back() == '\n') said.pop_back();
    refuse(what, "gnuplot failed: " + (said.empty() ? "it gave no reason" : said));
  }
}

}  // namespace xgrad::train::plot::detail
