#pragma once
/// Dropout: the mask is a function of (seed, position), made again where it is needed and never stored.

#include <cstdint>

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// Blocks of the generator that a mask for n elements takes.
std::int64_t dropout_blocks(std::int64_t n);

/// x / (1 - p) where the mask of (seed, first block) keeps an element, which it does with probability 1 - p, else 0.
/// Element 128 s + 32 w + k, k < 32, is decided by word w of block first + 32 s + k.
Array dropout(const Array& x, double p, std::uint64_t seed, std::uint64_t first);

}  // namespace xgrad::kernels
