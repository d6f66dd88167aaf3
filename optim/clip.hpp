#pragma once
/// Clipping gradients, between backward and step.

#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::optim {

/// Where the norm of all gradients together exceeds `max_norm`, scales them so that it does not: g *= min(1, max_norm /
/// (norm + 1e-6)). Returns the norm before, (sum |g|^p)^(1/p) with p = `norm_type` > 0, infinity for the largest
/// magnitude; of no gradients it is 0. Parameters without gradient are passed over. `max_norm` infinite: measures only.
///
/// A norm that is NaN makes all gradients NaN, an infinite one makes them 0 and NaN, as in PyTorch; with
/// `error_if_nonfinite` it is a ValueError and nothing changes. Sums in float64, over- and underflow included, with the
/// same bits on any number of threads. ValueError unless max_norm >= 0 and norm_type > 0. PyTorch's clip_grad_norm_.
double clip_grad_norm(const std::vector<Tensor>& parameters, double max_norm, double norm_type = 2.,
                      bool error_if_nonfinite = false);
/// The norm alone.
double grad_norm(const std::vector<Tensor>& parameters, double norm_type = 2.);

/// Puts every element of every gradient into [-clip_value, clip_value]; NaN stays. Returns the largest magnitude
/// before, which is NaN where a gradient is. ValueError unless clip_value >= 0. PyTorch's clip_grad_value_.
double clip_grad_value(const std::vector<Tensor>& parameters, double clip_value);

/// g *= factor for every gradient.
void scale_grad(const std::vector<Tensor>& parameters, double factor);

namespace keras {

/// Keras 3's arguments of the same names. `global_clipnorm`: g *= clipnorm / max(norm, clipnorm) with the norm of all
/// together, without PyTorch's 1e-6; returns it. `clipnorm`: each gradient by its own norm; returns the largest.
double global_clipnorm(const std::vector<Tensor>& parameters, double clipnorm);
double clipnorm(const std::vector<Tensor>& parameters, double clipnorm);
inline double clipvalue(const std::vector<Tensor>& parameters, double value) {
  return clip_grad_value(parameters, value);
}

}  // namespace keras

}  // namespace xgrad::optim
