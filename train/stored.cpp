#include "train/stored.hpp"

#include <fmt/format.h>

namespace xgrad::train {

template <class T>
void Stored::numbers(std::string_view name, std::vector<T>& values) {
  Array array = Array::copy_of(values);
  on_array(name, array);
  if (!array.defined() || array.dim() != 1 || array.dtype() != dtype_of<T>())
    refuse(name, fmt::format("expected a list of {}", name_of(dtype_of<T>())));
  const auto read = array.values<T>();
  values.assign(read.begin(), read.end());
}

template <class T>
void Stored::number(std::string_view name, T& value) {
  Array array = Array::copy_of(&value, Shape{});
  on_array(name, array);
  if (!array.defined() || array.numel() != 1 || array.dtype() != dtype_of<T>())
    refuse(name, fmt::format("expected one {}", name_of(dtype_of<T>())));
  value = array.item<T>();
}

Stored& Stored::operator()(std::string_view name, bool& value) {
  number(name, value);
  return *this;
}

Stored& Stored::operator()(std::string_view name, std::int64_t& value) {
  number(name, value);
  return *this;
}

Stored& Stored::operator()(std::string_view name, double& value) {
  number(name, value);
  return *this;
}

Stored& Stored::operator()(std::string_view name, std::optional<double>& value) {
  std::vector<double> list;
  if (value) list.push_back(*value);
  numbers(name, list);
  if (list.size() > 1) refuse(name, "expected one number or none");
  value = list.empty() ? std::nullopt : std::optional(list[0]);
  return *this;
}

Stored& Stored::operator()(std::string_view name, std::string& value) {
  std::vector<std::string> list{value};
  on_texts(name, list);
  if (list.size() != 1) refuse(name, "expected one text");
  value = std::move(list[0]);
  return *this;
}

Stored& Stored::operator()(std::string_view name, std::vector<std::int64_t>& values) {
  numbers(name, values);
  return *this;
}

Stored& Stored::operator()(std::string_view name, std::vector<double>& values) {
  numbers(name, values);
  return *this;
}

Stored& Stored::operator()(std::string_view name, std::vector<std::string>& values) {
  on_texts(name, values);
  return *this;
}

Stored& Stored::operator()(std::string_view name, Tensor& value) {
  Array array = value.defined() ? value.array() : Array();
  on_array(name, array);
  value = array.defined() ? Tensor(array) : Tensor();
  return *this;
}

Stored& Stored::operator()(std::string_view name, nn::StateDict& value) {
  on_tensors(name, value);
  return *this;
}

Stored& Stored::operator()(std::string_view name, optim::Stateful& value) {
  on_part(name, value);
  return *this;
}

}  // namespace xgrad::train
