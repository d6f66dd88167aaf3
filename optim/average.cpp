#include "optim/average.hpp"

#include <fmt/format.h>

#include <utility>

#include "optim/internal/sweep.hpp"
#include "optim/options.hpp"

namespace xgrad::optim {

MovingAverage::MovingAverage(Parameters parameters, AverageOptions options)
    : parameters_(parameters.tensors()), names_(parameters.names()), options_(options) {
  check_option("MovingAverage", "decay", options.decay, 0., 1.);
  check_option("MovingAverage", "overwrite_every", options.overwrite_every, 0, kMost);
  if (parameters_.empty()) fail<ValueError>("MovingAverage", "got no parameters");
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& p = parameters_[i];
    if (!p.is_leaf() || !is_floating(p.dtype()))
      fail<ValueError>("MovingAverage", fmt::format("parameter {}: expected a leaf of real numbers", i));
    if (names_[i].empty()) names_[i] = fmt::format("0.{}", i);
    averages_.push_back(p.array().clone());
  }
}

const Array& MovingAverage::average(std::size_t i) const {
  if (i >= averages_.size())
    fail<IndexError>("MovingAverage", fmt::format("got parameter {} of {}", i, averages_.size()));
  return averages_[i];
}

void MovingAverage::fit(std::size_t i) {
  const Tensor& p = parameters_[i];
  Array& a = averages_[i];
  if (a.numel() != p.numel()) {
    fail<ShapeError>("MovingAverage", fmt::format("parameter \"{}\" has changed its shape: got {}; expected {}",
                                                  names_[i], p.shape().str(), a.shape().str()));
  }
  if (a.dtype() != p.dtype()) a = a.to(p.dtype());  // the model went to another dtype
}

void MovingAverage::update() {
  if (swapped_)
    fail<ValueError>("MovingAverage", "update: the averages stand in place of the parameters; swap() first");
  for (std::size_t i = 0; i < parameters_.size(); ++i) fit(i);
  ++updates_;
  const double weight = options_.equal ? 1. / static_cast<double>(updates_) : 1. - options_.decay;
  const bool overwrite = options_.overwrite_every > 0 && updates_ % options_.overwrite_every == 0;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& p = parameters_[i];
    kernels::dispatch_floating("MovingAverage", p.dtype(), [&](auto type) {
      using T = typename decltype(type)::type;
      const T fresh = static_cast<T>(weight), kept = static_cast<T>(1. - weight);
      internal::sweep<internal::KeepDenormals>(
          p.numel(), [=](T value, T& average) { average = kept * average + fresh * value; }, kernels::in<T>(p.array()),
          averages_[i].mutable_data<T>());
    });
    if (overwrite) p.copy_(averages_[i]);
  }
}

void MovingAverage::swap() {
  for (std::size_t i = 0; i < parameters_.size(); ++i) fit(i);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& p = parameters_[i];
    kernels::dispatch_floating("MovingAverage", p.dtype(), [&](auto type) {
      using T = typename decltype(type)::type;
      T *x = p.mutable_data<T>(), *a = averages_[i].mutable_data<T>();
      parallel_for(p.numel(), kernels::kGrain,
                   [=](std::int64_t begin, std::int64_t end) { std::swap_ranges(x + begin, x + end, a + begin); });
    });
  }
  swapped_ = !swapped_;
}

State MovingAverage::state_dict() const {
  if (swapped_) fail<ValueError>("MovingAverage", "state_dict: the averages stand in place of the parameters");
  State out;
  out.type = "MovingAverage";
  out.add("average/updates", updates_);
  for (std::size_t i = 0; i < averages_.size(); ++i) out.add(names_[i] + "/average", averages_[i]);
  return out;
}

void MovingAverage::load_state_dict(const State& state) {
  if (swapped_) fail<ValueError>("MovingAverage", "load_state_dict: the averages stand in place of the parameters");
  StateReader in(state, "MovingAverage");
  const std::int64_t updates = in.count("average/updates");
  std::vector<Array> averages;
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    averages.push_back(in.array(names_[i] + "/average", parameters_[i].shape(), parameters_[i].dtype()));
  in.finish();
  averages_.swap(averages);
  updates_ = updates;
}

}  // namespace xgrad::optim
