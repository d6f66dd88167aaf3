#pragma once
/// Private to the reader of foreign HDF5: a forked process with limits, and the pipe on which it reports.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "data/formats/detail/descriptor.hpp"
#include "data/formats/detail/hdf5_core.hpp"

namespace xgrad::data::detail {

/// The child's end of the pipe. When it cannot be written to, the process ends.
class Outbox {
 public:
  explicit Outbox(int descriptor) : descriptor_(descriptor) { buffer_.reserve(kBuffer); }

  template <class T>
  requires std::is_trivially_copyable_v<T>
  void put(const T& value) { put_bytes(&value, sizeof value); }
  /// Length, then bytes.
  void put_text(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    put_bytes(text.data(), text.size());
  }
  void put_bytes(const void* from, std::size_t n);
  void flush();

 private:
  static constexpr std::size_t kBuffer = std::size_t{64} << 10;
  int descriptor_;
  std::vector<char> buffer_;
};

struct ChildLimits {
  std::uint64_t memory;  ///< bytes of address space beyond what the program has
  double seconds;        ///< both of the processor and of the clock
};

/// A process forked to do one thing and report. It starts with the lock of libhdf5 held, on a single thread: it must
/// use no lock that another thread may have held (malloc's is fine; the pool of arrays and oneTBB are not), and can
/// open no file. It has no standard streams and no descriptors but `keep` and its outbox, ignores a terminal's
/// interrupts, writes no core dump, and dies with its parent. (In sanitizer builds only time is limited.) Errors are
/// thrown as of `file`.
class GuardedChild {
 public:
  /// Forks; there `work` is called, and the process ends. `work` must catch what it throws.
  GuardedChild(const Hdf5File& file, const ChildLimits& limits, int keep, const std::function<void(Outbox&)>& work);
  /// Ends the process, whatever it does, and waits for its end.
  ~GuardedChild();
  GuardedChild(const GuardedChild&) = delete;
  GuardedChild& operator=(const GuardedChild&) = delete;

  /// The next `n` bytes of its report. IoError when it ends before, saying how it ended, or takes too long.
  void get_bytes(void* out, std::size_t n);
  template <class T>
  requires std::is_trivially_copyable_v<T> T get() {
    T value;
    get_bytes(&value, sizeof value);
    return value;
  }

 private:
  /// The descriptors that the child keeps.
  struct Kept {
    int file, report, go;
  };
  [[noreturn]] void run(int parent, const Kept& kept, const std::function<void(Outbox&)>& work) const noexcept;
  std::size_t receive(char* out, std::size_t n);
  bool wait_for_more();
  void end() noexcept;
  [[noreturn]] void fail_by_time();
  [[noreturn]] void fail_by_end();

  const Hdf5File& file_;
  ChildLimits limits_;
  int process_ = -1;   ///< -1 once it is waited for
  Descriptor handle_;  ///< a pidfd, where the system has them: the number of a process may pass to another one
  Descriptor in_;
  int status_ = -1;  ///< how it ended; -1 where somebody else has asked first
  double waited_ = 0;
  std::chrono::steady_clock::time_point seen_;
  std::vector<char> buffer_;
  std::size_t at_ = 0, filled_ = 0;
};

}  // namespace xgrad::data::detail
