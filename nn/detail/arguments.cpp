#include "nn/detail/arguments.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "nn/detail/weights.hpp"
#include "tensor/error.hpp"

namespace xgrad::nn::detail {

// ---- as data ---------------------------------------------------------------------------------------------------------

namespace {

Value list(std::vector<Value> values) { return {std::move(values)}; }

template <class T>
Value pair(T a, T b) {
  return list({to_value(a), to_value(b)});
}

/// Reads exactly these elements of a list.
template <class... T>
bool elements(const Value& value, T&... v) {
  const auto* values = std::get_if<std::vector<Value>>(&value.is);
  if (!values || values->size() != sizeof...(v)) return false;
  std::size_t i = 0;
  return (from_value((*values)[i++], v) && ...);
}

bool nothing(const Value& value) { return std::holds_alternative<std::monostate>(value.is); }

}  // namespace

Value to_value(bool v) { return {v}; }
Value to_value(std::int64_t v) { return {v}; }
Value to_value(double v) {
  if (std::isfinite(v)) return {v};
  return {std::string(std::isnan(v) ? "nan" : v > 0 ? "inf" : "-inf")};
}
Value to_value(const std::string& v) { return {v}; }
Value to_value(Size2d v) { return v.given() ? pair(v.h, v.w) : Value{}; }
Value to_value(Scale2d v) { return pair(v.h, v.w); }
Value to_value(const Padding& v) {
  if (v.mode == Padding::numbers) return to_value(v.size);
  return {std::string(v.mode == Padding::same ? "same" : "valid")};
}
Value to_value(const Shape& v) { return to_value(std::vector<std::int64_t>(v.begin(), v.end())); }
Value to_value(const std::vector<std::int64_t>& v) {
  std::vector<Value> numbers;
  for (const std::int64_t number : v) numbers.push_back(to_value(number));
  return list(std::move(numbers));
}
Value to_value(const InputSize& v) { return v.known() ? to_value(v.size()) : Value{}; }
Value to_value(const NormalizedShape& v) { return v.known ? to_value(v.shape) : Value{}; }
Value to_value(const Regularizer& v) { return list({to_value(v.l1), to_value(v.l2)}); }
Value to_value(const Constraint& v) {
  return list({to_value(v.min), to_value(v.max), to_value(v.rate), to_value(v.non_negative)});
}
Value to_value(Upsampling v) {
  return {std::string(v == Upsampling::nearest ? "nearest" : v == Upsampling::linear ? "linear" : "bilinear")};
}

bool from_value(const Value& value, bool& v) {
  const bool* found = std::get_if<bool>(&value.is);
  if (found) v = *found;
  return found;
}
bool from_value(const Value& value, std::int64_t& v) {
  const auto* found = std::get_if<std::int64_t>(&value.is);
  if (found) v = *found;
  return found;
}
bool from_value(const Value& value, double& v) {
  if (const auto* whole = std::get_if<std::int64_t>(&value.is)) v = static_cast<double>(*whole);
  else if (const auto* number = std::get_if<double>(&value.is)) v = *number;
  else if (const auto* text = std::get_if<std::string>(&value.is);
           text && (*text == "inf" || *text == "-inf" || *text == "nan"))
    v = std::strtod(text->c_str(), nullptr);
  else return false;
  return true;
}
bool from_value(const Value& value, std::string& v) {
  const auto* found = std::get_if<std::string>(&value.is);
  if (found) v = *found;
  return found;
}
bool from_value(const Value& value, Size2d& v) {
  if (nothing(value)) {
    v = {};
    return true;
  }
  return elements(value, v.h, v.w);
}
bool from_value(const Value& value, Scale2d& v) { return elements(value, v.h, v.w); }
bool from_value(const Value& value, Padding& v) {
  const auto* text = std::get_if<std::string>(&value.is);
  if (text && *text == "same") v = Padding::same;
  else if (text && *text == "valid") v = Padding::valid;
  else {
    Size2d size = 0;
    if (nothing(value) || !from_value(value, size)) return false;
    v = size;
  }
  return true;
}
bool from_value(const Value& value, Shape& v) {
  std::vector<std::int64_t> sizes;
  if (!from_value(value, sizes) || sizes.size() > Shape::kMaxRank) return false;
  v = Shape(sizes);
  return true;
}
bool from_value(const Value& value, std::vector<std::int64_t>& v) {
  const auto* values = std::get_if<std::vector<Value>>(&value.is);
  if (!values) return false;
  v.resize(values->size());
  for (std::size_t i = 0; i < v.size(); ++i)
    if (!from_value((*values)[i], v[i])) return false;
  return true;
}
bool from_value(const Value& value, InputSize& v) {
  std::int64_t size = 0;
  if (nothing(value)) v = lazy;
  else if (from_value(value, size)) v = size;
  else return false;
  return true;
}
bool from_value(const Value& value, NormalizedShape& v) {
  Shape shape;
  if (nothing(value)) v = lazy;
  else if (from_value(value, shape)) v = shape;
  else return false;
  return true;
}
bool from_value(const Value& value, Regularizer& v) {
  Regularizer read;
  if (!elements(value, read.l1, read.l2)) return false;
  v = l1_l2(read.l1, read.l2);
  return true;
}
bool from_value(const Value& value, Constraint& v) {
  Constraint read;
  if (!elements(value, read.min, read.max, read.rate, read.non_negative)) return false;
  if (!(read.min >= 0 && std::isfinite(read.min) && read.min <= read.max && read.rate >= 0 && read.rate <= 1))
    return false;
  v = read;
  return true;
}
bool from_value(const Value& value, Upsampling& v) {
  for (const Upsampling mode : {Upsampling::nearest, Upsampling::linear, Upsampling::bilinear})
    if (to_value(mode) == value) {
      v = mode;
      return true;
    }
  return false;
}

// ---- the list --------------------------------------------------------------------------------------------------------

void Arguments::add(std::string_view name, Value value) {
  description_->arguments.emplace_back(name, std::move(value));
}

const Value* Arguments::find(std::string_view name, bool needed) {
  ++asked_;
  for (const auto& [known, value] : description_->arguments)
    if (known == name) return &value;
  if (needed) fail<ValueError>("nn::build", fmt::format("{}: there is no argument \"{}\"", type_, name));
  --asked_;
  return nullptr;
}

void Arguments::refuse(std::string_view name) const {
  fail<ValueError>("nn::build", fmt::format("{}: argument \"{}\" is not of its kind", type_, name));
}

void Arguments::finish() const {
  if (asked_ == description_->arguments.size()) return;
  fail<ValueError>("nn::build", fmt::format("{}: got {} arguments, of which {} are known; was it described by a newer "
                                            "xgrad?",
                                            type_, description_->arguments.size(), asked_));
}

void Arguments::print_argument(const std::string& text, bool shown) {
  held_back_ += (arguments_.empty() && held_back_.empty() ? "" : ", ") + text;
  if (shown) arguments_ += std::exchange(held_back_, {});
}

void Arguments::print_option(std::string_view name, const std::string& text) {
  options_ += fmt::format("{}.{} = {}", options_.empty() ? "" : ", ", name, text);
}

std::string Arguments::printed() const {
  return fmt::format("{}({}{}{})", type_, arguments_, arguments_.empty() || options_.empty() ? "" : ", ",
                     options_.empty() ? "" : "{" + options_ + "}");
}

// ---- building --------------------------------------------------------------------------------------------------------

namespace {

constinit thread_local bool building = false;
constinit thread_local std::int64_t elements_left = 0;
constexpr std::int64_t kSmall = 16;  // so few elements are not counted

}  // namespace

Building::Building(std::int64_t most_elements) noexcept {
  building = true;
  elements_left = most_elements;
}
Building::~Building() { building = false; }

bool values_wanted() noexcept { return !building; }

const Shape& affordable(const Shape& shape) {
  if (!building) return shape;
  std::int64_t n = 1;
  for (const std::int64_t size : shape) {
    if (size > 0 && n > std::max(elements_left, kSmall) / size)
      fail<ValueError>("nn::build",
                       fmt::format("a parameter of shape {} is larger than all that there is to fill it", shape.str()));
    n *= size;
  }
  if (n > kSmall) elements_left -= n;
  return shape;
}

void give_back(const Shape& shape) noexcept {
  if (building && shape.numel() > kSmall) elements_left += shape.numel();
}

}  // namespace xgrad::nn::detail
