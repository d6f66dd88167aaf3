#pragma once
/// DataLoader: a data set in batches, epoch after epoch.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "data/dataset.hpp"
#include "tensor/random.hpp"

namespace xgrad::data {

struct LoaderOptions {
  std::int64_t batch_size = 32;  ///< examples in a batch, at least 1; the last batch of an epoch may be smaller
  bool shuffle = false;          ///< a new random order for every epoch
  bool drop_last = false;        ///< leaves out a last batch that is not full
  /// Gives the loader a generator of its own. Without, it draws from `default_generator()` at the start of each epoch.
  std::optional<std::uint64_t> seed = {};
  /// Batches gathered ahead, in the background, while the last one given out is worked on; 0: none, on no thread but
  /// the caller's. As many batches more lie in memory. What comes out never depends on it.
  std::int64_t prefetch = 2;
};

/// Gives a data set out in batches. Each `begin()` starts an epoch:
///
///     for (const auto& [x, y] : data::DataLoader(digits.train, {.batch_size = 32, .shuffle = true})) ...
///
/// A shuffled epoch takes one block of its generator, which alone decides the order (Fisher-Yates): the order is a
/// function of the generator's seed and counter. So with `seed` epoch e, counted from 0, can be had again with
/// `set_epoch(e)`, and saving the generator between epochs is enough to go on where one stopped. (PyTorch's loader
/// without a generator behaves as this one without a seed.) With `seed` an epoch in order takes a block too, without
/// one it leaves the default generator as it is.
///
/// An epoch under way keeps what it needs: the loader may be moved, destroyed or asked for another epoch meanwhile.
///
/// With `prefetch` a thread of the epoch's own calls `Dataset::batch`, one call at a time and in order. It starts when
/// two batches in a row took the caller 50 us or more: less is not worth handing over. Wherever a batch is gathered,
/// nothing is recorded on the tape, and `default_generator()` is one made for this very batch, from the loader's
/// generator as it was at `begin()` and the batch's number: random transforms are as reproducible as the order. What
/// the data set throws reaches the caller where that batch is due; the loop may then go on with the next one. Leaving a
/// loop early waits for the batch being gathered, and drops it.
class DataLoader {
 public:
  class Iterator;

  /// Shares the data set. Throws ValueError for a batch size below 1, a negative prefetch or a null pointer.
  explicit DataLoader(std::shared_ptr<const Dataset> dataset, LoaderOptions options = {});
  /// Takes a copy of the data set, which is cheap for those that share their arrays.
  template <class D>
  requires std::derived_from<std::remove_cvref_t<D>, Dataset> && std::constructible_from<std::remove_cvref_t<D>, D>
  explicit DataLoader(D&& dataset, LoaderOptions options = {})
      : DataLoader(
            std::shared_ptr<const Dataset>(std::make_shared<const std::remove_cvref_t<D>>(std::forward<D>(dataset))),
            options) {}

  /// Batches in an epoch.
  std::int64_t size() const;
  const Dataset& dataset() const noexcept { return *dataset_; }
  const LoaderOptions& options() const noexcept { return options_; }

  /// Starts an epoch, shuffled anew if so asked, and gathers its first batch.
  Iterator begin();
  /// Starts it at batch number `first`, as if those before had been given out: the others are the same, to the bit.
  /// They are not gathered. Throws ValueError unless 0 <= first <= size().
  Iterator begin(std::int64_t first);
  static std::default_sentinel_t end() noexcept { return {}; }

  /// The generator that the next shuffled epoch draws from: its own, or else the default one of this thread.
  Generator& generator() noexcept { return own_ ? *own_ : default_generator(); }
  /// Makes the next epoch the one numbered `epoch`, counted from 0. Throws ValueError for a loader without `seed`.
  void set_epoch(std::uint64_t epoch);

 private:
  std::shared_ptr<const Dataset> dataset_;
  LoaderOptions options_;
  std::optional<Generator> own_;
};

/// Goes through one epoch, once; copies of it share the position. The epoch ends with the last of them.
class DataLoader::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;
  using pointer = const Batch*;
  using reference = const Batch&;

  const Batch& operator*() const noexcept { return batch_; }
  const Batch* operator->() const noexcept { return &batch_; }
  /// Takes the next batch, or gathers it. Throws what the data set throws.
  Iterator& operator++();
  void operator++(int) { ++*this; }
  friend bool operator==(const Iterator& i, std::default_sentinel_t) noexcept { return i.epoch_ == nullptr; }

 private:
  friend class DataLoader;
  class Epoch;
  explicit Iterator(std::shared_ptr<Epoch> epoch);

  std::shared_ptr<Epoch> epoch_;  ///< null at the end
  Batch batch_;
};

}  // namespace xgrad::data
