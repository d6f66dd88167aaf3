#include "nn/description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <typeindex>
#include <typeinfo>
#include <unordered_map>

#include "nn/detail/arguments.hpp"
#include "nn/detail/type_name.hpp"
#include "nn/detail/weights.hpp"
#include "nn/nn.hpp"

namespace xgrad::nn {
namespace {

using xgrad::detail::Access;
using xgrad::detail::Impl;

// ---- the modules that there are --------------------------------------------------------------------------------------

struct Kind {
  std::string name;
  std::type_index type;
  AnyModule (*make)();
};

/// One of each kind, whose arguments a description then replaces.
template <class Make>
Kind kind(Make) {
  using M = std::invoke_result_t<Make>;
  return {detail::type_name(typeid(M)), typeid(M), [] {
            return AnyModule{std::make_unique<M>(Make{}()), [](const Module& m) -> std::unique_ptr<Module> {
                               return std::make_unique<M>(static_cast<const M&>(m));
                             }};
          }};
}
template <class... M>
std::vector<Kind> kinds_without_needs() {
  return {kind([] { return M(); })...};
}

/// Every module of xgrad's own. A new one joins here.
const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = [] {
    std::vector<Kind> list =
        kinds_without_needs<Sequential, Functional, ModuleList, ReLU, ReLU6, LeakyReLU, PReLU, ELU, SELU, SiLU, Mish,
                            GELU, Softplus, LogSigmoid, Softsign, Sigmoid, Tanh, Hardtanh, Hardsigmoid, Hardswish,
                            Softmax, LogSoftmax, Flatten, Identity, ChannelsFirst, ChannelsLast, Dropout,
                            SpatialDropout, GlobalAvgPool, GlobalMaxPool, Add, Concat>();
    for (Kind& each : std::vector<Kind>{kind([] { return Residual(Identity()); }),
                                        kind([] { return Dense(1, 1); }),
                                        kind([] { return Conv1D(1, 1, 1); }),
                                        kind([] { return Conv2D(1, 1, 1); }),
                                        kind([] { return DepthwiseConv2D(1, 1); }),
                                        kind([] { return ConvTranspose1D(1, 1, 1); }),
                                        kind([] { return ConvTranspose2D(1, 1, 1); }),
                                        kind([] { return BatchNorm(1); }),
                                        kind([] { return LayerNorm(1); }),
                                        kind([] { return RMSNorm(1); }),
                                        kind([] { return GroupNorm(1, 1); }),
                                        kind([] { return InstanceNorm(1); }),
                                        kind([] { return MaxPool(1); }),
                                        kind([] { return MaxPool1D(1); }),
                                        kind([] { return AvgPool(1); }),
                                        kind([] { return AvgPool1D(1); }),
                                        kind([] { return AdaptiveAvgPool(1); }),
                                        kind([] { return AdaptiveMaxPool(1); }),
                                        kind([] { return AdaptiveAvgPool1D(1); }),
                                        kind([] { return AdaptiveMaxPool1D(1); }),
                                        kind([] { return Upsample(1.); }),
                                        kind([] { return Reshape({1}); }),
                                        kind([] {
                                          return ZeroPad({0, 0});
                                        }),
                                        kind([] { return Rescaling(1); }),
                                        kind([] { return Embedding(1, 1); })})
      list.push_back(std::move(each));
    return list;
  }();
  return all;
}

constexpr int kDeepest = 200;  // modules in modules

std::string joined(const std::string& prefix, std::string_view name) {
  return prefix.empty() ? std::string(name) : fmt::format("{}.{}", prefix, name);
}

// ---- describing ------------------------------------------------------------------------------------------------------

/// Walks a model, and notes under which name each tensor came first.
class Describe final : public Members {
 public:
  Description run(Module& module, const std::string& name) {
    Description made{.type = module.type_name(), .training = module.training()};
    const auto& known = kinds();
    made.built_in = std::any_of(known.begin(), known.end(), [&](const Kind& k) { return k.type == typeid(module); });
    if (made.built_in) {
      detail::Arguments arguments(made.type, detail::Arguments::Purpose::describe, &made);
      static_cast<BuiltIn&>(module).arguments(arguments);
    }
    Description* const outer = std::exchange(at_, &made);
    const std::string prefix = std::exchange(prefix_, name);
    module.members(*this);
    at_ = outer;
    prefix_ = prefix;
    return made;
  }

 private:
  std::string dotted(std::string_view name) const { return joined(prefix_, name); }
  void on_parameter(std::string_view name, Tensor& t) override {
    if (!t.requires_grad()) at_->frozen.emplace_back(name);
    on_buffer(name, t);
  }
  void on_buffer(std::string_view name, Tensor& t) override {
    const auto [first, is_new] = seen_.try_emplace(Access::impl(t.array()), dotted(name));
    if (!is_new) at_->shared.emplace_back(name, first->second);
  }
  void on_module(std::string_view name, Module& module) override {
    Description* const outer = at_;
    outer->members.emplace_back(name, run(module, dotted(name)));
  }

