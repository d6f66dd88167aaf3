#include "data/loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "tensor/error.hpp"

namespace xgrad::data {
namespace {

/// A permutation of 0 ... n-1, each equally likely, decided by one block of `generator`.
std::vector<std::int64_t> permutation(std::int64_t n, Generator& generator) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  Generator stream(generator.bits());
  for (std::int64_t i = n - 1; i > 0; --i) {
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(stream.below(i + 1))]);
  }
  return order;
}

std::int64_t batches(std::int64_t examples, const LoaderOptions& o) {
  return examples / o.batch_size + (!o.drop_last && examples % o.batch_size != 0);
}

}  // namespace

/// One pass over the data: the order, and how far it has come. What fetches ahead belongs here.
struct DataLoader::Iterator::Epoch {
  std::shared_ptr<const Dataset> dataset;
  std::vector<std::int64_t> order;
  std::int64_t batch_size;
  std::int64_t batches;
  std::int64_t given = 0;

  bool next(Batch& out) {
    if (given == batches) return false;
    const auto first = static_cast<std::size_t>(given * batch_size);
    const std::size_t count = std::min(static_cast<std::size_t>(batch_size), order.size() - first);
    ++given;
    out = dataset->batch(std::span(order).subspan(first, count));
    return true;
  }
};

DataLoader::DataLoader(std::shared_ptr<const Dataset> dataset, LoaderOptions options)
    : dataset_(std::move(dataset)), options_(options) {
  if (!dataset_) fail<ValueError>("data::DataLoader", "got a null pointer; expected a data set");
  if (options_.batch_size < 1) {
    fail<ValueError>("data::DataLoader", fmt::format("batch_size: got {}; expected at least 1", options_.batch_size));
  }
  if (options_.seed) own_.emplace(*options_.seed);
}

std::int64_t DataLoader::size() const { return batches(dataset_->size(), options_); }

DataLoader::Iterator DataLoader::begin() {
  const std::int64_t n = dataset_->size();
  auto epoch = std::make_shared<Iterator::Epoch>();
  epoch->dataset = dataset_;
  epoch->batch_size = options_.batch_size;
  epoch->batches = batches(n, options_);
  if (options_.shuffle) {
    epoch->order = permutation(n, generator());
  } else {
    epoch->order.resize(static_cast<std::size_t>(n));
    std::iota(epoch->order.begin(), epoch->order.end(), std::int64_t{0});
  }
  return Iterator(std::move(epoch));
}

void DataLoader::set_epoch(std::uint64_t epoch) {
  if (!own_) fail<ValueError>("data::DataLoader::set_epoch", "the loader has no generator of its own; give it a seed");
  *own_ = Generator(own_->seed(), epoch);
}

DataLoader::Iterator::Iterator(std::shared_ptr<Epoch> epoch) : epoch_(std::move(epoch)) { ++*this; }

DataLoader::Iterator& DataLoader::Iterator::operator++() {
  batch_ = {};  // its memory serves the next one
  if (!epoch_->next(batch_)) epoch_ = nullptr;
  return *this;
}

}  // namespace xgrad::data
