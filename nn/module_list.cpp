#include "nn/module_list.hpp"

#include <fmt/format.h>

namespace xgrad::nn {

ModuleList::ModuleList(const ModuleList& other) : Module(other) {
  for (const Item& item : other.items_) items_.push_back({item.copy(*item.module), item.copy});
}

ModuleList& ModuleList::operator=(ModuleList other) noexcept {
  Module::operator=(other);
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

Tensor ModuleList::forward(const Tensor&) {
  fail<ValueError>("forward", "a list of modules has none; call one of them, or use Sequential");
}

std::string ModuleList::printed(const char* name) const {
  std::vector<std::string> parts;
  for (const Item& item : items_) parts.push_back(item.module->repr());
  return fmt::format("{}({})", name, fmt::join(parts, ", "));
}

}  // namespace xgrad::nn
