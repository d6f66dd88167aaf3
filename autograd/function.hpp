#pragma once
/// Operations of one's own: a forward computation and its vector-Jacobian product.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "autograd/tensor_function.hpp"

namespace xgrad {

/// An operation whose derivative the user supplies:
///
///     const Function softsign("softsign",
///         [](const Tensor& x) { return x / (1 + abs(x)); },
///         [](const Tensor& x, const Tensor& y, const Tensor& g) { return g / square(1 + abs(x)); });
///     Tensor y = softsign(x);
///     gradcheck(softsign, {x});
///
/// `forward` gets the inputs (one to three tensors, or a vector of any number) and is not recorded. `vjp` gets the
/// inputs, the output and the gradient of the output, and returns the gradient of each input: a tensor, a pair, or a
/// vector; an undefined tensor where there is none. It is written in xgrad's operations, so that derivatives of any
/// order work; what was broadcast is summed down by itself. Inputs and output are kept for it, and changing them in
/// place in between is noticed. Copies share the two functions; calling from several threads is safe if these are.
///
/// Calling throws ValueError for another number of inputs than forward takes; backward throws AutogradError when vjp
/// returns another number of gradients, or one of another dtype or shape.
class Function {
 public:
  template <class Forward, class Vjp>
  Function(std::string name, Forward forward, Vjp vjp)
      : Function(std::move(name), TensorFunction(std::move(forward)), adapt(std::move(vjp))) {}

  Tensor operator()(const std::vector<Tensor>& inputs) const;
  template <class... T>
  requires(std::is_convertible_v<const T&, const Tensor&>&&...) Tensor operator()(const Tensor& first,
                                                                                  const T&... more) const {
    return (*this)(std::vector<Tensor>{first, more...});
  }

 private:
  using Derivative =
      std::function<std::vector<Tensor>(const std::vector<Tensor>&, const Tensor& out, const Tensor& gradient)>;
  struct Parts {
    std::string name;
    TensorFunction forward;
    Derivative vjp;
  };

  Function(std::string name, TensorFunction forward, Derivative vjp);

  template <class F>
  static Derivative adapt(F f) {
    using T = const Tensor&;
    if constexpr (std::is_invocable_v<F&, T, T, T>) {
      return [f](const std::vector<Tensor>& x, T y, T g) mutable { return detail::as_list(f(x.at(0), y, g)); };
    } else if constexpr (std::is_invocable_v<F&, T, T, T, T>) {
      return [f](const std::vector<Tensor>& x, T y, T g) mutable { return detail::as_list(f(x.at(0), x.at(1), y, g)); };
    } else if constexpr (std::is_invocable_v<F&, T, T, T, T, T>) {
      return [f](const std::vector<Tensor>& x, T y, T g) mutable {
        return detail::as_list(f(x.at(0), x.at(1), x.at(2), y, g));
      };
    } else {
      return [f](const std::vector<Tensor>& x, T y, T g) mutable { return detail::as_list(f(x, y, g)); };
    }
  }

  std::shared_ptr<const Parts> parts_;
};

/// f(inputs), computed again in backward instead of kept: of f's intermediate values none stays in memory, for the
/// price of a second evaluation (Chen et al., Training Deep Nets with Sublinear Memory Cost, 2016; PyTorch's
/// torch.utils.checkpoint). f may use parameters and other tensors beside its inputs; gradients of any order flow to
/// all of them. Random numbers from the default generator are drawn again as they were. f returns one tensor, must
/// compute the same each time, and should change nothing: the running statistics of a batch norm inside are updated
/// twice.
Tensor checkpoint(const TensorFunction& f, const std::vector<Tensor>& inputs);
inline Tensor checkpoint(const TensorFunction& f, const Tensor& x) { return checkpoint(f, std::vector{x}); }

}  // namespace xgrad
