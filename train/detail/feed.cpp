#include "train/detail/feed.hpp"

#include <numeric>

namespace xgrad::train::detail {

namespace {

std::vector<std::int64_t> moved(std::span<const std::int64_t> indices, std::int64_t by) {
  std::vector<std::int64_t> out(indices.begin(), indices.end());
  for (std::int64_t& i : out) i += by;
  return out;
}

class Part : public data::Dataset {
 public:
  Part(const data::Dataset& whole, std::int64_t first, std::int64_t count)
      : whole_(whole), first_(first), count_(count) {}
  std::int64_t size() const override { return count_; }
  data::Batch batch(std::span<const std::int64_t> indices) const override {
    return first_ == 0 ? whole_.batch(indices) : whole_.batch(moved(indices, first_));
  }

 private:
  const data::Dataset& whole_;
  std::int64_t first_, count_;
};

class MultiPart : public MultiDataset {
 public:
  MultiPart(const MultiDataset& whole, std::int64_t first, std::int64_t count)
      : whole_(whole), first_(first), count_(count) {}
  std::int64_t size() const override { return count_; }
  MultiBatch multi_batch(std::span<const std::int64_t> indices) const override {
    return whole_.multi_batch(moved(indices, first_));
  }

 private:
  const MultiDataset& whole_;
  std::int64_t first_, count_;
};

}  // namespace

std::unique_ptr<data::Dataset> part_of(const data::Dataset& whole, std::int64_t first, std::int64_t count) {
  if (const auto* multi = dynamic_cast<const MultiDataset*>(&whole))
    return std::make_unique<MultiPart>(*multi, first, count);
  return std::make_unique<Part>(whole, first, count);
}

/// Asks for everything, hands on what fits into a Batch, and keeps the rest until the loop gets there. Batches are
/// gathered and given out in the same order, one call each, so the first one kept is always the next one wanted.
class Feed::Beside : public data::Dataset {
 public:
  Beside(const data::Dataset& data, Tensor weights)
      : data_(data), multi_(dynamic_cast<const MultiDataset*>(&data)), weights_(std::move(weights)) {
    if (weights_.defined()) weight_rows_.emplace(Array::empty({weights_.numel(), 0}), weights_.array());
  }
  std::int64_t size() const override { return data_.size(); }
  data::Batch batch(std::span<const std::int64_t> indices) const override {
    Side side;
    data::Batch out;
    if (multi_) {
      side.multi = multi_->multi_batch(indices);
      out = {side.multi.inputs.at(0), side.multi.targets.at(0)};
    } else {
      out = data_.batch(indices);
    }
    if (weight_rows_) side.weight = weight_rows_->batch(indices).y;
    const std::lock_guard lock(mutex_);
    kept_.push_back(std::move(side));
    return out;
  }
  Side take() const {
    const std::lock_guard lock(mutex_);
    Side side = std::move(kept_.front());
    kept_.pop_front();
    return side;
  }
  void clear() const {
    const std::lock_guard lock(mutex_);
    kept_.clear();
  }

 private:
  const data::Dataset& data_;
  const MultiDataset* multi_;
  Tensor weights_;
  std::optional<data::TensorDataset> weight_rows_;
  mutable std::mutex mutex_;
  mutable std::deque<Side> kept_;
};

Feed::Feed(const data::Dataset& data, const data::LoaderOptions& options, Tensor weights) {
  std::shared_ptr<const data::Dataset> source(std::shared_ptr<const data::Dataset>(), &data);  // not owned
  if (weights.defined() || dynamic_cast<const MultiDataset*>(&data)) {
    beside_ = std::make_shared<Beside>(data, std::move(weights));
    source = beside_;
  }
  loader_.emplace(std::move(source), options);
}

void Feed::begin(std::int64_t first) {
  end();
  at_.emplace(loader_->begin(first));
  started_ = false;
}

const View* Feed::next() {
  if (started_) {
    side_ = {};  // its memory serves the next batch
    view_ = {};
    ++*at_;
  }
  started_ = true;
  if (*at_ == std::default_sentinel) return nullptr;
  const data::Batch& batch = **at_;
  view_.inputs = {&batch.x, 1};
  view_.targets = {&batch.y, 1};
  if (beside_) {
    side_ = beside_->take();
    view_.weight = side_.weight;
    if (!side_.multi.inputs.empty()) {
      view_.inputs = side_.multi.inputs;
      view_.targets = side_.multi.targets;
    }
  }
  return &view_;
}

void Feed::end() {
  at_.reset();
  if (beside_) beside_->clear();
  view_ = {};
  side_ = {};
}

View Feed::peek(std::int64_t n) {
  std::vector<std::int64_t> first(static_cast<std::size_t>(std::min(n, size())));
  std::iota(first.begin(), first.end(), std::int64_t{0});
  Generator own;
  const GeneratorGuard generator(own);
  const NoGradGuard no_grad;
  peeked_ = loader_->dataset().batch(first);
  View view{{&peeked_.x, 1}, {&peeked_.y, 1}, {}};
  if (beside_) {
    side_ = beside_->take();
    view.weight = side_.weight;
    if (!side_.multi.inputs.empty()) {
      view.inputs = side_.multi.inputs;
      view.targets = side_.multi.targets;
    }
  }
  return view;
}

}  // namespace xgrad::train::detail
