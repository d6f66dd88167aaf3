#pragma once
/// C++ numbers as arguments of operations.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "tensor/dtype.hpp"
#include "tensor/shape.hpp"

namespace xgrad {

/// A C++ number handed to an operation; remembers whether it was a bool, an integer or a real number, so that it can
/// adopt the dtype of the tensor it meets.
class Scalar {
 public:
  Scalar(bool v) noexcept : integer_(v), kind_(Kind::boolean) {}
  template <std::integral T>
  Scalar(T v) noexcept : integer_(static_cast<std::int64_t>(v)), kind_(Kind::integer) {}
  template <std::floating_point T>
  Scalar(T v) noexcept : real_(static_cast<double>(v)), kind_(Kind::real) {}

  bool is_real() const noexcept { return kind_ == Kind::real; }
  bool is_bool() const noexcept { return kind_ == Kind::boolean; }
  template <class T>
  T to() const noexcept {
    return kind_ == Kind::real ? convert<T>(real_) : convert<T>(integer_);
  }
  /// The dtype it has on its own: float32, int64 or bool.
  DType dtype() const noexcept {
    return kind_ == Kind::real ? DType::float32 : kind_ == Kind::integer ? DType::int64 : DType::bool_;
  }
  /// The dtype of a result of a tensor of dtype `t` and this number: `t`, unless a real number meets integers
  /// (float32) or an integer meets bools (int64).
  DType with(DType t) const noexcept {
    if (is_real() && !is_floating(t)) return DType::float32;
    if (kind_ == Kind::integer && t == DType::bool_) return DType::int64;
    return t;
  }

 private:
  enum class Kind : std::uint8_t { boolean, integer, real };
  union {
    double real_;
    std::int64_t integer_;
  };
  Kind kind_;
};

/// Nested braces of numbers, as in `tensor({{1, 2}, {3, 4}})`. All lists of one depth must be equally long
/// (ShapeError otherwise).
class Nested {
 public:
  template <class T>
  requires std::integral<T> || std::floating_point<T> Nested(T v) : value_(v) {}
  Nested(std::initializer_list<Nested> items) : value_(0), items_(items), is_list_(true) {}

  Shape shape() const;
  /// The dtype that holds all numbers: float32 if any is real, else int64, bool if all are bool. An empty list is
  /// float32.
  DType dtype() const;
  /// The numbers in row-major order.
  std::vector<Scalar> flat() const;

 private:
  void check(const Shape& shape, int depth) const;
  void collect(std::vector<Scalar>& out) const;

  Scalar value_;
  std::vector<Nested> items_;
  bool is_list_ = false;
};

}  // namespace xgrad
