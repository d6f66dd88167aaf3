#pragma once
/// Arguments: what a module's constructor takes, listed once.
///
///     void Conv1D::arguments(detail::Arguments& a) {
///       ...
///       a.arg("in", in).arg("out", out).option("stride", o.stride, d.stride);
///       if (a.reading()) *this = Conv1D(in, out, kernel, o);
///     }

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "autograd/ops/size2d.hpp"
#include "autograd/ops/upsample.hpp"
#include "nn/description.hpp"
#include "nn/layer_norm.hpp"
#include "nn/lazy.hpp"
#include "nn/regularization.hpp"
#include "tensor/shape.hpp"

namespace xgrad::nn::detail {

// ---- as text ---------------------------------------------------------------------------------------------------------

inline std::string written(const std::string& v) { return "\"" + v + "\""; }
inline std::string written(bool v) { return v ? "true" : "false"; }
inline std::string written(std::int64_t v) { return std::to_string(v); }
inline std::string written(double v) { return fmt::format("{}", v); }
inline std::string written(Size2d v) { return v.h == v.w ? written(v.h) : fmt::format("{{{}, {}}}", v.h, v.w); }
inline std::string written(Scale2d v) { return v.h == v.w ? written(v.h) : fmt::format("{{{}, {}}}", v.h, v.w); }
inline std::string written(const Padding& v) {
  return v.mode == Padding::same ? "Padding::same" : v.mode == Padding::valid ? "Padding::valid" : written(v.size);
}
inline std::string written(const Shape& v) { return fmt::format("{{{}}}", fmt::join(v.begin(), v.end(), ", ")); }
inline std::string written(const std::vector<std::int64_t>& v) { return fmt::format("{{{}}}", fmt::join(v, ", ")); }
inline std::string written(const InputSize& v) { return v.known() ? written(v.size()) : "lazy"; }
inline std::string written(const NormalizedShape& v) {
  return !v.known ? "lazy" : v.shape.rank() == 1 ? written(v.shape[0]) : written(v.shape);
}
inline std::string written(const Regularizer& v) { return v.repr(); }
inline std::string written(const Constraint& v) { return v.repr(); }
inline std::string written(Upsampling v) {
  return v == Upsampling::nearest  ? "Upsampling::nearest"
         : v == Upsampling::linear ? "Upsampling::linear"
                                   : "Upsampling::bilinear";
}
template <class T>
std::string written(const std::optional<T>& v) {
  return v ? written(*v) : "{}";
}

// ---- as data ---------------------------------------------------------------------------------------------------------
// from_value gives false where the value is not of that kind. Numbers that are not finite are texts.

Value to_value(bool v);
Value to_value(std::int64_t v);
Value to_value(double v);
Value to_value(const std::string& v);
Value to_value(Size2d v);
Value to_value(Scale2d v);
Value to_value(const Padding& v);
Value to_value(const Shape& v);
Value to_value(const std::vector<std::int64_t>& v);
Value to_value(const InputSize& v);
Value to_value(const NormalizedShape& v);
Value to_value(const Regularizer& v);
Value to_value(const Constraint& v);
Value to_value(Upsampling v);
bool from_value(const Value& value, bool& v);
bool from_value(const Value& value, std::int64_t& v);
bool from_value(const Value& value, double& v);
bool from_value(const Value& value, std::string& v);
bool from_value(const Value& value, Size2d& v);
bool from_value(const Value& value, Scale2d& v);
bool from_value(const Value& value, Padding& v);
bool from_value(const Value& value, Shape& v);
bool from_value(const Value& value, std::vector<std::int64_t>& v);
bool from_value(const Value& value, InputSize& v);
bool from_value(const Value& value, NormalizedShape& v);
bool from_value(const Value& value, Regularizer& v);
bool from_value(const Value& value, Constraint& v);
bool from_value(const Value& value, Upsampling& v);

template <class T>
Value to_value(const std::optional<T>& v) {
  return v ? to_value(*v) : Value{};
}
template <class T>
bool from_value(const Value& value, std::optional<T>& v) {
  if (std::holds_alternative<std::monostate>(value.is)) {
    v.reset();
    return true;
  }
  T read{};
  if (!from_value(value, read)) return false;
  v = read;
  return true;
}

// ---- the list --------------------------------------------------------------------------------------------------------

/// Shown to a module, which lists the arguments of its constructor to it: to print them, to describe them, or to take
/// them over from a description.
class Arguments {
 public:
  enum class Purpose { print, describe, read };
  Arguments(std::string type, Purpose purpose, Description* description = nullptr)
      : type_(std::move(type)), purpose_(purpose), description_(description) {}

  /// Whether the values are those of a description: the module then has to become one made with them.
  bool reading() const noexcept { return purpose_ == Purpose::read; }

  /// The next argument; with a default it is not printed where it and all behind it are the default.
  template <class T>
  Arguments& arg(std::string_view name, T& value) {
    if (purpose_ == Purpose::print) print_argument(written(value), true);
    else exchange(name, value, true);
    return *this;
  }
  template <class T>
  Arguments& arg(std::string_view name, T& value, const std::type_identity_t<T>& by_default) {
    if (purpose_ == Purpose::print) print_argument(written(value), to_value(value) != to_value(by_default));
    else exchange(name, value, false);
    return *this;
  }
  /// Named, and printed only where it is not the default.
  template <class T>
  Arguments& option(std::string_view name, T& value, const std::type_identity_t<T>& by_default) {
    if (purpose_ != Purpose::print) exchange(name, value, false);
    else if (to_value(value) != to_value(by_default)) print_option(name, written(value));
    return *this;
  }
  /// The penalties and bounds that layers with weights have.
  Arguments& rules(Regularizer& kernel, Regularizer& bias, Constraint& kernel_bound, Constraint& bias_bound) {
    option("kernel_regularizer", kernel, {}).option("bias_regularizer", bias, {});
    return option("kernel_constraint", kernel_bound, {}).option("bias_constraint", bias_bound, {});
  }

  /// The call as it is written.
  std::string printed() const;
  /// Throws where the description has an argument that was not asked for.
  void finish() const;

 private:
  template <class T>
  void exchange(std::string_view name, T& value, bool needed) {
    if (purpose_ == Purpose::describe) return add(name, to_value(value));
    const Value* found = find(name, needed);
    if (found && !from_value(*found, value)) refuse(name);
  }
  void add(std::string_view name, Value value);
  const Value* find(std::string_view name, bool needed);
  [[noreturn]] void refuse(std::string_view name) const;
  void print_argument(const std::string& text, bool shown);
  void print_option(std::string_view name, const std::string& text);

  std::string type_;
  Purpose purpose_;
  Description* description_;
  std::string arguments_, held_back_, options_;
  std::size_t asked_ = 0;
};

// ---- building --------------------------------------------------------------------------------------------------------

/// While it lives, modules that are made on this thread draw no initial values, and may have so many elements.
class Building {
 public:
  explicit Building(std::int64_t most_elements) noexcept;
  ~Building();
  Building(const Building&) = delete;
  Building& operator=(const Building&) = delete;
};

}  // namespace xgrad::nn::detail
