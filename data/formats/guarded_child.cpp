#include "data/formats/detail/guarded_child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "data/formats/detail/descriptor.hpp"

namespace xgrad::data::detail {
namespace {

// A sanitizer maps terabytes of address space, opens pipes of its own, and reports on the standard error stream.
#if defined(XGRAD_NO_POOL) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

constexpr int kPipeBytes = 1 << 20;
constexpr int kPatience = 100;  // milliseconds of one wait
constexpr int kFailed = 3;      // exit code of a child that could not begin

std::string reason(int error) { return std::generic_category().message(error); }

struct Pipe {
  Descriptor out, in;
};
Pipe make_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return {Descriptor(), Descriptor()};
  Pipe pipe{above_streams(Descriptor(ends[0])), above_streams(Descriptor(ends[1]))};
  ::fcntl(pipe.in.get(), F_SETPIPE_SZ, kPipeBytes);  // slower where it may not be that large
  ::fcntl(pipe.out.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

/// No handler of the program may run in the child; what a terminal sends to all of a program's processes is for the
/// program to answer, and the child dies with it.
void reset_signals() {
  struct sigaction action {};
  for (int i = 1; i < NSIG; ++i) {
    const bool ignored = i == SIGINT || i == SIGQUIT || i == SIGHUP || i == SIGTERM || i == SIGTSTP || i == SIGUSR1 ||
                         i == SIGUSR2 || i == SIGTTIN || i == SIGTTOU;
    action.sa_handler = ignored ? SIG_IGN : SIG_DFL;
    ::sigaction(i, &action, nullptr);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

/// Silences the standard streams (glibc reports a damaged heap there) and closes all but the descriptors given.
void keep_only(std::array<int, 3> kept) {
  const int null = ::open("/dev/null", O_RDWR);
  for (int stream = 0; stream <= (kSanitized ? 1 : 2); ++stream)
    if (null >= 0) ::dup2(null, stream);
#ifdef SYS_close_range
  std::sort(kept.begin(), kept.end());
  int first = 3;
  for (const int fd : kept) {
    if (fd > first) ::syscall(SYS_close_range, first, fd - 1, 0);
    first = std::max(first, fd + 1);
  }
  ::syscall(SYS_close_range, first, ~0U, 0);
#else
  static_cast<void>(kept);  // the pidfd tells when the child has ended, whoever else holds its pipe
#endif
}

/// Bytes of address space in use; 0 where the system does not say.
std::uint64_t address_space() {
  const Descriptor statm(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  char text[64] = {};
  if (statm.get() < 0 || ::read(statm.get(), text, sizeof text - 1) <= 0) return 0;
  return std::strtoull(text, nullptr, 10) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

bool set_limit(decltype(RLIMIT_AS) resource, std::uint64_t value) {
  struct rlimit limit {};
  if (::getrlimit(resource, &limit) != 0) return false;
  limit.rlim_max = std::min<rlim_t>(limit.rlim_max, value);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur, limit.rlim_max);
  return ::setrlimit(resource, &limit) == 0;
}

bool set_limits(const ChildLimits& limits) {
  if (::prctl(PR_SET_DUMPABLE, 0) != 0 || !set_limit(RLIMIT_CORE, 0) ||
      !set_limit(RLIMIT_CPU, static_cast<std::uint64_t>(std::ceil(limits.seconds)) + 1))
    return false;
  if (kSanitized) return true;
  const std::uint64_t used = address_space();
  return (used == 0 || set_limit(RLIMIT_AS, used + std::min(limits.memory, UINT64_MAX - used))) &&
         set_limit(RLIMIT_FSIZE, 0) && set_limit(RLIMIT_NOFILE, 0);  // from here on nothing can be opened
}

const char* name_of(int signal) {
  switch (signal) {
    case SIGSEGV: return "segmentation fault";
    case SIGBUS: return "bus error";
    case SIGABRT: return "abort";
    case SIGFPE: return "arithmetic error";
    case SIGILL: return "illegal instruction";
    default: return "ended by the system";
  }
}

std::string seconds_text(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g s", seconds);
  return text.data();
}

}  // namespace

void Outbox::put_bytes(const void* from, std::size_t n) {
  if (buffer_.size() + n > kBuffer) flush();
  const auto* bytes = static_cast<const char*>(from);
  if (n < kBuffer) {
    buffer_.insert(buffer_.end(), bytes, bytes + n);
    return;
  }
  while (n > 0) {
    const ssize_t put = ::write(descriptor_, bytes, n);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) ::_exit(kFailed);
    bytes += put;
    n -= static_cast<std::size_t>(put);
  }
}

void Outbox::flush() {
  for (std::size_t done = 0; done < buffer_.size();) {
    const ssize_t put = ::write(descriptor_, buffer_.data() + done, buffer_.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) ::_exit(kFailed);
    done += static_cast<std::size_t>(put);
  }
  buffer_.clear();
}

GuardedChild::GuardedChild(const Hdf5File& file, const ChildLimits& limits, int keep,
                           const std::function<void(Outbox&)>& work)
    : file_(file), limits_(limits), seen_(std::chrono::steady_clock::now()), buffer_(std::size_t{64} << 10) {
  Pipe report = make_pipe();
  const Descriptor go = above_streams(Descriptor(::eventfd(0, EFD_CLOEXEC)));
  if (report.out.get() < 0 || report.in.get() < 0 || go.get() < 0)
    file.fail({}, "cannot be read: no pipe to a process of its own: " + reason(errno));
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);  // no handler of the program may run in the child
  const pid_t parent = ::getpid();
  int error = 0;
  {
    const Hdf5Lock lock;  // so that libhdf5 is at rest in the child; there it is never given back
    process_ = ::fork();
    error = errno;
    if (process_ == 0) run(parent, {keep, report.in.get(), go.get()}, work);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (process_ < 0) file.fail({}, "cannot be read: no process of its own: " + reason(error));
#ifdef SYS_pidfd_open
  // The child waits, so this is still its number.
  handle_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)));
#endif
  const std::uint64_t one = 1;
  static_cast<void>(!::write(go.get(), &one, sizeof one));
  in_ = std::move(report.out);
}

GuardedChild::~GuardedChild() { end(); }

void GuardedChild::run(int parent, const Kept& kept, const std::function<void(Outbox&)>& work) const noexcept {
  reset_signals();
  std::uint64_t begin = 0;
  const bool orphan = ::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent;
  keep_only({kept.file, kept.report, kept.go});
  if (orphan || !set_limits(limits_) || ::read(kept.go, &begin, sizeof begin) != sizeof begin) ::_exit(kFailed);
  Outbox outbox(kept.report);
  work(outbox);
  outbox.flush();
  ::_exit(0);
}

void GuardedChild::get_bytes(void* out, std::size_t n) {
  auto* to = static_cast<char*>(out);
  while (n > 0) {
    if (at_ < filled_) {
      const std::size_t some = std::min(n, filled_ - at_);
      std::memcpy(to, buffer_.data() + at_, some);
      at_ += some;
      to += some;
      n -= some;
    } else if (n >= buffer_.size()) {
      const std::size_t got = receive(to, n);
      to += got;
      n -= got;
    } else {
      filled_ = receive(buffer_.data(), buffer_.size());
      at_ = 0;
    }
  }
}

std::size_t GuardedChild::receive(char* out, std::size_t n) {
  for (bool ended = false;;) {
    const ssize_t got = ::read(in_.get(), out, n);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 || errno != EAGAIN || ended) fail_by_end();
    ended = wait_for_more();
  }
}

