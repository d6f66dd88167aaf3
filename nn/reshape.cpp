#include "nn/reshape.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "autograd/ops/padding.hpp"
#include "autograd/ops/shape.hpp"
#include "nn/detail/arguments.hpp"
#include "nn/detail/weights.hpp"

namespace xgrad::nn {

Tensor Flatten::forward(const Tensor& x) {
  Tensor y = flatten(x, start_, end_);
  detail::note_flatten(x, y);
  return y;
}

void Flatten::arguments(detail::Arguments& a) { a.arg("start", start_, 1).arg("end", end_, -1); }

Reshape::Reshape(const Shape& shape) : shape_(shape) {
  for (const std::int64_t size : shape) detail::check_least("Reshape", "size", size, -1);
  if (std::count(shape.begin(), shape.end(), -1) > 1)
    fail<ValueError>("Reshape", fmt::format("got {}; expected at most one -1", shape.str()));
  if (shape.rank() == Shape::kMaxRank)
    fail<ValueError>("Reshape", fmt::format("got {}; expected at most 7 sizes, the batch is the 8th", shape.str()));
}

Tensor Reshape::forward(const Tensor& x) {
  if (x.dim() == 0) fail<ShapeError>("input is a single number", "got []; expected [N, ...]");
  Shape to = shape_.with(0, x.shape()[0]);
  std::int64_t of_sample = 1, given = 1;
  int open = -1;
  for (int i = 1; i < x.dim(); ++i) of_sample *= x.shape()[i];
  for (int i = 1; i < to.rank(); ++i) {
    if (to[i] < 0) open = i;
    else given *= to[i];
  }
  // Found from the sample, so that an empty batch does too.
  if (open >= 0 && given > 0 && of_sample % given == 0) to[open] = of_sample / given;
  if (open >= 0 ? to[open] < 0 : given != of_sample) {
    fail<ShapeError>(fmt::format("input has {} elements per sample", of_sample),
                     fmt::format("got {}; expected as many as [N, {}] has", x.shape().str(),
                                 fmt::join(shape_.begin(), shape_.end(), ", ")));
  }
  return reshape(x, to);
}

void Reshape::arguments(detail::Arguments& a) {
  a.arg("shape", shape_);
  if (a.reading()) *this = Reshape(shape_);
}

Tensor ChannelsFirst::forward(const Tensor& x) { return x.dim() > 2 ? movedim(x, -1, 1) : x; }
Tensor ChannelsLast::forward(const Tensor& x) { return x.dim() > 2 ? movedim(x, 1, -1) : x; }

ZeroPad::ZeroPad(std::vector<std::int64_t> amounts) : amounts_(std::move(amounts)) {
  if (amounts_.size() % 2 != 0 || amounts_.size() > 2 * Shape::kMaxRank)
    fail<ValueError>(
        "ZeroPad", fmt::format("got {} amounts; expected a pair for each axis, from the last one on", amounts_.size()));
}

Tensor ZeroPad::forward(const Tensor& x) { return pad(x, amounts_); }

void ZeroPad::arguments(detail::Arguments& a) {
  a.arg("amounts", amounts_);
  if (a.reading()) *this = ZeroPad(amounts_);
}

}  // namespace xgrad::nn
