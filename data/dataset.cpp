#include "data/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>
#include <vector>

#include "tensor/error.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::data {
namespace {

constexpr std::int64_t kGrain = 1 << 19;  // bytes written by one piece of parallel work

/// Bytes or elements of one example.
std::int64_t row_numel(const Array& rows) { return rows.shape().without(0).numel(); }

Shape with_rows(const Array& like, std::int64_t n) {
  Shape shape = like.shape();
  shape[0] = n;
  return shape;
}

/// Calls `copy(i)` for every row of a batch, in parallel where that is worth it.
template <class F>
void for_rows(std::int64_t rows, std::int64_t row_bytes, F copy) {
  parallel_for(rows, std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, row_bytes)),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) copy(i);
               });
}

/// The rows first + indices[i] of `from`.
Array take_rows(const Array& from, std::int64_t first, std::span<const std::int64_t> indices) {
  const auto n = static_cast<std::int64_t>(indices.size());
  Array out = Array::empty(with_rows(from, n), from.dtype());
  const std::int64_t row = row_numel(from) * static_cast<std::int64_t>(size_of(from.dtype()));
  const auto* in = static_cast<const std::byte*>(from.raw());
  auto* to = static_cast<std::byte*>(out.mutable_raw());
  for_rows(n, row, [=](std::int64_t i) {
    std::memcpy(to + i * row, in + (first + indices[static_cast<std::size_t>(i)]) * row, static_cast<std::size_t>(row));
  });
  return out;
}

/// The same for uint8, as float32 times `scale`.
Array take_scaled_rows(const Array& from, std::int64_t first, std::span<const std::int64_t> indices, double scale) {
  const auto n = static_cast<std::int64_t>(indices.size());
  Array out = Array::empty(with_rows(from, n), float32);
  const std::int64_t row = row_numel(from);
  const std::uint8_t* in = from.data<std::uint8_t>();
  float* to = out.mutable_data<float>();
  for_rows(n, row * static_cast<std::int64_t>(sizeof(float)), [=](std::int64_t i) {
    const std::uint8_t* a = in + (first + indices[static_cast<std::size_t>(i)]) * row;
    float* b = to + i * row;
    for (std::int64_t k = 0; k < row; ++k) b[k] = static_cast<float>(a[k] * scale);
  });
  return out;
}

}  // namespace

Batch Dataset::all() const {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(size()));
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  return batch(indices);
}

TensorDataset::TensorDataset(Array x, Array y, TensorDatasetOptions options)
    : x_(std::move(x)), y_(std::move(y)), options_(options) {
  if (x_.dim() == 0 || y_.dim() == 0 || x_.size(0) != y_.size(0)) {
    fail<ShapeError>("data::TensorDataset", fmt::format("inputs and targets do not match: got x {}, y {}; expected "
                                                        "x.shape[0] == y.shape[0], the number of examples",
                                                        x_.shape().str(), y_.shape().str()));
  }
  size_ = x_.size(0);
}

Batch TensorDataset::batch(std::span<const std::int64_t> indices) const {
  for (const std::int64_t i : indices) {
    if (i < 0 || i >= size_) {
      fail<IndexError>("data::TensorDataset::batch",
                       fmt::format("no such example: got {}; expected 0 to {}, for there are {} "
                                   "examples",
                                   i, size_ - 1, size_));
    }
  }
  Array x =
      x_.dtype() == uint8 ? take_scaled_rows(x_, first_, indices, options_.scale) : take_rows(x_, first_, indices);
  return {std::move(x), take_rows(y_, first_, indices)};
}

TensorDataset TensorDataset::slice(std::int64_t first, std::int64_t last) const {
  if (first < 0 || last < first || last > size_) {
    fail<IndexError>("data::TensorDataset::slice",
                     fmt::format("not a range of the examples: got {} to {}; expected 0 <= first "
                                 "<= last <= {}",
                                 first, last, size_));
  }
  TensorDataset out = *this;
  out.first_ = first_ + first;
  out.size_ = last - first;
  return out;
}

Array TensorDataset::part(const Array& whole) const {
  if (size_ == whole.size(0)) return whole;
  Array out = Array::empty(with_rows(whole, size_), whole.dtype());
  const std::size_t row = static_cast<std::size_t>(row_numel(whole)) * size_of(whole.dtype());
  if (out.nbytes() > 0) {
    std::memcpy(out.mutable_raw(), static_cast<const std::byte*>(whole.raw()) + static_cast<std::size_t>(first_) * row,
                out.nbytes());
  }
  return out;
}

}  // namespace xgrad::data
