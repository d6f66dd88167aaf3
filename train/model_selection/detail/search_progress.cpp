#include "train/model_selection/detail/search_progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "train/detail/progress_text.hpp"

namespace xgrad::train::detail {
namespace {

constexpr int kWidestBar = 30, kNarrowestBar = 8;

}  // namespace

SearchProgress::SearchProgress(ProgressOptions options, std::size_t fits, std::size_t before)
    : options_(std::move(options)), fits_(fits), before_(before), done_(before), best_(std::nan("")) {
  if (!options_.write)
    options_.write = [](std::string_view text) {
      std::fwrite(text.data(), 1, text.size(), stdout);
      std::fflush(stdout);
    };
}

std::string SearchProgress::left(double elapsed) const {
  return clock_text(elapsed / static_cast<double>(done_ - before_) * static_cast<double>(fits_ - done_)) + " left";
}

std::string SearchProgress::line(const std::string& what, double score, double took, double elapsed) const {
  return fmt::format("fit {:>{}}/{}  {}: {:.6f}  {:.1f} s, {}", done_, std::to_string(fits_).size(), fits_, what, score,
                     took, left(elapsed));
}

std::string SearchProgress::bar(double elapsed) const {
  const std::string tail =
      fmt::format(" {:>{}}/{}  best {:.6f}  {}", done_, std::to_string(fits_).size(), fits_, best_, left(elapsed));
  const int room = options_.width - 1;
  const int width = std::min(kWidestBar, room - static_cast<int>(tail.size()) - 5);
  std::string text = "fits" +
                     (width >= kNarrowestBar
                          ? " " + bar_text(static_cast<std::int64_t>(done_), static_cast<std::int64_t>(fits_), width)
                          : "") +
                     tail;
  if (static_cast<int>(text.size()) > room) text.resize(static_cast<std::size_t>(std::max(0, room)));
  return text;
}

void SearchProgress::finished(const std::string& what, double score, double seconds) {
  ++done_;
  if (std::isnan(best_) || score > best_) best_ = score;
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  if (options_.terminal) options_.write("\r" + bar(elapsed) + "\x1b[K");
  else options_.write(line(what, score, seconds, elapsed) + "\n");
}

void SearchProgress::end() {
  if (options_.terminal) options_.write("\n");
}

}  // namespace xgrad::train::detail
