#pragma once
/// Builds a Sequential from a model's configuration.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nn/sequential.hpp"
#include "train/detail/keras/config.hpp"

namespace xgrad::train::keras::detail {

/// How the axes of a sample are arranged in xgrad; Keras always has the channels last.
enum class Layout {
  either,  ///< of an input [a, b]: the first layer that needs to know decides
  last,
  first
};

/// A model that grows layer by layer, and the shape that its last layer makes. Everything that would take memory is
/// bounded before it is made: no layer has more parameters than the file holds.
class Builder {
 public:
  /// `weights` is the number of elements of all weights in the file.
  Builder(std::string where, int keras, std::int64_t weights)
      : where_(std::move(where)), keras_(keras), left_(weights) {}

  /// Builds the layers of a whole model: {"class_name": "Sequential", "config": ...}.
  nn::Sequential model(const Value& root);
  /// The shape of a sample, as the model takes it, once it is built.
  std::optional<Shape> input() const;

  // ---- for the rows of the table ----

  nn::Sequential net;
  /// Whether what follows the layer at hand, a Flatten, works with the features in any order.
  bool order_free = false;

  /// Keras' shape of a sample, -1 for what is not known. IoError where no layer has told the input shape.
  std::vector<std::int64_t>& shape(const Config& c);
  /// The same of a layer that needs so many axes.
  std::vector<std::int64_t>& shape(const Config& c, std::size_t rank);
  /// The last axis of the shape, which must be known.
  std::int64_t features(const Config& c);
  Layout layout() const { return layout_; }
  void set_layout(Layout layout) { layout_ = layout; }
  /// Appends what brings the axes into an arrangement, where they are not in it.
  void channels_first(const Config& c);
  void channels_last(const Config& c);
  /// Counts parameters of a layer about to be made: the product of the sizes.
  void spend(const Config& c, const std::vector<std::int64_t>& sizes);
  /// The shape that a layer makes; sizes from 1 to kMaxSize or -1.
  void makes(const Config& c, std::vector<std::int64_t> shape);

 private:
  void chain(const std::vector<const Value*>& layers, int depth);
  void layer(const Value& layer, int depth);
  void nested(const Value& layer, int depth);
  void input_layer(const Config& c);
  void find_input(const Config& c);
  void set_input(const Config& c, std::vector<std::int64_t> batch_shape);
  std::vector<const Value*> layers_of(const Value& model, int depth);
  std::string named(const Value& layer) const;

  std::string where_;
  int keras_;
  std::int64_t left_;
  std::int64_t layers_ = 0;
  std::optional<std::vector<std::int64_t>> shape_, input_;
  Layout layout_ = Layout::either;
  Layout input_layout_ = Layout::either;
};

/// The layers of a Functional model that is a chain, in order; IoError for any other graph.
std::vector<const Value*> functional_chain(const Value& config, const std::string& where);

}  // namespace xgrad::train::keras::detail
