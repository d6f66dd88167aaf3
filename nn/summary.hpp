#pragma once
/// A table of a model's layers, as Keras prints it.

#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nn/module.hpp"

namespace xgrad::nn {

struct SummaryOptions {
  bool multiply_adds = false;       ///< prints a column of them, and their sum
  bool activation_memory = false;   ///< likewise, of bytes
  bool receptive_field = false;     ///< finds it and prints it
  std::optional<DType> dtype = {};  ///< of the inputs; that of the parameters unless given (int64 for an Embedding)
};

/// What `summary` found; printable to a stream.
struct Summary {
  struct Row {
    std::string name;            ///< dotted, "" when the model is itself a layer
    std::string type;            ///< "Dense"
    Shape output;                ///< with a batch of 1 as axis 0, or that of the inputs given
    std::int64_t parameters;     ///< elements, counted where first used, with those of floating buffers
    std::int64_t multiply_adds;  ///< for one sample
    std::int64_t bytes;          ///< of the output for one sample; 0 where it is the input's buffer (Flatten)
    /// How much of the model's input one element of the output sees along axes 2, 3, ...; empty where there are none.
    std::vector<std::int64_t> receptive_field;
    bool called = true;   ///< or it holds parameters and was not called
    bool reused = false;  ///< its parameters are counted in an earlier row
  };
  std::string model;
  std::vector<Row> rows;  ///< the layers without members of their own, in the order they are called
  std::int64_t total = 0, trainable = 0;
  std::int64_t multiply_adds = 0, bytes = 0;  ///< the sums over the rows, for one sample
  SummaryOptions options = {};                ///< what is printed
  std::int64_t batch = 1;                     ///< printed as None where it is an output's first size

  std::string str() const;
  friend std::ostream& operator<<(std::ostream& out, const Summary& summary);
};

/// Runs the model once in evaluation mode, on zeros of [1, input_shape...] in the dtype of its parameters, and lists
/// what was called: layer, output shape (the batch shown as None), number of parameters. Parameters and modes are left
/// as they were. Throws what the model throws when the input does not fit.
///
///     std::cout << nn::summary(net, {1, 28, 28}, {.multiply_adds = true, .receptive_field = true});
///
/// * A layer called several times has a row for each call, its parameters in the first. Modules that hold parameters
///   beside their members have a row of their own, after these; those that were not called come last.
/// * Parameters are counted once, however many layers share them. Floating buffers count among them as not trainable,
///   as Keras counts a batch normalisation: 2 C trainable and 2 C not; frozen parameters are not trainable either.
/// * Multiply-adds are those of the layers' products (`Module::cost`), for one sample.
/// * Activation memory is the outputs of the layers listed; what functions outside of layers make is not seen.
/// * The receptive field is that of Araujo, Norris and Sim 2019, not cut off at the input's borders, for inputs
///   [N, C, ...]. Functions between layers are taken to leave each place as it is; a layer behind a flattening sees
///   every place.
Summary summary(Module& model, const Shape& input_shape, const SummaryOptions& options = {});
/// The same for models of several inputs: their shapes without the batch, in a std::vector<Shape>.
Summary summary(Module& model, std::span<const Shape> input_shapes, const SummaryOptions& options = {});
/// The same for given inputs, whose first axis is the batch: `summary(net, {zeros({1, 10}, int64), zeros({1, 5})})`.
Summary summary(Module& model, std::span<const Tensor> inputs, const SummaryOptions& options = {});
inline Summary summary(Module& model, std::initializer_list<Tensor> inputs, const SummaryOptions& options = {}) {
  return summary(model, std::span(inputs.begin(), inputs.size()), options);
}

}  // namespace xgrad::nn
