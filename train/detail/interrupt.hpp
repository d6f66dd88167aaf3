#pragma once
/// Ctrl-C as a wish to end, while it lives.

namespace xgrad::train::detail {

/// The first SIGINT sets a flag, which all live guards see; the second does what it would have done without. Guards
/// nest, on any threads. Where SIGINT was handled or ignored already, that stays and `requested` is never true.
class InterruptGuard {
 public:
  explicit InterruptGuard(bool on);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  bool requested() const noexcept;

 private:
  bool on_;
};

}  // namespace xgrad::train::detail
