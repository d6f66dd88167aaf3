#pragma once
/// Module: a value that can list its members.

#include <concepts>
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
/// What `load_state_dict(state, false)` passed over.
struct IncompatibleKeys {
  std::vector<std::string> missing_keys;     ///< of the module, not in the state
  std::vector<std::string> unexpected_keys;  ///< of the state, not in the module
};

namespace detail {

/// A function to call before or after `forward`; without either once it is removed.
struct Hook {
  std::shared_ptr<const std::function<std::vector<Tensor>(Module&, std::span<const Tensor>)>> before;
  std::shared_ptr<const std::function<Tensor(Module&, std::span<const Tensor>, const Tensor&)>> after;
};

}  // namespace detail

/// What registering a forward hook gives back. It may outlive the module; letting go of it does not remove the hook.
class HookHandle {
 public:
  HookHandle() = default;
  explicit HookHandle(const std::shared_ptr<detail::Hook>& hook) : hook_(hook) {}
  /// The hook is not called any more, nor in copies of the module. A second time does nothing.
  void remove();

 private:
  std::weak_ptr<detail::Hook> hook_;
};

/// How a layer's windows move along one axis behind the channels (height, width).
struct Window {
  std::int64_t kernel = 1;    ///< inputs that an output sees along the axis; all of them for a global pooling
  double stride = 1;          ///< steps of the input to one of the output; 1 / s where the layer makes it s times finer
  std::int64_t dilation = 1;  ///< steps of the input from one element of the kernel to the next
};

/// What a call costs, for `summary`.
struct Cost {
  std::int64_t multiply_adds = 0;    ///< of the products alone: no biases, activations, norms
  std::vector<Window> windows = {};  ///< for axes 2, 3, ... of [N, C, ...]; without any, each place sees itself only
};

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
/// Nothing else is stored than the members, the training flag and the hooks, so moving and copying leave nothing
/// dangling.
///
/// A layer made with `nn::lazy` for its input size has no parameters to show before its first call: until then
/// `parameters()`, `state_dict()` and all that needs them throw ValueError, so that no optimiser can miss any. Copies
/// share what the first call of any of them finds.
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
  /// Whether this very module still waits for its first input to know the shapes of its parameters.
  virtual bool uninitialized() const { return false; }
  /// What this very module (not its members) does in a call with inputs and output of these shapes: by default nothing.
  virtual Cost cost(std::span<const Shape> inputs, const Shape& output) const;
  /// The class name, "Net"; found by itself.
  virtual std::string type_name() const;
  /// The constructor call, "Dense(784, 128)"; the class name by default.
  virtual std::string repr() const { return type_name(); }

  /// Whether `joined` computes this module followed by `next` faster than one after the other: the same function, to
  /// the last bit and with the same gradients. Sequential then calls that, unless somebody looks at what lies between.
  virtual bool joins(const Module& next) const;
  virtual Tensor joined(const Tensor& x, Module& next);

  /// Calls `forward`; errors inside then say where they happened.
  Tensor operator()(const Tensor& x);
  template <class... T>
  requires(sizeof...(T) > 0 && (std::is_convertible_v<const T&, const Tensor&> && ...)) Tensor operator()(
      const Tensor& first, const T&... more) {
    const Tensor inputs[] = {first, more...};
    return (*this)(std::span<const Tensor>(inputs));
  }
  Tensor operator()(std::span<const Tensor> inputs);

  /// Calls `f(module, inputs)` before every `forward`. What it returns takes the place of the inputs, when it is a
  /// defined tensor or a vector that is not empty; it may return nothing.
  template <std::invocable<Module&, std::span<const Tensor>> F>
  HookHandle register_forward_pre_hook(F f) {
    using Result = std::invoke_result_t<F&, Module&, std::span<const Tensor>>;
    return keep_pre_hook([f = std::move(f)](Module& m, std::span<const Tensor> inputs) mutable -> std::vector<Tensor> {
      if constexpr (std::is_void_v<Result>) {
        f(m, inputs);
        return {};
      } else if constexpr (std::is_convertible_v<Result, Tensor>) {
        Tensor x = f(m, inputs);
        return x.defined() ? std::vector<Tensor>{std::move(x)} : std::vector<Tensor>{};
      } else {
        return f(m, inputs);
      }
    });
  }
  /// Calls `f(module, inputs, output)` after every `forward`. A defined tensor that it returns takes the place of the
  /// output; it may return nothing.
  ///
  ///     Tensor seen;
  ///     auto handle = net.conv.register_forward_hook([&](nn::Module&, auto, const Tensor& y) { seen = y.detach(); });
  ///
  /// Hooks run in the order they came, and take part in the recording. A copy or clone of the module has the same
  /// hooks. They are not part of the state that is saved.
  template <std::invocable<Module&, std::span<const Tensor>, const Tensor&> F>
  HookHandle register_forward_hook(F f) {
    using Result = std::invoke_result_t<F&, Module&, std::span<const Tensor>, const Tensor&>;
    return keep_hook([f = std::move(f)](Module& m, std::span<const Tensor> inputs, const Tensor& y) mutable -> Tensor {
      if constexpr (std::is_void_v<Result>) {
        f(m, inputs, y);
        return {};
      } else {
        return f(m, inputs, y);
      }
    });
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
  /// With `strict = false` missing and unexpected names are passed over, and returned.
  IncompatibleKeys load_state_dict(const StateDict& state, bool strict = true);
  /// The number of elements of all parameters.
  std::int64_t num_parameters();
  /// Whether all input sizes are known: false while a layer made with `nn::lazy` waits for its first call.
  bool initialized();
  /// The dtype of the first parameter; float32 without any.
  DType dtype();

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

 protected:
  /// Whether a hook, a summary, DetectAnomaly or NameGraph sees this module's calls one by one.
  static bool watched(const Module& module) noexcept;

 private:
  HookHandle keep_pre_hook(std::function<std::vector<Tensor>(Module&, std::span<const Tensor>)> f);
  HookHandle keep_hook(std::function<Tensor(Module&, std::span<const Tensor>, const Tensor&)> f);
  HookHandle keep(detail::Hook hook);
  Tensor forward_all(std::span<const Tensor> inputs);
  Tensor call_hooked(std::span<const Tensor> inputs);

  bool training_ = true;
  std::vector<std::shared_ptr<detail::Hook>> hooks_;
};

/// A copy with parameters of its own; the hooks are the same.
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
