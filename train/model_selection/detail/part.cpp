#include "train/model_selection/detail/part.hpp"

#include <algorithm>
#include <numeric>

#include "autograd/ops.hpp"
#include "train/model_selection/detail/hash.hpp"
#include "train/multi_dataset.hpp"

namespace xgrad::train::detail {
namespace {

constexpr std::int64_t kAtOnce = 1024;

class Picked {
 public:
  explicit Picked(std::vector<std::int64_t> indices) : indices_(std::move(indices)) {}
  std::int64_t size() const { return static_cast<std::int64_t>(indices_.size()); }
  std::vector<std::int64_t> of(std::span<const std::int64_t> places) const {
    std::vector<std::int64_t> out;
    out.reserve(places.size());
    for (const std::int64_t p : places) out.push_back(indices_.at(static_cast<std::size_t>(p)));
    return out;
  }

 private:
  std::vector<std::int64_t> indices_;
};

class Part final : public data::Dataset {
 public:
  Part(const data::Dataset& whole, std::vector<std::int64_t> indices) : whole_(whole), picked_(std::move(indices)) {}
  std::int64_t size() const override { return picked_.size(); }
  data::Batch batch(std::span<const std::int64_t> places) const override { return whole_.batch(picked_.of(places)); }

 private:
  const data::Dataset& whole_;
  Picked picked_;
};

class MultiPart final : public MultiDataset {
 public:
  MultiPart(const MultiDataset& whole, std::vector<std::int64_t> indices)
      : whole_(whole), picked_(std::move(indices)) {}
  std::int64_t size() const override { return picked_.size(); }
  MultiBatch multi_batch(std::span<const std::int64_t> places) const override {
    return whole_.multi_batch(picked_.of(places));
  }

 private:
  const MultiDataset& whole_;
  Picked picked_;
};

/// Calls f with a batch of all examples after the other.
template <class F>
void each_batch(const data::Dataset& data, F f) {
  Generator own;  // a data set with random transforms gives the same ones every time
  const GeneratorGuard guard(own);
  const NoGradGuard no_grad;
  const auto* multi = dynamic_cast<const MultiDataset*>(&data);
  for (std::int64_t first = 0; first < data.size(); first += kAtOnce) {
    std::vector<std::int64_t> indices(static_cast<std::size_t>(std::min(kAtOnce, data.size() - first)));
    std::iota(indices.begin(), indices.end(), first);
    if (multi) {
      f(multi->multi_batch(indices));
    } else {
      data::Batch batch = data.batch(indices);
      f(MultiBatch{{std::move(batch.x)}, {std::move(batch.y)}});
    }
  }
}

}  // namespace

std::unique_ptr<data::Dataset> pick(const data::Dataset& whole, std::vector<std::int64_t> indices) {
  if (const auto* multi = dynamic_cast<const MultiDataset*>(&whole))
    return std::make_unique<MultiPart>(*multi, std::move(indices));
  return std::make_unique<Part>(whole, std::move(indices));
}

Tensor targets_of(const data::Dataset& data) {
  if (const auto* held = dynamic_cast<const data::TensorDataset*>(&data)) return held->targets();
  std::vector<Tensor> parts;
  each_batch(data, [&](const MultiBatch& batch) { parts.push_back(batch.targets.at(0).detach()); });
  const NoGradGuard no_grad;
  return concat(parts, 0);
}

std::uint64_t hash_of(const data::Dataset& data) {
  Hash hash;
  hash.number(data.size());
  each_batch(data, [&](const MultiBatch& batch) {
    for (const auto* tensors : {&batch.inputs, &batch.targets}) {
      hash.number(static_cast<std::int64_t>(tensors->size()));
      for (const Tensor& t : *tensors) {
        hash.text(t.shape().str()).number(static_cast<std::int64_t>(t.dtype()));
        const Array a = t.array();
        hash.bytes({static_cast<const std::byte*>(a.raw()), a.nbytes()});
      }
    }
  });
  return hash.value();
}

}  // namespace xgrad::train::detail
