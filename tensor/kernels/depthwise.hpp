#pragma once
/// Convolutions with one input channel in each of several groups: too thin for matrix products, so direct loops over
/// rows. Private to convolution.cpp.

#include "tensor/kernels/convolution.hpp"

namespace xgrad::kernels {

inline bool depthwise(const Convolution& c) { return c.in == 1 && c.groups > 1; }

/// The three maps of convolution.hpp, into arrays of the right sizes; bias may be null. float and double.
template <class T>
void depthwise_forward(const T* x, const T* weight, const T* bias, T* y, const Convolution& c);
template <class T>
void depthwise_transposed(const T* y, const T* weight, const T* bias, T* x, const Convolution& c);
template <class T>
void depthwise_weight(const T* x, const T* y, T* weight, const Convolution& c);

}  // namespace xgrad::kernels
