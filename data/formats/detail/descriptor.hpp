#pragma once
/// Private: an open file descriptor that is closed when it goes.

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace xgrad::data::detail {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }
  int get() const noexcept { return fd_; }
  void close() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

/// The same file away from 0, 1 and 2, which a program may have closed; -1 when there is none to be had.
inline Descriptor above_streams(Descriptor open) noexcept {
  return open.get() > 2 || open.get() < 0 ? std::move(open) : Descriptor(::fcntl(open.get(), F_DUPFD_CLOEXEC, 3));
}

}  // namespace xgrad::data::detail
