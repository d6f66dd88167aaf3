#include "nn/module.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <set>
#include <typeinfo>
#include <unordered_map>
#include <unordered_set>

#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "nn/detail/type_name.hpp"

namespace xgrad::nn {
namespace {

namespace own = xgrad::detail;  // nn has a detail of its own

/// A Members that does nothing until told otherwise.
class Visitor : public Members {
 protected:
  void on_parameter(std::string_view, Tensor&) override {}
  void on_buffer(std::string_view, Tensor&) override {}
  void on_module(std::string_view, Module&) override {}
};

/// Visits everything below a module under its dotted name; a module or tensor reached twice is visited once.
class Walk final : public Members {
 public:
  std::function<void(const std::string&, Tensor&)> parameter, buffer;
  std::function<void(const std::string&, Module&)> before, after;

  void run(Module& module) {
    if (!modules_.insert(&module).second) return;
    if (before) before(prefix_, module);
    module.members(*this);
    if (after) after(prefix_, module);
  }

 protected:
  void on_parameter(std::string_view name, Tensor& tensor) override { tensor_at(name, tensor, parameter); }
  void on_buffer(std::string_view name, Tensor& tensor) override { tensor_at(name, tensor, buffer); }
  void on_module(std::string_view name, Module& module) override {
    const std::size_t outer = prefix_.size();
    prefix_ = dotted(name);
    run(module);
    prefix_.resize(outer);
  }

 private:
  std::string dotted(std::string_view name) const {
    return prefix_.empty() ? std::string(name) : prefix_ + "." + std::string(name);
  }
  void tensor_at(std::string_view name, Tensor& tensor, const std::function<void(const std::string&, Tensor&)>& f) {
    if (f && tensors_.insert(own::Access::impl(tensor.array())).second) f(dotted(name), tensor);
  }

