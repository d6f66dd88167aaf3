#pragma once
/// The table of Keras' layers: a row says how a layer is built from its configuration, and which of xgrad's modules is
/// written and read as it, with which weights. A new layer is a new row, in one of the layers_*.cpp.

#include <span>
#include <string_view>

#include "train/detail/keras/builder.hpp"
#include "train/detail/keras/walk.hpp"

namespace xgrad::train::keras::detail {

/// What a layer does to features [N, F] in another order than Keras'.
enum class Flat {
  stops,  ///< it needs Keras' order
  keeps,  ///< works feature by feature
  mends   ///< takes them by a matrix whose rows are kept in Keras' order
};

struct Row {
  std::string_view keras;                          ///< the class, "Conv2D"
  void (*build)(Builder& b, const Config& c);      ///< appends its modules to the model
  bool (*walk)(nn::Module& m, Walk& w) = nullptr;  ///< whether the module is this layer, whose weights it then names
  Flat flat = Flat::stops;
};

std::span<const Row> trained_layers();     ///< layers_trained.cpp: those with weights
std::span<const Row> shape_layers();       ///< layers_shape.cpp: pooling, flattening, padding, ...
std::span<const Row> activation_layers();  ///< layers_activation.cpp: activations, dropout

/// The row of a class of Keras; null where there is none.
const Row* row_of(std::string_view keras);
/// Finds the row of a module and lets it speak; false where no row takes it.
bool walk_module(nn::Module& m, Walk& w);

/// Appends the activation that a layer names under a key ("relu", a function or a layer).
void build_activation(Builder& b, const Config& c, std::string_view key);

/// For the rows: whether the module is an M.
template <class M>
bool is(nn::Module& m) {
  return dynamic_cast<M*>(&m) != nullptr;
}

}  // namespace xgrad::train::keras::detail
