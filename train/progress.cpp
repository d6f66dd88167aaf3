#include "train/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "train/detail/progress_text.hpp"

namespace xgrad::train {
namespace {

constexpr std::chrono::milliseconds kEvery{100};
constexpr int kWidestBar = 30, kNarrowestBar = 8;

/// Four significant digits: 0.1234, 12.34, 1.2e-05.
std::string short_text(double value) {
  const double size = std::abs(value);
  if (!std::isfinite(value) || value == 0) return fmt::format("{:.4g}", value);
  if (size < 1e-3 || size >= 1e5) return fmt::format("{:.3e}", value);
  return size < 10 ? fmt::format("{:.4f}", value) : fmt::format("{:.5g}", value);
}

std::string rate_text(double rate) {
  if (!std::isfinite(rate)) return "-";
  return rate >= 9.95 ? fmt::format("{:.0f}", rate) : fmt::format("{:.1f}", rate);
}

std::vector<std::string> values_of(const Logs& logs) {
  std::vector<std::string> values;
  for (const auto& [name, value] : logs) values.push_back(fmt::format("{} {}", name, short_text(value)));
  return values;
}

}  // namespace

ProgressOptions on_standard_output(bool bar) {
  ProgressOptions options;
  options.terminal = bar && isatty(STDOUT_FILENO) != 0;
  struct winsize size {};
  if (options.terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) options.width = size.ws_col;
  return options;
}

Progress::Progress(ProgressOptions options) : options_(std::move(options)) {
  if (!options_.write)
    options_.write = [](std::string_view text) {
      std::fwrite(text.data(), 1, text.size(), stdout);
      std::fflush(stdout);
    };
}

void Progress::begin_epoch(std::int64_t epoch, std::int64_t epochs, std::int64_t steps) {
  epoch_ = epoch;
  epochs_ = epochs;
  steps_ = steps;
  start_ = Clock::now();
  next_ = start_ + kEvery;
}

std::string Progress::line(std::int64_t step, const Logs& logs, double seconds) const {
  const int room = options_.width - 1;
  const double rate = static_cast<double>(step) / seconds;
  const std::string head = fmt::format("epoch {:>{}}/{}", epoch_ + 1, std::to_string(epochs_).size(), epochs_);
  const std::string count = fmt::format(" {:>{}}/{}", step, std::to_string(steps_).size(), steps_);
  const std::string tail = fmt::format("  {} steps/s {} left", rate_text(rate),
                                       detail::clock_text(static_cast<double>(steps_ - step) / rate));
  int used = static_cast<int>(head.size() + count.size() + tail.size());
  std::string middle;  // the values that there is room for
  for (const std::string& value : values_of(logs)) {
    if (used + 1 + static_cast<int>(value.size()) > room) break;
    middle += " " + value;
    used += 1 + static_cast<int>(value.size());
  }
  const int width = std::min(kWidestBar, room - used - 1);
  std::string text =
      head + (width >= kNarrowestBar ? " " + detail::bar_text(step, steps_, width) : "") + count + middle + tail;
  if (static_cast<int>(text.size()) > room) text.resize(static_cast<std::size_t>(std::max(0, room)));
  return text;
}

std::string Progress::last_line(const Logs& logs, double seconds) const {
  std::string text = fmt::format("epoch {:>{}}/{}", epoch_ + 1, std::to_string(epochs_).size(), epochs_);
  const std::size_t indent = text.size();
  std::size_t column = indent;
  std::vector<std::string> values = values_of(logs);
  values.push_back(seconds < 60 ? fmt::format(" {:.1f} s", seconds) : " " + detail::clock_text(seconds));
  for (const std::string& value : values) {
    if (options_.terminal && column + 1 + value.size() > static_cast<std::size_t>(options_.width)) {
      text += "\n" + std::string(indent, ' ');
      column = indent;
    }
    text += " " + value;
    column += 1 + value.size();
  }
  return text;
}

void Progress::clear_line() {
  if (drawn_) options_.write("\r\x1b[K");
  drawn_ = false;
}

void Progress::draw(std::int64_t step, const Logs& logs) {
  options_.write("\r" + line(step, logs, seconds()) + "\x1b[K");
  drawn_ = true;
  next_ = Clock::now() + kEvery;
}

void Progress::end_epoch(const Logs& logs) { note(last_line(logs, seconds())); }

void Progress::note(std::string_view text) {
  clear_line();
  options_.write(std::string(text) + "\n");
}

}  // namespace xgrad::train
