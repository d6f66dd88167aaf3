#pragma once
// Trainings small enough to be computed by hand: one weight w, prediction w x, on data y = 2 x.

#include <doctest/doctest.h>

#include <vector>

#include "autograd/autograd.hpp"
#include "data/data.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"
#include "train/train.hpp"

namespace xgrad::test {

/// w x, with w = 0 at first.
struct Slope : nn::Module {
  Tensor w = zeros({1}, float64).requires_grad_();
  void members(Members& m) override { m("w", w); }
  Tensor forward(const Tensor& x) override { return x * w; }
  double value() const { return w.item<double>(); }
};

inline Tensor column(const std::vector<double>& values) {
  return tensor(values, Shape{static_cast<std::int64_t>(values.size()), 1});
}

/// Puts values into the logs as if they had been measured: value i in epoch i.
inline train::Lambda scripted(std::string name, std::vector<double> values) {
  return train::Lambda({.on_epoch_end = [name, values](train::Training& t, train::Logs& logs) {
    logs.set(name, values.at(static_cast<std::size_t>(t.epoch)));
  }});
}

/// A run of so many epochs of one batch, with callbacks.
inline train::History run(Slope& net, optim::Optimizer& opt, std::int64_t epochs, train::Callbacks callbacks) {
  return train::fit(net, opt, nn::MSE{}, column({1}), column({2}),
                    {.epochs = epochs, .shuffle = false, .callbacks = std::move(callbacks)});
}

}  // namespace xgrad::test
