#include "train/detail/interrupt.hpp"

#include <atomic>
#include <csignal>
#include <mutex>

namespace xgrad::train::detail {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // it is set in a signal handler
std::mutex mutex;
int guards = 0;
bool installed = false;

extern "C" {
static void note_interrupt(int) { interrupted.store(true, std::memory_order_relaxed); }
}

}  // namespace

InterruptGuard::InterruptGuard(bool on) : on_(on) {
  if (!on_) return;
  const std::lock_guard lock(mutex);
  if (guards++ > 0) return;
  interrupted = false;  // also where there is nothing to install: an earlier one is over
  struct sigaction now {};
  if (sigaction(SIGINT, nullptr, &now) != 0 || now.sa_handler != SIG_DFL) return;
  struct sigaction ours {};
  ours.sa_handler = note_interrupt;
  ours.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);  // the second one ends the program
  sigemptyset(&ours.sa_mask);
  installed = sigaction(SIGINT, &ours, nullptr) == 0;
}

InterruptGuard::~InterruptGuard() {
  if (!on_) return;
  const std::lock_guard lock(mutex);
  if (--guards > 0 || !installed) return;
  struct sigaction now {};
  if (sigaction(SIGINT, nullptr, &now) == 0 && now.sa_handler == note_interrupt) std::signal(SIGINT, SIG_DFL);
  installed = false;
}

bool InterruptGuard::requested() const noexcept { return on_ && interrupted.load(std::memory_order_relaxed); }

}  // namespace xgrad::train::detail
