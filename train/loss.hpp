#pragma once
/// Loss: any function of (prediction, target) that gives one number, for `fit` and `evaluate`.

#include <concepts>
#include <functional>
#include <span>
#include <type_traits>
#include <utility>

#include "autograd/tensor.hpp"
#include "nn/losses/reduction.hpp"

namespace xgrad::train {

template <class F>
concept LossOfOne = std::is_invocable_r_v<Tensor, const F&, const Tensor&, const Tensor&>;
template <class F>
concept LossOfMany = std::is_invocable_r_v<Tensor, const F&, const Tensor&, std::span<const Tensor>>;

/// Takes nn's losses (`nn::CrossEntropy{}`), lambdas of (prediction, target), and, for several targets, lambdas of
/// (const Tensor& prediction, std::span<const Tensor> targets).
///
/// With class or sample weights w the value is Keras': sum w l / n over the n single losses l, divided by n and not by
/// sum w. (With Reduction::sum it is sum w l.) This takes a loss whose single losses can be had: nn's, by their
/// `options.reduction`.
class Loss {
 public:
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, Loss> && (LossOfOne<F> || LossOfMany<F>)) Loss(F f) {
    if constexpr (requires {
                    { f.options.reduction } -> std::convertible_to<nn::Reduction>;
                  }) {
      F single = f;
      summed_ = single.options.reduction == nn::Reduction::sum;
      single.options.reduction = nn::Reduction::none;
      single_ = std::move(single);
    }
    if constexpr (LossOfMany<F>) many_ = std::move(f);
    else one_ = std::move(f);
  }

  /// The loss of a batch, one number. ShapeError where it is more than one, ValueError for several targets and a loss
  /// that takes one.
  Tensor operator()(const Tensor& prediction, std::span<const Tensor> targets) const;
  Tensor operator()(const Tensor& prediction, const Tensor& target) const {
    return (*this)(prediction, std::span(&target, 1));
  }
  /// The same with a weight for each sample, [N]. ValueError for a loss without single losses.
  Tensor operator()(const Tensor& prediction, std::span<const Tensor> targets, const Tensor& weight) const;
  bool weighable() const noexcept { return single_ != nullptr; }

 private:
  std::function<Tensor(const Tensor&, const Tensor&)> one_, single_;
  std::function<Tensor(const Tensor&, std::span<const Tensor>)> many_;
  bool summed_ = false;
};

}  // namespace xgrad::train
