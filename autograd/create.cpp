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
Tensor zeros_like(const Tensor& x) { return zeros(x.shape(), x.dtype()); }
Tensor ones_like(const Tensor& x) { return ones(x.shape(), x.dtype()); }

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

Tensor arange(Scalar start, Scalar end, Scalar step, std::optional<DType> dtype) {
  const bool real = start.is_real() || end.is_real() || step.is_real();
  const double from = start.to<double>(), to = end.to<double>(), by = step.to<double>();
  const double count = std::ceil((to - from) / by);
  if (by == 0 || !std::isfinite(count) || (to - from) * by < 0 || count > 0x1p44)
    fail<ValueError>("arange",
                     fmt::format("got start {}, end {}, step {}; expected a step other than 0 that leads from "
                                 "start to end",
                                 from, to, by));
  Array a = Array::empty({static_cast<std::int64_t>(count)}, dtype.value_or(real ? float32 : int64));
  kernels::dispatch(a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    T* x = kernels::out<T>(a);
    for (std::int64_t i = 0; i < a.numel(); ++i)
      x[i] = real ? static_cast<T>(from + by * static_cast<double>(i))
                  : static_cast<T>(start.to<std::int64_t>() + step.to<std::int64_t>() * i);
  });
  return a;
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
