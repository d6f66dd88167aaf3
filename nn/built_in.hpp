#pragma once
/// BuiltIn: the base of xgrad's own modules, which say once what their constructors take.

#include <memory>
#include <string>
#include <string_view>

#include "nn/module.hpp"

namespace xgrad::nn {

namespace detail {
class Arguments;
}

/// A module and how to copy it, whatever its type.
struct AnyModule {
  std::unique_ptr<Module> module;
  std::unique_ptr<Module> (*copy)(const Module&);
};

/// A built-in module lists its arguments in `arguments` (see nn/detail/arguments.hpp): from that come how it prints,
/// its description, and its making from one. One line in nn/description.cpp makes it known.
class BuiltIn : public Module {
 public:
  /// The constructor call, "Dense(784, 128)", with the options that are not the default.
  std::string repr() const override;
  virtual void arguments(detail::Arguments&) {}
  /// Takes a member that a description has. ValueError for modules that hold none.
  virtual void adopt(std::string_view name, AnyModule member);
};

}  // namespace xgrad::nn
