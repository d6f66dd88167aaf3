#include "nn/residual.hpp"

#include <fmt/format.h>

#include "autograd/ops/arithmetic.hpp"

namespace xgrad::nn {

void Residual::members(Members& m) {
  m("body", body_);
  if (!shortcut_.empty()) m("shortcut", shortcut_);
}

Tensor Residual::forward(const Tensor& x) {
  const Tensor y = body_(x), by = shortcut_.empty() ? x : shortcut_(x);
  if (y.shape() != by.shape()) {
    fail<ShapeError>("the summands differ",
                     fmt::format("got {} from the body, {} {}; expected the same shape{}", y.shape().str(),
                                 by.shape().str(), shortcut_.empty() ? "as its input" : "from the shortcut",
                                 shortcut_.empty() ? "; a .shortcut(...) can change the input's" : ""));
  }
  return add(by, y);
}

void Residual::adopt(std::string_view name, AnyModule member) {
  auto* modules = dynamic_cast<Sequential*>(member.module.get());
  if (!modules || (name != "body" && name != "shortcut"))
    fail<ValueError>("nn::build", fmt::format("Residual: got a {} \"{}\"; expected a Sequential, body or shortcut",
                                              member.module->type_name(), name));
  (name == "body" ? body_ : shortcut_) = std::move(*modules);
}

std::string Residual::repr() const {
  const auto inside = [](const Sequential& s) {
    const std::string text = s.repr();
    return text.substr(text.find('('));  // with its parentheses
  };
  std::string text = "Residual" + inside(body_);
  Sequential shortcut = shortcut_;
  for (std::size_t i = 0; i < shortcut.size(); ++i) text += ".shortcut(" + shortcut[i].repr() + ")";
  return text;
}

}  // namespace xgrad::nn
