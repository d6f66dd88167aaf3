#pragma once
/// Sequential: modules one after the other.

#include <type_traits>
#include <utility>

#include "nn/module_list.hpp"

namespace xgrad::nn {

/// Hands its input through its modules in order. Takes modules by value, and functions of a tensor:
///
///     nn::Sequential net(nn::Flatten(), nn::Dense(784, 128), nn::ReLU(), nn::Dense(128, 10));
///
/// In parentheses the compiler chooses in which order the layers are made, and so which initial values each draws: g++
/// begins with the last, clang with the first. In braces, `nn::Sequential net{...}`, it is the order written.
///
/// Members are named "0", "1", ... Copying shares parameters, as for every module. Without modules it is the identity.
/// Neighbours that are faster together (ReLU and MaxPool, BatchNorm and ReLU) are computed so, with the same bits, as
/// long as no hook, summary, DetectAnomaly or NameGraph looks at what lies between them.
class Sequential : public ModuleList {
 public:
  Sequential() = default;
  template <class First, class... Rest>
  requires(!(sizeof...(Rest) == 0 &&
             std::is_same_v<std::remove_cvref_t<First>, Sequential>)) explicit Sequential(First&& first,
                                                                                          Rest&&... rest) {
    ModuleList::add(std::forward<First>(first));
    (ModuleList::add(std::forward<Rest>(rest)), ...);
  }

  /// Appends a module (by value) or a function of a tensor; returns itself.
  template <class M>
  Sequential& add(M&& module) {
    ModuleList::add(std::forward<M>(module));
    return *this;
  }

  Tensor forward(const Tensor& x) override;
  std::string repr() const override { return printed("Sequential"); }
};

/// A Sequential that Keras calls Functional. The name alone differs: a model inside a model stands under the name of
/// its class in Keras' files (`train::keras`), which makes it so.
class Functional : public Sequential {
 public:
  Functional() = default;
  explicit Functional(Sequential chain) : Sequential(std::move(chain)) {}
  std::string repr() const override { return printed("Functional"); }
};

}  // namespace xgrad::nn
