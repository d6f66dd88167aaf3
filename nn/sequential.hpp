#pragma once
/// Sequential: modules one after the other.

#include <concepts>
#include <memory>
#include <type_traits>
#include <vector>

#include "nn/module.hpp"

namespace xgrad::nn {

/// A function of one tensor as a module, without parameters: `Lambda([](const Tensor& x) { return square(x); })`.
class Lambda : public Module {
 public:
  explicit Lambda(std::function<Tensor(const Tensor&)> f) : f_(std::move(f)) {}
  Tensor forward(const Tensor& x) override { return f_(x); }
  std::string repr() const override { return "Lambda(...)"; }

 private:
  std::function<Tensor(const Tensor&)> f_;
};

/// Hands its input through its modules in order. Takes modules by value, and functions of a tensor:
///
///     nn::Sequential net(nn::Flatten(), nn::Dense(784, 128), nn::ReLU(), nn::Dense(128, 10));
///
/// Members are named "0", "1", ... Copying shares parameters, as for every module. Without modules it is the identity.
class Sequential : public Module {
 public:
  Sequential() = default;
  template <class First, class... Rest>
  requires(!(sizeof...(Rest) == 0 &&
             std::is_same_v<std::remove_cvref_t<First>, Sequential>)) explicit Sequential(First&& first,
                                                                                          Rest&&... rest) {
    add(std::forward<First>(first));
    (add(std::forward<Rest>(rest)), ...);
  }
  Sequential(const Sequential& other);
  Sequential(Sequential&&) noexcept = default;
  Sequential& operator=(Sequential other) noexcept;

  /// Appends a module (by value) or a function of a tensor; returns itself.
  template <class M>
  Sequential& add(M&& module) {
    using T = std::remove_cvref_t<M>;
    if constexpr (std::is_base_of_v<Module, T>) {
      items_.push_back({std::make_unique<T>(std::forward<M>(module)), [](const Module& m) -> std::unique_ptr<Module> {
                          return std::make_unique<T>(static_cast<const T&>(m));
                        }});
    } else {
      static_assert(std::is_invocable_r_v<Tensor, T&, const Tensor&>,
                    "Sequential takes modules and functions of a Tensor");
      add(Lambda(std::forward<M>(module)));
    }
    return *this;
  }

  std::size_t size() const noexcept { return items_.size(); }
  /// IndexError out of range.
  Module& operator[](std::size_t i);
  /// The i-th module as what it is: `net.at<nn::Dense>(1).weight`. ValueError when it is something else.
  template <std::derived_from<Module> M>
  M& at(std::size_t i) {
    if (auto* m = dynamic_cast<M*>(&(*this)[i])) return *m;
    fail<ValueError>("Sequential::at", "module " + std::to_string(i) + " is a " + (*this)[i].repr());
  }

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;
  std::string repr() const override;

 private:
  struct Item {
    std::unique_ptr<Module> module;
    std::unique_ptr<Module> (*copy)(const Module&);
  };
  std::vector<Item> items_;
};

}  // namespace xgrad::nn
