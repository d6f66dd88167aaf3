#include "nn/sequential.hpp"

#include <fmt/format.h>

namespace xgrad::nn {

Sequential::Sequential(const Sequential& other) : Module(other) {
  for (const Item& item : other.items_) items_.push_back({item.copy(*item.module), item.copy});
}

Sequential& Sequential::operator=(Sequential other) noexcept {
  Module::operator=(other);
  items_.swap(other.items_);
  return *this;
}

Module& Sequential::operator[](std::size_t i) {
  if (i >= items_.size())
    fail<IndexError>("Sequential", fmt::format("got module {}; expected 0 to {}", i, std::ssize(items_) - 1));
  return *items_[i].module;
}

void Sequential::members(Members& m) {
  for (std::size_t i = 0; i < items_.size(); ++i) m(std::to_string(i), *items_[i].module);
}

Tensor Sequential::forward(const Tensor& x) {
  Tensor y = x;
  for (const Item& item : items_) y = (*item.module)(y);
  return y;
}

std::string Sequential::repr() const {
  std::vector<std::string> parts;
  for (const Item& item : items_) parts.push_back(item.module->repr());
  return fmt::format("Sequential({})", fmt::join(parts, ", "));
}

}  // namespace xgrad::nn
