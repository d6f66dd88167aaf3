#pragma once
/// Pipeline: transformers one after the other, as one.

#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::data {

/// What has `fit` and `transform`: a scaler, an encoder, a pipeline.
template <class T>
concept Transformer = std::copy_constructible<T> && requires(T t, const T& fitted, const Tensor& x) {
  t.fit(x);
  { fitted.transform(x) } -> std::convertible_to<Tensor>;
};

/// A function of a tensor, which has nothing to fit.
template <class F>
concept TensorFunction = std::copy_constructible<F> && !Transformer<F> && requires(const F& f, const Tensor& x) {
  { f(x) } -> std::convertible_to<Tensor>;
};

/// Transformers and functions in a row: `fit` fits each on what those before it make of the training part, `transform`
/// applies all of them. So the test part is scaled by what the training part looks like, and by nothing else:
///
///     data::Pipeline prepare(data::StandardScaler(), [](const Tensor& x) { return x.clamp(-3, 3); });
///     const Tensor train = prepare.fit_transform(x_train), test = prepare.transform(x_test);
///
/// Takes copies of its steps, and copies of it are independent. What a step throws passes through. A pipeline of no
/// steps changes nothing.
class Pipeline {
 public:
  Pipeline() = default;
  template <class First, class... Rest>
  requires(!std::same_as<std::remove_cvref_t<First>, Pipeline> ||
           sizeof...(Rest) > 0) explicit Pipeline(First&& first, Rest&&... rest) {
    add(std::forward<First>(first));
    (add(std::forward<Rest>(rest)), ...);
  }
  Pipeline(const Pipeline& other);
  Pipeline(Pipeline&&) noexcept = default;
  Pipeline& operator=(Pipeline other) noexcept {
    steps_.swap(other.steps_);
    return *this;
  }
  ~Pipeline() = default;

  /// Appends a step; returns itself.
  template <class T>
  requires(Transformer<std::remove_cvref_t<T>> || TensorFunction<std::remove_cvref_t<T>>) Pipeline& add(T&& step) {
    steps_.push_back(std::make_unique<Holder<std::remove_cvref_t<T>>>(std::forward<T>(step)));
    return *this;
  }
  std::size_t size() const noexcept { return steps_.size(); }

  /// Fits every step; all or none of them, should one throw.
  Pipeline& fit(const Tensor& x);
  Tensor transform(const Tensor& x) const;
  Tensor fit_transform(const Tensor& x);
  /// Undoes the steps from the last one back. Throws ValueError for a step that has no `inverse_transform` to a tensor.
  Tensor inverse_transform(const Tensor& y) const;

 private:
  struct Step {
    virtual ~Step() = default;
    virtual std::unique_ptr<Step> clone() const = 0;
    virtual void fit(const Tensor& x) = 0;
    virtual Tensor transform(const Tensor& x) const = 0;
    virtual Tensor inverse_transform(const Tensor& y, std::size_t number) const = 0;
  };
  template <class T>
  struct Holder;
  [[noreturn]] static void no_inverse(std::size_t number);

  std::vector<std::unique_ptr<Step>> steps_;
};

template <class T>
struct Pipeline::Holder final : Step {
  explicit Holder(T s) : step(std::move(s)) {}
  std::unique_ptr<Step> clone() const override { return std::make_unique<Holder>(step); }
  void fit(const Tensor& x) override {
    if constexpr (Transformer<T>) step.fit(x);
  }
  Tensor transform(const Tensor& x) const override {
    if constexpr (Transformer<T>) return step.transform(x);
    else return step(x);
  }
  Tensor inverse_transform(const Tensor& y, std::size_t number) const override {
    if constexpr (requires {
                    { step.inverse_transform(y) } -> std::convertible_to<Tensor>;
                  })
      return step.inverse_transform(y);
    else no_inverse(number);
  }
  T step;
};

}  // namespace xgrad::data
