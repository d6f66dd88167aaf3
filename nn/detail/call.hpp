#pragma once
/// Writes a constructor call: `Call("Conv2D").arg(1).arg(16).option("stride", stride, Size2d(1)).str()`.

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

#include "autograd/ops/size2d.hpp"
#include "autograd/ops/upsample.hpp"
#include "nn/lazy.hpp"
#include "nn/regularization.hpp"
#include "tensor/shape.hpp"

namespace xgrad::nn::detail {

inline std::string written(const std::string& v) { return v; }
inline std::string written(bool v) { return v ? "true" : "false"; }
inline std::string written(std::int64_t v) { return std::to_string(v); }
inline std::string written(double v) { return fmt::format("{}", v); }
inline std::string written(Size2d v) { return v.h == v.w ? written(v.h) : fmt::format("{{{}, {}}}", v.h, v.w); }
inline std::string written(Scale2d v) { return v.h == v.w ? written(v.h) : fmt::format("{{{}, {}}}", v.h, v.w); }
inline std::string written(const Padding& v) {
  return v.mode == Padding::same ? "Padding::same" : v.mode == Padding::valid ? "Padding::valid" : written(v.size);
}
inline std::string written(const Shape& v) { return fmt::format("{{{}}}", fmt::join(v.begin(), v.end(), ", ")); }
inline std::string written(const InputSize& v) { return v.known() ? written(v.size()) : "lazy"; }
template <class T>
std::string written(const std::optional<T>& v) {
  return v ? written(*v) : "{}";
}

inline bool equal(const Padding& a, const Padding& b) { return a.mode == b.mode && a.size == b.size; }
inline bool equal(Scale2d a, Scale2d b) { return a.h == b.h && a.w == b.w; }
template <class T>
bool equal(const T& a, const T& b) {
  return a == b;
}

class Call {
 public:
  explicit Call(std::string_view type) : type_(type) {}

  template <class T>
  Call& arg(const T& value) {
    args_ += (args_.empty() ? "" : ", ") + written(value);
    return *this;
  }
  /// Named, and only where it is not the default.
  template <class T>
  Call& option(std::string_view name, const T& value, const T& by_default) {
    if (!equal(value, by_default)) {
      options_ += options_.empty() ? "" : ", ";
      options_ += fmt::format(".{} = {}", name, written(value));
    }
    return *this;
  }
  /// The options of penalties and bounds that are not empty.
  Call& rules(const Regularizer& kernel, const Regularizer& bias, const Constraint& kernel_bound,
              const Constraint& bias_bound) {
    const std::string none;
    option("kernel_regularizer", kernel.empty() ? none : kernel.repr(), none);
    option("bias_regularizer", bias.empty() ? none : bias.repr(), none);
    option("kernel_constraint", kernel_bound.empty() ? none : kernel_bound.repr(), none);
    return option("bias_constraint", bias_bound.empty() ? none : bias_bound.repr(), none);
  }
  std::string str() const {
    return fmt::format("{}({}{}{})", type_, args_, args_.empty() || options_.empty() ? "" : ", ",
                       options_.empty() ? "" : "{" + options_ + "}");
  }

 private:
  std::string type_, args_, options_;
};

}  // namespace xgrad::nn::detail
