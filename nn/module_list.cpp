#include "nn/module_list.hpp"

#include <fmt/format.h>

namespace xgrad::nn {

ModuleList::ModuleList(const ModuleList& other) : BuiltIn(other) {
  for (const AnyModule& item : other.items_) items_.push_back({item.copy(*item.module), item.copy});
}

ModuleList& ModuleList::operator=(ModuleList other) noexcept {
  BuiltIn::operator=(other);
  items_.swap(other.items_);
  return *this;
}

Module& ModuleList::operator[](std::size_t i) {
  if (i >= items_.size()) {
    fail<IndexError>(type_name(), items_.empty()
                                      ? fmt::format("got module {}; there are none", i)
                                      : fmt::format("got module {}; expected 0 to {}", i, std::ssize(items_) - 1));
  }
  return *items_[i].module;
}

void ModuleList::members(Members& m) {
  for (std::size_t i = 0; i < items_.size(); ++i) m(std::to_string(i), *items_[i].module);
}

void ModuleList::adopt(std::string_view name, AnyModule member) {
  if (name != std::to_string(size()))
    fail<ValueError>("nn::build", fmt::format("{}: got a member \"{}\"; expected \"{}\"", type_name(), name, size()));
  items_.push_back(std::move(member));
}

Tensor ModuleList::forward(const Tensor&) {
  fail<ValueError>("forward", "a list of modules has none; call one of them, or use Sequential");
}

std::string ModuleList::printed(const char* name) const {
  std::vector<std::string> parts;
  for (const AnyModule& item : items_) parts.push_back(item.module->repr());
  return fmt::format("{}({})", name, fmt::join(parts, ", "));
}

}  // namespace xgrad::nn
