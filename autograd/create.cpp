#include "autograd/create.hpp"

#include <fmt/format.h>

#include <cmath>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/kernels/random.hpp"

namespace xgrad {

Tensor empty(const Shape& shape, DType dtype) { return Array::empty(shape, dtype); }
Tensor zeros(const Shape& shape, DType dtype) { return Array::zeros(shape, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return Array::full(shape, 1, dtype); }
Tensor full(const Shape& shape, Scalar value, std::optional<DType> dtype) {
  return Array::full(shape, value, dtype.value_or(value.dtype()));
}
Tensor empty_like(const Tensor& x, std::optional<DType> dtype) { return empty(x.shape(), dtype.value_or(x.dtype())); }
Tensor zeros_like(const Tensor& x, std::optional<DType> dtype) { return zeros(x.shape(), dtype.value_or(x.dtype())); }
Tensor ones_like(const Tensor& x, std::optional<DType> dtype) { return ones(x.shape(), dtype.value_or(x.dtype())); }
Tensor full_like(const Tensor& x, Scalar value, std::optional<DType> dtype) {
  return full(x.shape(), value, dtype.value_or(x.dtype()));
}

Tensor eye(std::int64_t n, std::optional<std::int64_t> columns, DType dtype) {
  const std::int64_t m = columns.value_or(n);
  Array a = Array::zeros({n, m}, dtype);
  kernels::dispatch(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* x = kernels::out<T>(a);
    for (std::int64_t i = 0; i < std::min(n, m); ++i) x[i * m + i] = T(1);
  });
  return a;
}

Tensor arange(Scalar end) { return arange(0, end); }

namespace {

/// How many numbers there are from `start` by `step` before `end`, for numbers and, exactly, for integers.
std::int64_t count_between(double start, double end, double step) {
  const double count = std::ceil((end - start) / step);
  const bool leads_there = start == end || (end > start) == (step > 0);
  return step != 0 && leads_there && count <= 0x1p44 ? static_cast<std::int64_t>(count) : -1;
}
std::int64_t count_between(std::int64_t start, std::int64_t end, std::int64_t step) {
  if (step == 0 || (start != end && (end > start) != (step > 0))) return -1;
  const auto a = static_cast<std::uint64_t>(start), b = static_cast<std::uint64_t>(end);
  const std::uint64_t distance = end > start ? b - a : a - b;
  const std::uint64_t stride = step > 0 ? static_cast<std::uint64_t>(step) : -static_cast<std::uint64_t>(step);
  const std::uint64_t count = distance / stride + (distance % stride != 0 ? 1 : 0);
  return count <= std::uint64_t{1} << 44 ? static_cast<std::int64_t>(count) : -1;
}

template <class Number>
Array counted_up(Number start, Number end, Number step, DType dtype) {
  const std::int64_t count = count_between(start, end, step);
  if (count < 0)
    fail<ValueError>("arange",
                     fmt::format("got start {}, end {}, step {}; expected a step other than 0 that leads from "
                                 "start to end",
                                 start, end, step));
  Array a = Array::empty({count}, dtype);
  kernels::dispatch(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* x = kernels::out<T>(a);
    for (std::int64_t i = 0; i < count; ++i) {
      // The result fits; step * i alone may not, so integers wrap around on the way to it.
      const auto at = kernels::modular(start) + kernels::modular(step) * kernels::modular(static_cast<Number>(i));
      x[i] = convert<T>(static_cast<Number>(at));
    }
  });
  return a;
}

}  // namespace

Tensor arange(Scalar start, Scalar end, Scalar step, std::optional<DType> dtype) {
  if (start.is_real() || end.is_real() || step.is_real())
    return counted_up(start.to<double>(), end.to<double>(), step.to<double>(), dtype.value_or(float32));
  return counted_up(start.to<std::int64_t>(), end.to<std::int64_t>(), step.to<std::int64_t>(), dtype.value_or(int64));
}

Tensor linspace(double start, double end, std::int64_t count, DType dtype) {
  Array a = Array::empty({count}, dtype);
  kernels::dispatch_floating("linspace", dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* x = kernels::out<T>(a);
    const double step = count > 1 ? (end - start) / static_cast<double>(count - 1) : 0.;
    for (std::int64_t i = 0; i < count; ++i)  // from both ends, so that the last one is `end` itself
      x[i] = static_cast<T>(i < (count + 1) / 2 ? start + step * static_cast<double>(i)
                                                : end - step * static_cast<double>(count - 1 - i));
  });
  return a;
}

Tensor tensor(const Nested& values, std::optional<DType> dtype) { return Array::of(values, dtype); }

Tensor rand(const Shape& shape, DType dtype, Generator& generator) {
  return kernels::uniform(shape, dtype, 0., 1., generator);
}
Tensor randn(const Shape& shape, DType dtype, Generator& generator) {
  return kernels::normal(shape, dtype, 0., 1., generator);
}

Tensor rand_like(const Tensor& x, Generator& generator) { return rand(x.shape(), x.dtype(), generator); }
Tensor randn_like(const Tensor& x, Generator& generator) { return randn(x.shape(), x.dtype(), generator); }

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, DType dtype, Generator& generator) {
  if (low >= high) fail<ValueError>("randint", fmt::format("got low {}, high {}; expected low < high", low, high));
  return kernels::integers(shape, dtype, low, high, generator);
}

Tensor randperm(std::int64_t n, Generator& generator) { return kernels::permutation(n, generator); }

Tensor bernoulli(double p, const Shape& shape, DType dtype, Generator& generator) {
  if (!(p >= 0. && p <= 1.)) fail<ValueError>("bernoulli", fmt::format("p: got {}; expected 0 to 1", p));
  return kernels::bernoulli(shape, dtype, p, generator);
}

}  // namespace xgrad
