#pragma once
/// Arrays of random numbers: element i depends on the generator's seed and position and on i alone.

#include "tensor/array.hpp"
#include "tensor/random.hpp"

namespace xgrad::kernels {

/// Uniform in [low, high); floating dtypes.
Array uniform(const Shape& shape, DType dtype, double low, double high, Generator& generator);
/// Normal (Box and Muller, 1958); floating dtypes.
Array normal(const Shape& shape, DType dtype, double mean, double std, Generator& generator);
/// Whole numbers in [low, high), low < high; any dtype but bool.
Array integers(const Shape& shape, DType dtype, std::int64_t low, std::int64_t high, Generator& generator);
/// 1 with probability p, else 0; any dtype.
Array bernoulli(const Shape& shape, DType dtype, double p, Generator& generator);
/// 0 ... n-1 shuffled (Fisher and Yates), int64.
Array permutation(std::int64_t n, Generator& generator);

}  // namespace xgrad::kernels
