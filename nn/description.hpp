#pragma once
/// A model as data: which modules, made with which arguments; what a file needs to make it again.

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "nn/module.hpp"

namespace xgrad::nn {

/// An argument of a constructor: nothing (`nn::lazy`, an option not given), a number, text, or a list.
struct Value {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<Value>> is;
  friend bool operator==(const Value&, const Value&) = default;
};

struct Description {
  std::string type;      ///< "Conv2D"
  bool built_in = true;  ///< whether xgrad can make it; else only its name and members are known
  bool training = true;
  std::vector<std::pair<std::string, Value>> arguments = {};
  std::vector<std::string> frozen = {};  ///< its own parameters that ask for no gradient
  /// Its own tensors that came before in another module, and the dotted names they have there.
  std::vector<std::pair<std::string, std::string>> shared = {};
  std::vector<std::pair<std::string, Description>> members = {};
};

/// Initialisers, hooks and values are no part of it. Modules that are not built in, and functions, are described by
/// their names and members.
Description describe(Module& model);

/// Makes the model described, with any values, in the modes described. ValueError, telling where, for a type that is
/// not built in, arguments that a constructor refuses or does not know, and parameters of more than `most_elements`
/// elements altogether. Draws no random numbers.
std::unique_ptr<Module> build(const Description& description,
                              std::int64_t most_elements = std::numeric_limits<std::int64_t>::max());

/// The names of all modules that `build` can make.
std::vector<std::string> built_in_types();

}  // namespace xgrad::nn
