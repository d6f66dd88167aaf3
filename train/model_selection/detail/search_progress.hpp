#pragma once
/// How far a search is, for people.

#include <chrono>
#include <cstddef>
#include <string>

#include "train/progress.hpp"

namespace xgrad::train::detail {

/// A line for each fit that has ended:
///
///     fit  3/30  fold 1 of {'epochs': 10}: 0.931233  2.1 s, 0:45 left
///
/// and in a terminal, with `bar`, below them nothing but
///
///     fits [=========>          ] 12/30  best 0.931233  0:45 left
class SearchProgress {
 public:
  /// `fits` in all, of which some were done before.
  SearchProgress(ProgressOptions options, std::size_t fits, std::size_t before);

  /// One more fit. `score` is its first one.
  void finished(const std::string& what, double score, double seconds);
  void end();

  /// What is shown after so many seconds, without control characters.
  std::string line(const std::string& what, double score, double took, double elapsed) const;
  std::string bar(double elapsed) const;

 private:
  std::string left(double elapsed) const;

  ProgressOptions options_;
  std::size_t fits_, before_, done_;
  double best_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace xgrad::train::detail
