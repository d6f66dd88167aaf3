#pragma once
/// Module: a value that can list its members.

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "autograd/graph.hpp"
#include "autograd/scope.hpp"
#include "autograd/tensor.hpp"

namespace xgrad::nn {

class Module;

/// Handed to `Module::members`, which names each member to it: `m("conv", conv)("out", out)`. A Tensor is a parameter;
/// `buffer` names a tensor that belongs to the state but is not trained. An undefined tensor is skipped (a layer
/// without bias). Containers of modules are listed as "name.0", "name.1", ...
class Members {
 public:
  virtual ~Members() = default;
  Members& operator()(std::string_view name, Tensor& parameter) {
    if (parameter.defined()) on_parameter(name, parameter);
    return *this;
  }
  Members& operator()(std::string_view name, Module& module) {
    on_module(name, module);
    return *this;
  }
  template <class T>
  requires std::is_base_of_v<Module, T> Members& operator()(std::string_view name, std::vector<T>& modules) {
    for (std::size_t i = 0; i < modules.size(); ++i) (*this)(std::string(name) + "." + std::to_string(i), modules[i]);
    return *this;
  }
  template <class T>
  requires std::is_base_of_v<Module, T> Members& operator()(std::string_view name, const std::shared_ptr<T>& module) {
    if (module) (*this)(name, static_cast<Module&>(*module));
    return *this;
  }
  Members& buffer(std::string_view name, Tensor& buffer) {
    if (buffer.defined()) on_buffer(name, buffer);
    return *this;
  }

 protected:
  virtual void on_parameter(std::string_view name, Tensor& parameter) = 0;
  virtual void on_buffer(std::string_view name, Tensor& buffer) = 0;
  virtual void on_module(std::string_view name, Module& module) = 0;
};

/// A tensor of a module's state under its dotted name ("features.0.weight").
using xgrad::NamedTensor;
struct NamedModule {
  std::string name;  ///< "" for the module itself
  Module* module;
};
/// Parameters and buffers under their dotted names, in the order of the members.
using StateDict = std::vector<NamedTensor>;

/// The base of all layers and networks. A subclass holds its layers as plain members, lists them in `members`, and
/// computes in `forward`:
///
///     struct Net : nn::Module {
///       nn::Dense hidden{784, 128}, out{128, 10};
///       void members(Members& m) override { m("hidden", hidden)("out", out); }
///       Tensor forward(const Tensor& x) override { return out(relu(hidden(x))); }
///     };
///
/// Modules are values: copying a module copies its structure and shares its parameters; `clone(m)` makes them its own.
/// Nothing else is stored than the members and the training flag, so moving and copying leave nothing dangling.
class Module : public Named {
 public:
  using Members = nn::Members;

  virtual ~Module() = default;

  /// Lists the members, always in the same order. A module without any need not override it.
  virtual void members(Members&) {}
  /// The computation. Override one of the two; the default of the first calls the second with one input, that of the
  /// second throws ValueError for other than one input.
  virtual Tensor forward(const Tensor& x);
  virtual Tensor forward(std::span<const Tensor> inputs);
  /// Draws fresh initial values for the parameters of this very module (not of its members).
  virtual void reset_parameters_here() {}
  /// The class name, "Net"; found by itself.
  virtual std::string type_name() const;
  /// The constructor call, "Dense(784, 128)"; the class name by default.
  virtual std::string repr() const { return type_name(); }

  /// Calls `forward`; errors inside then say where they happened.
  Tensor operator()(const Tensor& x);
  template <class... T>
  requires(sizeof...(T) > 0 && (std::is_convertible_v<const T&, const Tensor&> && ...)) Tensor operator()(
      const Tensor& first, const T&... more) {
    const Tensor inputs[] = {first, more...};
    return call(inputs);
  }

  /// Every parameter once, however many modules share it.
  std::vector<Tensor> parameters();
  std::vector<NamedTensor> named_parameters();
  std::vector<NamedTensor> named_buffers();
  /// This module and all below it, outermost first.
  std::vector<NamedModule> named_modules();
  /// Parameters, then buffers; the tensors themselves, not copies.
  StateDict state_dict();
  /// Copies values in by name. Everything is checked first: on any mismatch a ValueError lists all missing,
  /// unexpected and differently shaped entries, and nothing is changed. Values of another floating dtype are converted.
  /// With `strict = false` missing and unexpected names are passed over.
  void load_state_dict(const StateDict& state, bool strict = true);
  /// The number of elements of all parameters.
  std::int64_t num_parameters();

  /// Training mode for this module and all below (dropout draws, batch norm uses the batch), or with false evaluation.
  Module& train(bool on = true);
  Module& eval() { return train(false); }
  bool training() const noexcept { return training_; }
  /// Parameters and floating buffers become `dtype` (float32 or float64), in place: optimisers stay bound.
  Module& to(DType dtype);
  /// Asks for gradients for all parameters, or freezes them.
  Module& requires_grad_(bool on = true);
  /// Clears the gradients of all parameters.
  void zero_grad();
  /// Calls f for every module, members before their owner.
  Module& apply(const std::function<void(Module&)>& f);
  /// Draws fresh initial values everywhere.
  Module& reset_parameters();
  /// Gives every parameter and buffer a buffer of its own; those shared inside this module stay shared.
  void unshare();

  /// The constructor calls of the module and its members, indented.
  std::string str();

  std::string scope_name(const Named* parent) const override;
  std::string scope_label() const override { return repr(); }

 private:
  Tensor call(std::span<const Tensor> inputs);

  bool training_ = true;
};

/// A copy with parameters of its own.
template <class M>
requires std::is_base_of_v<Module, M> M clone(const M& module) {
  M copy = module;
  copy.unshare();
  return copy;
}

/// Asked by `summary`: while it lives, every call of a module on this thread is reported to it.
class CallObserver {
 public:
  CallObserver() noexcept;
  virtual ~CallObserver();
  CallObserver(const CallObserver&) = delete;
  CallObserver& operator=(const CallObserver&) = delete;
  virtual void called(Module& module, std::span<const Tensor> inputs, const Tensor& output) = 0;

 private:
  CallObserver* outer_;
};

}  // namespace xgrad::nn
