#pragma once
/// What an optimiser is given: parameters, with or without names.

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::optim {

/// A list of things with a `name` and a `tensor`, as `Module::named_parameters()` gives it.
template <class R>
concept NamedRange = requires(const R& r) {
  {std::string(r.begin()->name)};
  { r.begin()->tensor } -> std::convertible_to<const Tensor&>;
  {r.end()};
};

/// Parameters for an optimiser: a vector of tensors (`net.parameters()`), or tensors under their names
/// (`net.named_parameters()`). The names choose groups and stand in what is saved; those without one are called
/// "<group>.<place>", as in "0.3".
class Parameters {
 public:
  Parameters(std::vector<Tensor> tensors) : tensors_(std::move(tensors)), names_(tensors_.size()) {}
  Parameters(std::initializer_list<Tensor> tensors) : Parameters(std::vector<Tensor>(tensors)) {}
  template <NamedRange R>
  Parameters(const R& named) {
    for (const auto& each : named) {
      tensors_.push_back(each.tensor);
      names_.emplace_back(each.name);
    }
  }

  const std::vector<Tensor>& tensors() const noexcept { return tensors_; }
  const std::vector<std::string>& names() const noexcept { return names_; }
  bool empty() const noexcept { return tensors_.empty(); }

  /// Those whose name fits the pattern (see `matches`), in their order / the others.
  Parameters matching(std::string_view pattern) const { return selected(pattern, true); }
  Parameters not_matching(std::string_view pattern) const { return selected(pattern, false); }

 private:
  Parameters selected(std::string_view pattern, bool wanted) const;

  std::vector<Tensor> tensors_;
  std::vector<std::string> names_;
};

/// Whether a name fits a pattern, in which `*` stands for any characters, dots included, and `?` for one: "*.bias",
/// "features.?.weight".
bool matches(std::string_view name, std::string_view pattern);

/// Options for the parameters whose names fit a pattern.
template <class O>
struct GroupOptions {
  std::string pattern;
  O options;
};

}  // namespace xgrad::optim
