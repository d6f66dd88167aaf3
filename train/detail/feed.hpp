#pragma once
/// How batches reach `fit`: a loader, and beside it what a data::Batch has no place for.

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "data/loader.hpp"
#include "train/multi_dataset.hpp"

namespace xgrad::train::detail {

/// A batch as the loop sees it; the spans live as long as the batch is the current one.
struct View {
  std::span<const Tensor> inputs, targets;
  Tensor weight;  ///< [N] or undefined
  std::int64_t samples() const { return inputs[0].dim() == 0 ? 1 : inputs[0].size(0); }
};

/// The examples first ... first + count - 1 of a data set, which must outlive it; several inputs and targets stay.
std::unique_ptr<data::Dataset> part_of(const data::Dataset& whole, std::int64_t first, std::int64_t count);

/// Batches of a data set, epoch after epoch.
class Feed {
 public:
  /// The data set must outlive it. `weights` [N] or undefined.
  Feed(const data::Dataset& data, const data::LoaderOptions& options, Tensor weights = {});

  std::int64_t batches() const { return loader_->size(); }
  std::int64_t size() const { return loader_->dataset().size(); }
  data::DataLoader& loader() noexcept { return *loader_; }

  /// Starts an epoch, at batch number `first`. One at a time.
  void begin(std::int64_t first = 0);
  /// The next batch, null at the end.
  const View* next();
  /// Ends the epoch, gathered batches and all.
  void end();
  /// The first few examples, gathered under a generator of its own: for looking at shapes.
  View peek(std::int64_t n);

 private:
  /// What goes with a batch that the loader hands out, in the order of the batches.
  struct Side {
    MultiBatch multi;
    Tensor weight;
  };
  class Beside;

  std::shared_ptr<Beside> beside_;  ///< null where a plain batch is all there is
  std::optional<data::DataLoader> loader_;
  std::optional<data::DataLoader::Iterator> at_;
  bool started_ = false;
  Side side_;
  data::Batch peeked_;
  View view_;
};

}  // namespace xgrad::train::detail
