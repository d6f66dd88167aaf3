#pragma once
/// A table of a model's layers, as Keras prints it.

#include <iosfwd>
#include <string>
#include <vector>

#include "nn/module.hpp"

namespace xgrad::nn {

/// What `summary` found; printable to a stream.
struct Summary {
  struct Row {
    std::string name;         ///< dotted, "" when the model is itself a layer
    std::string type;         ///< "Dense"
    Shape output;             ///< with a batch of 1 as axis 0
    std::int64_t parameters;  ///< elements, counted where first used
  };
  std::string model;
  std::vector<Row> rows;  ///< the layers without members of their own, in the order they are called
  std::int64_t total = 0, trainable = 0;

  std::string str() const;
  friend std::ostream& operator<<(std::ostream& out, const Summary& summary);
};

/// Runs the model once in evaluation mode, on zeros of [1, input_shape...] in the dtype of its parameters, and lists
/// what was called: layer, output shape (the batch shown as None), number of parameters. Parameters and modes are left
/// as they were. Throws what the model throws when the input does not fit.
Summary summary(Module& model, const Shape& input_shape);

}  // namespace xgrad::nn