bool GuardedChild::wait_for_more() {
  // A program that was stopped and goes on finds a clock that has gone on: a wait counts for a second at most.
  const auto now = std::chrono::steady_clock::now();
  waited_ += std::min(1.0, std::chrono::duration<double>(now - std::exchange(seen_, now)).count());
  if (waited_ > limits_.seconds) fail_by_time();
  pollfd watched[2] = {{in_.get(), POLLIN, 0}, {handle_.get(), POLLIN, 0}};  // negative descriptors are passed over
  ::poll(watched, 2, kPatience);
  return watched[1].revents != 0;
}

void GuardedChild::end() noexcept {
  if (process_ < 0) return;
#ifdef SYS_pidfd_send_signal
  if (handle_.get() >= 0) ::syscall(SYS_pidfd_send_signal, handle_.get(), SIGKILL, nullptr, 0);
  else
#endif
    ::kill(process_, SIGKILL);
  pid_t found = 0;
  do found = ::waitpid(process_, &status_, 0);
  while (found < 0 && errno == EINTR);
  if (found < 0) status_ = -1;  // the program ignores SIGCHLD, or waits for every child itself
  process_ = -1;
}

void GuardedChild::fail_by_time() {
  end();
  file_.fail({}, "takes longer to read than it may: more than " + seconds_text(limits_.seconds));
}

void GuardedChild::fail_by_end() {
  pollfd watched{handle_.get(), POLLIN, 0};
  ::poll(&watched, 1, 1000);  // it has closed its pipe; let it end by itself, to learn how
  end();
  if (status_ == -1 || WIFEXITED(status_))
    file_.fail({}, "cannot be read: the process that read it ended early" +
                       (status_ <= 0 ? std::string() : " (exit code " + std::to_string(WEXITSTATUS(status_)) + ")"));
  const int signal = WTERMSIG(status_);
  if (signal == SIGXCPU) fail_by_time();
  if (signal == SIGKILL)
    file_.fail({}, "cannot be read: the process that read it was killed (too much memory or time)");
  file_.fail({}, "crashes the HDF5 library (signal " + std::to_string(signal) + ", " + name_of(signal) +
                     "): it is damaged, or made to do harm");
}

}  // namespace xgrad::data::detail
