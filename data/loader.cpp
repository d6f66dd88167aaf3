#include "data/loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <numeric>
#include <span>
#include <thread>
#include <vector>

#include "tensor/error.hpp"

namespace xgrad::data {
namespace {

constexpr std::chrono::microseconds kWorthHandingOver{50};  // waking another thread takes up to ten
constexpr int kSlowInARow = 2;                              // one may be slow because the system did something else
constexpr std::uint64_t kUndrawn = 0x6261746368;            // the fork for batches of an epoch that draws nothing

/// 0 ... n-1.
std::vector<std::int64_t> in_order(std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  return order;
}

/// A permutation of 0 ... n-1, each equally likely, decided by `stream`.
std::vector<std::int64_t> permutation(std::int64_t n, Generator stream) {
  std::vector<std::int64_t> order = in_order(n);
  for (std::int64_t i = n - 1; i > 0; --i) {
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(stream.below(i + 1))]);
  }
  return order;
}

std::int64_t batches(std::int64_t examples, const LoaderOptions& o) {
  return examples / o.batch_size + (!o.drop_last && examples % o.batch_size != 0);
}

}  // namespace

/// One pass over the data. The caller gathers batches itself until they are worth a thread; from then on a worker
/// gathers them, at most `prefetch` ahead of the one given out last. Batches done with go back to the worker: memory
/// returns to the thread that takes it.
class DataLoader::Iterator::Epoch {
 public:
  Epoch(std::shared_ptr<const Dataset> dataset, const LoaderOptions& o, std::vector<std::int64_t> order,
        const Generator& random, std::int64_t first)
      : dataset_(std::move(dataset)), order_(std::move(order)), random_(random), batch_size_(o.batch_size),
        batches_(batches(std::ssize(order_), o)), prefetch_(o.prefetch), given_(first), made_(first) {}
  ~Epoch() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    room_.notify_one();
    if (worker_.joinable()) worker_.join();
  }
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;

  /// Puts the next batch in the place of the last; false when there is none.
  bool next(Batch& batch) {
    if (given_ < batches_ && worker_.joinable()) {
      take(batch);
      return true;
    }
    batch = {};  // its memory serves the next one
    if (given_ == batches_) return false;
    const auto start = std::chrono::steady_clock::now();
    batch = gather(given_++);
    slow_ = std::chrono::steady_clock::now() - start >= kWorthHandingOver ? slow_ + 1 : 0;
    if (slow_ == kSlowInARow && prefetch_ > 0 && given_ < batches_) start_worker();
    return true;
  }

 private:
  /// What became of a batch.
  struct Gathered {
    Batch batch;
    std::exception_ptr error;
  };

  /// Asks the data set, under a generator and a grad mode that do not depend on who asks.
  Batch gather(std::int64_t number) const {
    Generator own = random_.fork(static_cast<std::uint64_t>(number));
    const GeneratorGuard generator(own);
    const NoGradGuard no_grad;
    const auto first = static_cast<std::size_t>(number * batch_size_);
    const std::size_t count = std::min(static_cast<std::size_t>(batch_size_), order_.size() - first);
    return dataset_->batch(std::span(order_).subspan(first, count));
  }

  void start_worker() noexcept {
    try {
      made_ = given_;
      ring_.resize(static_cast<std::size_t>(std::min(prefetch_, batches_ - given_)));
      worker_ = std::thread([this] { work(); });
    } catch (const std::exception&) {
      prefetch_ = 0;  // no thread or no memory to be had: the caller goes on by itself
    }
  }

  void work() noexcept {
    for (std::int64_t number = made_; number < batches_ + std::ssize(ring_); ++number) {
      Gathered result;
      {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return stop_ || number - given_ < std::ssize(ring_); });
        if (stop_) return ring_.clear();
        std::swap(result, place(number));  // a batch that the caller is done with
      }
      result = {};
      if (number >= batches_) continue;
      try {
        result.batch = gather(number);
      } catch (...) {
        result.error = std::current_exception();
      }
      {
        const std::lock_guard lock(mutex_);
        place(number) = std::move(result);
        made_ = number + 1;
      }
      ready_.notify_one();
    }
  }

  void take(Batch& batch) {
    std::exception_ptr error;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [&] { return made_ > given_; });
      Gathered& result = place(given_++);
      std::swap(batch, result.batch);
      std::swap(error, result.error);
    }
    room_.notify_one();
    if (error) std::rethrow_exception(std::move(error));
  }

  Gathered& place(std::int64_t number) { return ring_[static_cast<std::size_t>(number % std::ssize(ring_))]; }

  const std::shared_ptr<const Dataset> dataset_;
  const std::vector<std::int64_t> order_;
  const Generator random_;
  const std::int64_t batch_size_, batches_;
  std::int64_t prefetch_;
  int slow_ = 0;  // batches in a row that were worth handing over

  std::thread worker_;
  std::mutex mutex_;                      // guards what follows, once there is a worker
  std::condition_variable room_, ready_;  // for the worker, for the caller
  std::int64_t given_ = 0, made_ = 0;     // batches given out and batches gathered so far
  bool stop_ = false;
  std::vector<Gathered> ring_;
};

DataLoader::DataLoader(std::shared_ptr<const Dataset> dataset, LoaderOptions options)
    : dataset_(std::move(dataset)), options_(options) {
  if (!dataset_) fail<ValueError>("data::DataLoader", "got a null pointer; expected a data set");
  if (options_.batch_size < 1) {
    fail<ValueError>("data::DataLoader", fmt::format("batch_size: got {}; expected at least 1", options_.batch_size));
  }
  if (options_.prefetch < 0) {
    fail<ValueError>("data::DataLoader", fmt::format("prefetch: got {}; expected 0 or more", options_.prefetch));
  }
  if (options_.seed) own_.emplace(*options_.seed);
}

std::int64_t DataLoader::size() const { return batches(dataset_->size(), options_); }

DataLoader::Iterator DataLoader::begin() { return begin(0); }

DataLoader::Iterator DataLoader::begin(std::int64_t first) {
  const std::int64_t n = dataset_->size();
  if (first < 0 || first > size())
    fail<ValueError>("data::DataLoader::begin", fmt::format("got batch {}; expected 0 to {}", first, size()));
  const bool draws = options_.shuffle || own_;
  const Generator random = draws ? Generator(generator().bits()) : generator().fork(kUndrawn);
  return Iterator(std::make_shared<Iterator::Epoch>(
      dataset_, options_, options_.shuffle ? permutation(n, random) : in_order(n), random, first));
}

void DataLoader::set_epoch(std::uint64_t epoch) {
  if (!own_) fail<ValueError>("data::DataLoader::set_epoch", "the loader has no generator of its own; give it a seed");
  *own_ = Generator(own_->seed(), epoch);
}

DataLoader::Iterator::Iterator(std::shared_ptr<Epoch> epoch) : epoch_(std::move(epoch)) { ++*this; }

DataLoader::Iterator& DataLoader::Iterator::operator++() {
  if (!epoch_->next(batch_)) epoch_ = nullptr;
  return *this;
}

}  // namespace xgrad::data