  Description* at_ = nullptr;
  std::string prefix_;
  std::unordered_map<const Impl*, std::string> seen_;
};

// ---- building --------------------------------------------------------------------------------------------------------

/// Makes modules with the arguments described, members included.
class Make {
 public:
  AnyModule run(const Description& d, const std::string& name, int depth = 0) {
    const std::string where = name.empty() ? "the model" : fmt::format("\"{}\"", name);
    if (depth > kDeepest) fail<ValueError>("nn::build", fmt::format("{}: more than {} modules deep", where, kDeepest));
    const Kind* found = nullptr;
    for (const Kind& k : kinds())
      if (d.built_in && k.name == d.type) found = &k;
    if (!found) {
      fail<ValueError>("nn::build",
                       fmt::format("{} is a {}, which is no module of xgrad's own{}; make one, and load its "
                                   "values into it",
                                   where, d.type, d.type == "Lambda" ? " but a function" : ""));
    }
    AnyModule made = found->make();
    auto& module = static_cast<BuiltIn&>(*made.module);
    Description copy{.type = d.type, .arguments = d.arguments};
    detail::Arguments arguments(d.type, detail::Arguments::Purpose::read, &copy);
    module.arguments(arguments);
    arguments.finish();
    Share(*this, d, name).run(module);
    for (const auto& [member, of] : d.members) module.adopt(member, run(of, joined(name, member), depth + 1));
    return made;
  }

 private:
  /// Gives a module the tensors that it shares with those before it.
  class Share final : public Members {
   public:
    Share(Make& make, const Description& d, const std::string& name) : make_(make), d_(d), name_(name) {}
    void run(Module& module) { module.members(*this); }

   private:
    void on_parameter(std::string_view name, Tensor& t) override { on_buffer(name, t); }
    void on_buffer(std::string_view name, Tensor& t) override {
      for (const auto& [own, first] : d_.shared) {
        if (own != name) continue;
        const auto found = make_.tensors_.find(first);
        if (found == make_.tensors_.end() || found->second.shape() != t.shape() || found->second.dtype() != t.dtype())
          fail<ValueError>("nn::build", fmt::format("{} cannot share \"{}\"", joined(name_, name), first));
        detail::give_back(t.shape());
        t = found->second;
      }
      make_.tensors_.try_emplace(joined(name_, name), t);
    }
    void on_module(std::string_view, Module&) override {}

    Make& make_;
    const Description& d_;
    const std::string& name_;
  };

  std::unordered_map<std::string, Tensor> tensors_;
};

/// Freezes what the description says, and sets the modes, outermost first.
class SetFlags final : public Members {
 public:
  void run(Module& module, const Description& d) {
    if (module.training() != d.training) module.train(d.training);
    const Description* const outer = std::exchange(at_, &d);
    const std::size_t before = std::exchange(next_, 0);
    module.members(*this);
    at_ = outer;
    next_ = before;
  }

 private:
  void on_parameter(std::string_view name, Tensor& t) override {
    for (const std::string& frozen : at_->frozen)
      if (frozen == name && t.requires_grad()) t.requires_grad_(false);
  }
  void on_buffer(std::string_view, Tensor&) override {}
  void on_module(std::string_view name, Module& module) override {
    const std::size_t i = next_++;
    if (i >= at_->members.size() || at_->members[i].first != name)
      fail<ValueError>("nn::build", fmt::format("{} has no member \"{}\"", at_->type, name));
    run(module, at_->members[i].second);
  }

  const Description* at_ = nullptr;
  std::size_t next_ = 0;  // of its members
};

}  // namespace

std::string BuiltIn::repr() const {
  detail::Arguments arguments(type_name(), detail::Arguments::Purpose::print);
  const_cast<BuiltIn*>(this)->arguments(arguments);  // only looks
  return arguments.printed();
}

void BuiltIn::adopt(std::string_view name, AnyModule) {
  fail<ValueError>("nn::build", fmt::format("{} has no member \"{}\"", type_name(), name));
}

Description describe(Module& model) { return Describe().run(model, ""); }

std::unique_ptr<Module> build(const Description& description, std::int64_t most_elements) {
  Generator unused;
  const GeneratorGuard generator(unused);
  const detail::Building building(most_elements);
  AnyModule made = Make().run(description, "");
  SetFlags().run(*made.module, description);
  return std::move(made.module);
}

std::vector<std::string> built_in_types() {
  std::vector<std::string> names;
  for (const Kind& each : kinds()) names.push_back(each.name);
  return names;
}

}  // namespace xgrad::nn
