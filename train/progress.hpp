#pragma once
/// Progress: how far training is, for people.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "train/history.hpp"

namespace xgrad::train {

struct ProgressOptions {
  /// Where the text goes; standard output without.
  std::function<void(std::string_view)> write = {};
  bool terminal = false;  ///< a bar that is drawn again and again; else one line at the end of each epoch
  int width = 80;         ///< columns; what is drawn again never takes the last one
};
/// Standard output: a bar where that is a terminal (and `bar`), as wide as it is.
ProgressOptions on_standard_output(bool bar = true);

/// An epoch in a terminal, the bar as wide as there is room:
///
///     epoch  3/12 [=========>          ] 210/469 loss 0.1234 accuracy 0.9612  85 steps/s 0:03 left
///
/// and at its end, there or elsewhere:
///
///     epoch  3/12 loss 0.1198 accuracy 0.9634 val_loss 0.0987 val_accuracy 0.9711  5.4 s
///
/// broken between values where that is wider than the terminal. Times are those since `begin_epoch`.
class Progress {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Progress(ProgressOptions options);

  void begin_epoch(std::int64_t epoch, std::int64_t epochs, std::int64_t steps);
  /// Whether it is time to draw again: cheap, to be asked before the values are worked out.
  bool due() const { return options_.terminal && Clock::now() >= next_; }
  void draw(std::int64_t step, const Logs& logs);
  void end_epoch(const Logs& logs);
  /// A line of its own.
  void note(std::string_view text);

  /// What `draw` would show after so many seconds, without control characters.
  std::string line(std::int64_t step, const Logs& logs, double seconds) const;
  /// What `end_epoch` would show, lines parted by "\n".
  std::string last_line(const Logs& logs, double seconds) const;

 private:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  void clear_line();

  ProgressOptions options_;
  std::int64_t epoch_ = 0, epochs_ = 1, steps_ = 1;
  Clock::time_point start_ = Clock::now(), next_ = start_;
  bool drawn_ = false;
};

}  // namespace xgrad::train
