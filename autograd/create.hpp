#pragma once
/// New tensors. Sizes that are negative or absurd are ShapeErrors; random ones draw from `default_generator()` unless
/// one is given.

#include <optional>
#include <vector>

#include "autograd/tensor.hpp"
#include "tensor/random.hpp"

namespace xgrad {

Tensor empty(const Shape& shape, DType dtype = float32);  ///< unwritten elements
Tensor zeros(const Shape& shape, DType dtype = float32);
Tensor ones(const Shape& shape, DType dtype = float32);
Tensor full(const Shape& shape, Scalar value, std::optional<DType> dtype = {});  ///< dtype: the number's own
/// Of x's shape, and of its dtype unless one is given; without x's history.
Tensor empty_like(const Tensor& x, std::optional<DType> dtype = {});
Tensor zeros_like(const Tensor& x, std::optional<DType> dtype = {});
Tensor ones_like(const Tensor& x, std::optional<DType> dtype = {});
Tensor full_like(const Tensor& x, Scalar value, std::optional<DType> dtype = {});
/// The identity matrix [n, n], or ones on the main diagonal of [n, columns].
Tensor eye(std::int64_t n, std::optional<std::int64_t> columns = {}, DType dtype = float32);
/// start, start + step, ... before end: ceil((end - start) / step) numbers; int64 when all three are integers, else
/// float32. ValueError for step 0 or one that leads away from end. Each real number is start + i step in double
/// precision, rounded once.
Tensor arange(Scalar end);
Tensor arange(Scalar start, Scalar end, Scalar step = 1, std::optional<DType> dtype = {});
/// `count` numbers from start to end, both included; one number is start. DTypeError unless floating.
Tensor linspace(double start, double end, std::int64_t count, DType dtype = float32);

/// From nested braces: `tensor({{1., 2.}, {3., 4.}})`; a bare number gives a scalar. dtype: float32 if any number is
/// real, int64, or bool. Lists of unequal length are a ShapeError.
Tensor tensor(const Nested& values, std::optional<DType> dtype = {});
/// A copy of a vector, with one axis or with `shape`; float32 and float64 keep their type, integers become int64.
template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(const std::vector<T>& values, const std::optional<Shape>& shape = {}) {
  return Array::copy_of(values, shape);
}
/// A copy of shape.numel() numbers at `data`.
template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(const T* data, const Shape& shape) {
  return Array::copy_of(data, shape);
}

/// Uniform in [0, 1); standard normal. float32 or float64 (DTypeError otherwise).
Tensor rand(const Shape& shape, DType dtype = float32, Generator& generator = default_generator());
Tensor randn(const Shape& shape, DType dtype = float32, Generator& generator = default_generator());
/// Of x's shape and dtype.
Tensor rand_like(const Tensor& x, Generator& generator = default_generator());
Tensor randn_like(const Tensor& x, Generator& generator = default_generator());
/// Whole numbers in [low, high); ValueError unless low < high.
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, DType dtype = int64,
               Generator& generator = default_generator());
/// 0 ... n-1 in random order, int64.
Tensor randperm(std::int64_t n, Generator& generator = default_generator());
/// 1 with probability p, else 0; ValueError unless 0 <= p <= 1.
Tensor bernoulli(double p, const Shape& shape, DType dtype = float32, Generator& generator = default_generator());

}  // namespace xgrad