  std::string prefix_;
  std::unordered_set<const Module*> modules_;
  std::unordered_set<const own::Impl*> tensors_;
};

constinit thread_local CallObserver* observer = nullptr;

}  // namespace

// ---- calling ---------------------------------------------------------------------------------------------------------

Tensor Module::forward(const Tensor& x) { return forward(std::span(&x, 1)); }

Tensor Module::forward(std::span<const Tensor> inputs) {
  // Neither form overridden: the two would call each other for ever.
  static thread_local const Module* inside = nullptr;
  if (inputs.size() != 1 || inside == this) {
    fail<ValueError>("forward", fmt::format("got {} inputs; expected {}", inputs.size(),
                                            inside == this ? "a module that overrides forward" : "one"));
  }
  const struct Guard {
    const Module* outer;
    ~Guard() { inside = outer; }
  } guard{std::exchange(inside, this)};
  return forward(inputs[0]);
}

bool Module::joins(const Module&) const { return false; }
Tensor Module::joined(const Tensor& x, Module& next) { return next((*this)(x)); }
bool Module::watched(const Module& module) noexcept { return !module.hooks_.empty() || observer || own::watching; }

Tensor Module::operator()(const Tensor& x) {
  const Scope scope(*this);
  if (!hooks_.empty()) return call_hooked(std::span(&x, 1));
  Tensor y = forward(x);
  if (observer) observer->called(*this, std::span(&x, 1), y);
  return y;
}

Tensor Module::operator()(std::span<const Tensor> inputs) {
  const Scope scope(*this);
  if (!hooks_.empty()) return call_hooked(inputs);
  Tensor y = forward_all(inputs);
  if (observer) observer->called(*this, inputs, y);
  return y;
}

Tensor Module::forward_all(std::span<const Tensor> inputs) {
  return inputs.size() == 1 ? forward(inputs[0]) : forward(inputs);
}

Tensor Module::call_hooked(std::span<const Tensor> inputs) {
  const auto hooks = hooks_;  // a hook may add one, or remove itself
  std::vector<Tensor> replaced;
  for (const auto& hook : hooks) {
    const auto f = hook->before;
    if (!f) continue;
    if (std::vector<Tensor> others = (*f)(*this, inputs); !others.empty()) {
      replaced = std::move(others);
      inputs = replaced;
    }
  }
  Tensor y = forward_all(inputs);
  for (const auto& hook : hooks) {
    const auto f = hook->after;
    if (!f) continue;
    if (Tensor other = (*f)(*this, inputs, y); other.defined()) y = std::move(other);
  }
  if (observer) observer->called(*this, inputs, y);
  return y;
}

HookHandle Module::keep_pre_hook(std::function<std::vector<Tensor>(Module&, std::span<const Tensor>)> f) {
  return keep({.before = std::make_shared<decltype(f)>(std::move(f)), .after = {}});
}

HookHandle Module::keep_hook(std::function<Tensor(Module&, std::span<const Tensor>, const Tensor&)> f) {
  return keep({.before = {}, .after = std::make_shared<decltype(f)>(std::move(f))});
}

HookHandle Module::keep(detail::Hook hook) {
  std::erase_if(hooks_, [](const auto& h) { return !h->before && !h->after; });
  return HookHandle(hooks_.emplace_back(std::make_shared<detail::Hook>(std::move(hook))));
}

void HookHandle::remove() {
  if (const auto hook = hook_.lock()) *hook = {};
  hook_.reset();
}

Cost Module::cost(std::span<const Shape>, const Shape&) const { return {}; }

CallObserver::CallObserver() noexcept : outer_(std::exchange(observer, this)) {}
CallObserver::~CallObserver() { observer = outer_; }

// ---- names -----------------------------------------------------------------------------------------------------------

std::string Module::type_name() const { return detail::type_name(typeid(*this)); }

std::string Module::scope_name(const Named* parent) const {
  auto* owner = const_cast<Module*>(dynamic_cast<const Module*>(parent));
  if (!owner) return type_name();
  std::string name;
  Walk walk;
  walk.before = [&](const std::string& candidate, Module& module) {
    if (&module == this) name = candidate;
  };
  walk.run(*owner);
  if (name.empty()) return "." + type_name();
  const bool number = name.find_first_not_of("0123456789") == std::string::npos;
  return number ? "[" + name + "]" : "." + name;
}

std::string Module::str() {
  struct Lines final : Visitor {
    std::string text;
    int depth = 1;
    void on_module(std::string_view name, Module& module) override {
      text += fmt::format("{:{}}({}): {}\n", "", 2 * depth, name, module.repr());
      ++depth;
      module.members(*this);
      --depth;
    }
  } lines;
  members(lines);
  return lines.text.empty() ? repr() : fmt::format("{}\n{}", repr(), lines.text.substr(0, lines.text.size() - 1));
}

// ---- members ---------------------------------------------------------------------------------------------------------

namespace {

/// Throws for a module whose parameters have no shapes yet.
void check_initialized(const std::string& name, const Module& module) {
  if (!module.uninitialized()) return;
  fail<ValueError>("parameters",
                   fmt::format("the input size of {}{}{} is not known yet: call the model once, or summary(model, "
                               "shape), first",
                               name, name.empty() ? "" : " ", module.repr()));
}

/// All of them, those of layers that wait for their first input too.
std::vector<Tensor> parameters_of(Module& module) {
  std::vector<Tensor> result;
  Walk walk;
  walk.parameter = [&](const std::string&, Tensor& t) { result.push_back(t); };
  walk.run(module);
  return result;
}

}  // namespace

std::vector<NamedTensor> Module::named_parameters() {
  std::vector<NamedTensor> result;
  Walk walk;
  walk.before = check_initialized;
  walk.parameter = [&](const std::string& name, Tensor& t) { result.push_back({name, t}); };
  walk.run(*this);
  return result;
}

std::vector<NamedTensor> Module::named_buffers() {
  std::vector<NamedTensor> result;
  Walk walk;
  walk.before = check_initialized;
  walk.buffer = [&](const std::string& name, Tensor& t) { result.push_back({name, t}); };
  walk.run(*this);
  return result;
}

std::vector<Tensor> Module::parameters() {
  std::vector<Tensor> result;
  Walk walk;
  walk.before = check_initialized;
  walk.parameter = [&](const std::string&, Tensor& t) { result.push_back(t); };
  walk.run(*this);
  return result;
}

bool Module::initialized() {
  bool all = true;
  Walk walk;
  walk.before = [&](const std::string&, const Module& m) { all = all && !m.uninitialized(); };
  walk.run(*this);
  return all;
}

DType Module::dtype() {
  const std::vector<Tensor> all = parameters_of(*this);
  return all.empty() ? float32 : all.front().dtype();
}

std::vector<NamedModule> Module::named_modules() {
  std::vector<NamedModule> result;
  Walk walk;
  walk.before = [&](const std::string& name, Module& m) { result.push_back({name, &m}); };
  walk.run(*this);
  return result;
}

std::int64_t Module::num_parameters() {
  std::int64_t n = 0;
  for (const Tensor& p : parameters()) n += p.numel();
  return n;
}

StateDict Module::state_dict() {
  StateDict state = named_parameters();
  for (NamedTensor& buffer : named_buffers()) state.push_back(std::move(buffer));
  return state;
}

IncompatibleKeys Module::load_state_dict(const StateDict& state, bool strict) {
  IncompatibleKeys passed_over;
  StateDict own = state_dict();
  std::unordered_map<std::string, const Tensor*> given;
  std::vector<std::string> wrong;
  for (const NamedTensor& entry : state)
    if (!given.emplace(entry.name, &entry.tensor).second) wrong.push_back(fmt::format("twice: {}", entry.name));
  std::vector<std::pair<Tensor, Tensor>> changes;
  for (NamedTensor& entry : own) {
    const auto found = given.find(entry.name);
    if (found == given.end()) {
      if (strict) wrong.push_back(fmt::format("missing: {} {}", entry.name, entry.tensor.shape().str()));
      passed_over.missing_keys.push_back(entry.name);
      continue;
    }
    const Tensor& value = *found->second;
    given.erase(found);
    if (value.shape() != entry.tensor.shape()) {
      wrong.push_back(
          fmt::format("{}: got {}, expected {}", entry.name, value.shape().str(), entry.tensor.shape().str()));
    } else if (value.dtype() != entry.tensor.dtype() &&
               !(is_floating(value.dtype()) && is_floating(entry.tensor.dtype()))) {
      wrong.push_back(
          fmt::format("{}: got {}, expected {}", entry.name, name_of(value.dtype()), name_of(entry.tensor.dtype())));
    } else if (!entry.tensor.is_leaf()) {
      wrong.push_back(fmt::format("{}: is a computed tensor, expected a leaf", entry.name));
    } else {
      changes.emplace_back(entry.tensor, Tensor(value.array().to(entry.tensor.dtype())));
    }
  }
  for (const NamedTensor& entry : state) {
    if (!given.erase(entry.name)) continue;
    if (strict) wrong.push_back(fmt::format("unexpected: {} {}", entry.name, entry.tensor.shape().str()));
    passed_over.unexpected_keys.push_back(entry.name);
  }
  if (!wrong.empty())
    fail<ValueError>("load_state_dict",
                     fmt::format("{} does not fit; nothing was changed:\n  {}", repr(), fmt::join(wrong, "\n  ")));
  for (auto& [target, value] : changes) target.copy_(value);
  return passed_over;
}

// ---- changing --------------------------------------------------------------------------------------------------------

Module& Module::train(bool on) {
  for (const NamedModule& entry : named_modules()) entry.module->training_ = on;
  return *this;
}

Module& Module::to(DType dtype) {
  if (!is_floating(dtype))
    fail<DTypeError>("Module::to", fmt::format("got {}; expected float32 or float64", name_of(dtype)));
  std::vector<std::pair<Tensor, Array>> changes;  // all of them before the first is made
  const auto convert = [&](const std::string&, Tensor& t) {
    if (is_floating(t.dtype()) && t.dtype() != dtype) changes.emplace_back(t, t.array().to(dtype));
  };
  Walk walk;
  walk.parameter = walk.buffer = convert;
  walk.run(*this);
  for (auto& [tensor, value] : changes) tensor.set_data(value);
  return *this;
}

Module& Module::requires_grad_(bool on) {
  std::vector<Tensor> changing = parameters_of(*this);
  std::erase_if(changing, [on](const Tensor& p) { return p.requires_grad() == on; });
  std::size_t done = 0;
  try {
    for (; done < changing.size(); ++done) changing[done].requires_grad_(on);
  } catch (...) {  // all of them or none
    while (on && done-- > 0) changing[done].requires_grad_(false);
    throw;
  }
  return *this;
}

void Module::zero_grad() {
  for (Tensor& p : parameters_of(*this)) p.set_grad({});
}

Module& Module::apply(const std::function<void(Module&)>& f) {
  Walk walk;
  walk.after = [&](const std::string&, Module& m) { f(m); };
  walk.run(*this);
  return *this;
}

Module& Module::reset_parameters() {
  return apply([](Module& m) { m.reset_parameters_here(); });
}

void Module::unshare() {
  const NoGradGuard guard;
  // Every place that holds a tensor is visited, so that places which shared one share its copy.
  struct Unshare final : Members {
    std::unordered_map<const own::Impl*, Tensor> copies;
    std::vector<Tensor> originals;  // kept alive, so that no address comes back
    void replace(Tensor& tensor) {
      const auto [found, is_new] = copies.try_emplace(own::Access::impl(tensor.array()));
      if (is_new) {
        originals.push_back(tensor);
        found->second = tensor.clone();
        if (tensor.requires_grad()) found->second.requires_grad_();
      }
      tensor = found->second;
    }
    void on_parameter(std::string_view, Tensor& t) override { replace(t); }
    void on_buffer(std::string_view, Tensor& t) override { replace(t); }
    void on_module(std::string_view, Module& m) override { m.members(*this); }
  } visitor;
  members(visitor);
}

}  // namespace xgrad::nn
