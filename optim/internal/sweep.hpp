#pragma once
/// The loop of every elementwise update.

#include <algorithm>
#include <array>
#include <cstdint>

#include "tensor/kernels/denormals.hpp"
#include "tensor/kernels/dispatch.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::optim::internal {

/// Pieces begin at multiples of this many elements: whole cache lines and vectors.
inline constexpr std::int64_t kStride = 1024;
/// About 10 us in one piece.
inline constexpr std::int64_t kPiece = 32 * kStride;

/// f(g[i], p[i], slots[i]...) for i = 0 ... n - 1. A function of its own, for `restrict`: without that the compiler
/// does not know that f's constants stay what they are.
template <class T, class F, class... S>
void run(std::int64_t n, F f, const T* __restrict g, T* __restrict p, S* __restrict... slots) {
  for (std::int64_t i = 0; i < n; ++i) f(g[i], p[i], slots[i]...);
}

/// Whether numbers too small for a normal one count as 0. Stepping sees to that on its own thread for every optimiser
/// with slots.
struct KeepDenormals {};

/// The same, in parallel where it is worth it. f gets the gradient's element and references to those of the parameter
/// and of the slots; it must be plain arithmetic, which the compiler makes vectors of.
template <class Denormals = kernels::FlushDenormals, class T, class F, class... S>
void sweep(std::int64_t n, F f, const T* g, T* p, S*... slots) {
  if (n <= kPiece) return run(n, f, g, p, slots...);
  parallel_for((n + kStride - 1) / kStride, kPiece / kStride, [=](std::int64_t first, std::int64_t last) {
    [[maybe_unused]] const Denormals here;
    const std::int64_t begin = first * kStride, end = std::min(n, last * kStride);
    run(end - begin, f, g + begin, p + begin, (slots + begin)...);
  });
}

/// Slot k for writing.
template <class T>
T* slot(std::array<Array, 4>& slots, std::size_t k) {
  return slots[k].template mutable_data<T>();
}

/// What all updates begin with: the direction of the step, and weight decay, as the gradient of wd/2 |p|^2 or, when
/// decoupled, as p -= lr wd p.
template <class T>
class Beginning {
 public:
  template <class O>
  Beginning(const O& o, double lr)
      : decay_(static_cast<T>(o.decoupled_weight_decay ? 0. : o.weight_decay)),
        shrink_(static_cast<T>(o.decoupled_weight_decay ? 1. - lr * o.weight_decay : 1.)), maximize_(o.maximize) {}

  T operator()(T g, T& p) const {
    const T signed_g = maximize_ ? -g : g;
    const T d = decay_ != 0 ? signed_g + decay_ * p : signed_g;
    p = shrink_ != 1 ? p * shrink_ : p;
    return d;
  }

 private:
  T decay_, shrink_;
  bool maximize_;
};

/// lr / (1 + decay (t - 1)): Keras 2's `decay`, PyTorch's `lr_decay` of Adagrad.
inline double decayed(double lr, double decay, std::int64_t t) {
  return decay == 0. ? lr : lr / (1. + decay * static_cast<double>(t - 1));
}

}  // namespace xgrad::optim::internal
