#include "data/pipeline.hpp"

#include <fmt/format.h>

#include "tensor/error.hpp"

namespace xgrad::data {

Pipeline::Pipeline(const Pipeline& other) {
  for (const auto& step : other.steps_) steps_.push_back(step->clone());
}

Pipeline& Pipeline::fit(const Tensor& x) {
  fit_transform(x);
  return *this;
}

Tensor Pipeline::fit_transform(const Tensor& x) {
  Pipeline fitted = *this;  // so that a step that throws leaves the ones before it as they were
  Tensor y = x;
  for (const auto& step : fitted.steps_) {
    step->fit(y);
    y = step->transform(y);
  }
  steps_.swap(fitted.steps_);
  return y;
}

Tensor Pipeline::transform(const Tensor& x) const {
  Tensor y = x;
  for (const auto& step : steps_) y = step->transform(y);
  return y;
}

Tensor Pipeline::inverse_transform(const Tensor& y) const {
  Tensor x = y;
  for (std::size_t i = steps_.size(); i-- > 0;) x = steps_[i]->inverse_transform(x, i);
  return x;
}

void Pipeline::no_inverse(std::size_t number) {
  fail<ValueError>("data::Pipeline::inverse_transform",
                   fmt::format("step {} (counted from 0) cannot be undone: got a step without inverse_transform to a "
                               "tensor; expected one",
                               number));
}

}  // namespace xgrad::data
