#pragma once
/// A function of tensors, however it is written.

#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad {

namespace detail {

/// Results as a list: one tensor, a pair, or a list already.
inline std::vector<Tensor> as_list(Tensor one) { return {std::move(one)}; }
inline std::vector<Tensor> as_list(std::pair<Tensor, Tensor> two) {
  return {std::move(two.first), std::move(two.second)};
}
inline std::vector<Tensor> as_list(std::vector<Tensor> many) { return many; }

[[noreturn]] void fail_arity(const char* what, std::size_t got, std::size_t expected);

using T1 = const Tensor&;
/// Callable with one tensor and with two, and with a list (an xgrad::Function): the list says it best.
template <class F>
constexpr bool takes_any_number() {
  if constexpr (std::is_invocable_v<F&, T1> && std::is_invocable_v<F&, T1, T1>)
    return std::is_invocable_v<F&, const std::vector<Tensor>&>;
  else return false;
}
template <class F>
inline constexpr int arity_of = takes_any_number<F>()                         ? -1
                                : std::is_invocable_v<F&, T1>                 ? 1
                                : std::is_invocable_v<F&, T1, T1>             ? 2
                                : std::is_invocable_v<F&, T1, T1, T1>         ? 3
                                : std::is_invocable_v<F&, T1, T1, T1, T1>     ? 4
                                : std::is_invocable_v<F&, T1, T1, T1, T1, T1> ? 5
                                                                              : -1;

/// f(x[0], ..., x[n - 1]), or f(x) where f takes a list.
template <int N, class F>
std::vector<Tensor> call_with(F& f, const std::vector<Tensor>& x) {
  if constexpr (N == 1) return as_list(f(x[0]));
  else if constexpr (N == 2) return as_list(f(x[0], x[1]));
  else if constexpr (N == 3) return as_list(f(x[0], x[1], x[2]));
  else if constexpr (N == 4) return as_list(f(x[0], x[1], x[2], x[3]));
  else if constexpr (N == 5) return as_list(f(x[0], x[1], x[2], x[3], x[4]));
  else return as_list(f(x));
}

}  // namespace detail

/// What `jacobian`, `gradcheck` and their like take: anything that can be called with one to five tensors, or with a
/// `std::vector<Tensor>` of them, and returns a tensor, a pair, or a vector of tensors. Lambdas convert by themselves.
class TensorFunction {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, TensorFunction>) TensorFunction(F&& f)
      : arity_(detail::arity_of<std::remove_cvref_t<F>>),
        call_([g = std::forward<F>(f)](const std::vector<Tensor>& x) mutable {
          return detail::call_with<detail::arity_of<std::remove_cvref_t<F>>>(g, x);
        }) {}

  /// Throws ValueError for another number of inputs than the function takes.
  std::vector<Tensor> operator()(const std::vector<Tensor>& inputs) const {
    if (arity_ >= 0 && inputs.size() != static_cast<std::size_t>(arity_))
      detail::fail_arity("function", inputs.size(), static_cast<std::size_t>(arity_));
    return call_(inputs);
  }

 private:
  int arity_;
  std::function<std::vector<Tensor>(const std::vector<Tensor>&)> call_;
};

}  // namespace xgrad
