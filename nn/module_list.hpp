#pragma once
/// ModuleList: modules of any kind, by number.

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <vector>

#include "nn/built_in.hpp"

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

/// Modules (taken by value) and functions of a tensor, for a module that calls them as it likes:
///
///     nn::ModuleList layers;
///     for (int i = 0; i < 3; ++i) layers.add(nn::Dense(8, 8));      ...      x = layers[0](x);
///
/// Its members are named "0", "1", ... Copying shares parameters, as for every module. It has no `forward` of its own
/// (ValueError): Sequential has. Where all modules are of one type a `std::vector<nn::Dense>` does, too.
class ModuleList : public BuiltIn {
 public:
  ModuleList() = default;
  template <class First, class... Rest>
  requires(!(sizeof...(Rest) == 0 &&
             std::is_same_v<std::remove_cvref_t<First>, ModuleList>)) explicit ModuleList(First&& first,
                                                                                          Rest&&... rest) {
    add(std::forward<First>(first));
    (add(std::forward<Rest>(rest)), ...);
  }
  ModuleList(const ModuleList& other);
  ModuleList(ModuleList&&) noexcept = default;
  ModuleList& operator=(ModuleList other) noexcept;

  /// Appends a module (by value) or a function of a tensor; returns itself.
  template <class M>
  ModuleList& add(M&& module) {
    using T = std::remove_cvref_t<M>;
    if constexpr (std::is_base_of_v<Module, T>) {
      items_.push_back({std::make_unique<T>(std::forward<M>(module)), [](const Module& m) -> std::unique_ptr<Module> {
                          return std::make_unique<T>(static_cast<const T&>(m));
                        }});
    } else {
      static_assert(std::is_invocable_r_v<Tensor, T&, const Tensor&>, "expected modules and functions of a Tensor");
      add(Lambda(std::forward<M>(module)));
    }
    return *this;
  }

  std::size_t size() const noexcept { return items_.size(); }
  bool empty() const noexcept { return items_.empty(); }
  /// IndexError out of range.
  Module& operator[](std::size_t i);
  /// The i-th module as what it is: `net.at<nn::Dense>(1).weight`. ValueError when it is something else.
  template <std::derived_from<Module> M>
  M& at(std::size_t i) {
    if (auto* m = dynamic_cast<M*>(&(*this)[i])) return *m;
    fail<ValueError>(type_name() + "::at", "module " + std::to_string(i) + " is a " + (*this)[i].repr());
  }

  void members(Members& m) override;
  using Module::forward;
  Tensor forward(const Tensor& x) override;
  std::string repr() const override { return printed("ModuleList"); }
  void adopt(std::string_view name, AnyModule member) override;

 protected:
  std::string printed(const char* name) const;

  std::vector<AnyModule> items_;
};

}  // namespace xgrad::nn
