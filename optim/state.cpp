#include "optim/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace xgrad::optim {

void State::add(std::string name, double value) { add(std::move(name), std::span(&value, 1)); }
void State::add(std::string name, std::int64_t value) {
  entries.push_back({std::move(name), Array::copy_of(&value, Shape{})});
}
void State::add(std::string name, std::span<const double> values) {
  const Shape shape = values.size() == 1 ? Shape{} : Shape{static_cast<std::int64_t>(values.size())};
  entries.push_back({std::move(name), Array::copy_of(values.data(), shape)});
}
void State::add(std::string name, const Array& value) { entries.push_back({std::move(name), value.clone()}); }

StateReader::StateReader(const State& state, std::string_view type)
    : state_(state), sorted_(state.entries.size()), used_(state.entries.size()) {
  if (state.type != type) fail<ValueError>(type, fmt::format("cannot load a state of type \"{}\"", state.type));
  std::iota(sorted_.begin(), sorted_.end(), 0u);
  const auto name = [&](std::uint32_t i) -> const std::string& { return state.entries[i].name; };
  std::sort(sorted_.begin(), sorted_.end(), [&](std::uint32_t a, std::uint32_t b) { return name(a) < name(b); });
  for (std::size_t i = 0; i + 1 < sorted_.size(); ++i)
    if (name(sorted_[i]) == name(sorted_[i + 1]))
      fail<ValueError>(type, fmt::format("the state has two entries \"{}\"", name(sorted_[i])));
}

bool StateReader::has(std::string_view name) const {
  const auto less = [&](std::uint32_t i, std::string_view n) { return state_.entries[i].name < n; };
  const auto at = std::lower_bound(sorted_.begin(), sorted_.end(), name, less);
  return at != sorted_.end() && state_.entries[*at].name == name;
}

const Array& StateReader::any(std::string_view name) {
  const auto less = [&](std::uint32_t i, std::string_view n) { return state_.entries[i].name < n; };
  const auto at = std::lower_bound(sorted_.begin(), sorted_.end(), name, less);
  if (at == sorted_.end() || state_.entries[*at].name != name || !state_.entries[*at].value.defined())
    fail<ValueError>(state_.type, fmt::format("the state has no entry \"{}\"", name));
  used_[*at] = true;
  return state_.entries[*at].value;
}

const Array& StateReader::find(std::string_view name, bool floating) {
  const Array& value = any(name);
  if (floating ? !is_floating(value.dtype()) : value.dtype() != int64) {
    fail<ValueError>(state_.type, fmt::format("entry \"{}\" of the state is {}; expected {}", name,
                                              name_of(value.dtype()), floating ? "float64" : "int64"));
  }
  return value;
}

double StateReader::number(std::string_view name) { return numbers(name, 1)[0]; }

std::int64_t StateReader::count(std::string_view name) {
  const Array& value = find(name, false);
  const std::int64_t count = value.numel() == 1 ? value.item<std::int64_t>() : -1;
  if (count < 0) fail<ValueError>(state_.type, fmt::format("entry \"{}\" of the state is no count", name));
  return count;
}

std::vector<double> StateReader::numbers(std::string_view name, std::size_t n) {
  const Array& value = find(name, true);
  if (value.numel() != static_cast<std::int64_t>(n)) {
    fail<ValueError>(state_.type, fmt::format("entry \"{}\" of the state has shape {}; expected {} elements", name,
                                              value.shape().str(), n));
  }
  const Array as_double = value.to(float64);
  const auto values = as_double.values<double>();
  return {values.begin(), values.end()};
}

Array StateReader::array(std::string_view name, const Shape& shape, DType dtype) {
  const Array& value = find(name, true);
  if (value.shape() != shape) {
    fail<ValueError>(state_.type, fmt::format("entry \"{}\" of the state has shape {}; expected {}", name,
                                              value.shape().str(), shape.str()));
  }
  return value.dtype() == dtype ? value.clone() : value.to(dtype);
}

void StateReader::finish() const {
  for (std::size_t i = 0; i < used_.size(); ++i) {
    if (used_[i]) continue;
    fail<ValueError>(state_.type, fmt::format("the state has an entry \"{}\" that fits nothing here; was it saved "
                                              "with other parameters, groups or options?",
                                              state_.entries[i].name));
  }
}

}  // namespace xgrad::optim
