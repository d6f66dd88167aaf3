#include "autograd/scope.hpp"

#include "tensor/error.hpp"

namespace xgrad {
namespace {
constinit thread_local const Scope* innermost = nullptr;
[[maybe_unused]] const bool context_known = (detail::set_error_context(&Scope::described), true);
}  // namespace

struct ScopeWalk {
  static const Named* who(const Scope& s) noexcept { return s.who_; }
  static std::string path(const Scope* s) {
    if (!s) return {};
    const Named* parent = s->outer_ ? s->outer_->who_ : nullptr;
    return path(s->outer_) + s->who_->scope_name(parent);
  }
};

Scope::Scope(const Named& who) noexcept : who_(&who), outer_(innermost) { innermost = this; }
Scope::~Scope() { innermost = outer_; }

std::string Scope::path() { return ScopeWalk::path(innermost); }

std::string Scope::described() {
  if (!innermost) return {};
  std::string label = ScopeWalk::who(*innermost)->scope_label();
  const std::string where = path();
  return innermost->outer_ ? where + " " + label : label;
}

}  // namespace xgrad
