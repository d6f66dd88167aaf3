#pragma once
// What the studies of little data share: 800 + 200 of MNIST's first images, and the network that reads them.

#include "study.hpp"

/// Images (N, 1, 28, 28) in [0, 1] and one-hot rows (N, 10).
struct SmallDigits {
  xgrad::Tensor x_train, x_test, y_train, y_test;
};
/// The first images of MNIST, a fifth of them to test with: scikit-learn's split for random_state = 1.
inline SmallDigits small_digits(const xgrad::data::TensorDataset& images, std::int64_t count) {
  const auto [x, labels] = images.take(count).all();
  const auto split = xgrad::data::train_test_split(x, xgrad::one_hot(labels, 10).to(xgrad::float32),
                                                   {.test_size = 0.2, .random_state = 1});
  return {split.x_train, split.x_test, split.y_train, split.y_test};
}

/// The published network: 108,618 parameters, Keras' initial values; logits, where that had a softmax at the end.
inline xgrad::nn::Sequential small_cnn(double dropout = 0) {
  using namespace xgrad::nn;
  const auto glorot = init::glorot_uniform;
  return Sequential(Conv2D(1, 16, 3, {.weight_init = glorot}), ReLU(), MaxPool2D(2), Dropout(dropout),
                    Conv2D(16, 32, 3, {.weight_init = glorot}), ReLU(), MaxPool2D(2), Flatten(),
                    Dense(800, 128, {.weight_init = glorot}), ReLU(), Dropout(dropout),
                    Dense(128, 10, {.weight_init = glorot}));
}
