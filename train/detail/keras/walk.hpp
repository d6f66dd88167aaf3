#pragma once
/// A model's modules as Keras would name and store them: in which order, under which names, in which arrangement.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/sequential.hpp"

namespace xgrad::train::keras::detail {

/// A parameter or buffer, and how Keras keeps it.
struct Weight {
  std::string name;  ///< Keras' own, "kernel"
  Tensor tensor;
  Shape stored;  ///< Keras' shape
  /// Keras' array seen with these axes and permuted in this order has the elements of `tensor`.
  Shape view;
  std::vector<std::int64_t> order;
  bool trained = true;  ///< not a running statistic

  /// From Keras' arrangement to the tensor's, and back; the dtype stays.
  Array from_keras(const Array& value) const;
  Array to_keras() const;
};

/// A layer of Keras, or a model in a model.
struct Layer {
  std::string keras;  ///< the class, "Conv2D"
  std::string path;   ///< of the module, "0"
  std::vector<Weight> weights = {};
  std::vector<Layer> members = {};  ///< of a model in a model
  bool nested = false;
  bool random = false;  ///< Keras 3 keeps a seed with it

  /// Its own weights, or for a model in a model those of all its layers, in the order of Keras' legacy format: what is
  /// trained, then the rest.
  std::vector<const Weight*> all_weights() const;
  bool empty() const { return all_weights().empty(); }
};

/// What passes from layer to layer: how the axes of the tensors are arranged, which decides how Keras keeps the weights
/// behind a Flatten.
class Walk {
 public:
  enum Kind {
    unknown,  ///< [N, ...]
    flat,     ///< [N, F]
    first,    ///< [N, C, ...]; Keras has [N, ..., C]
    last,     ///< [N, ..., C], as Keras has it
    either,   ///< an input [N, a, b], which may be both: the first layer that needs to know decides
    features  ///< [N, ..., F], as Keras has it, of whatever rank
  };

  explicit Walk(const std::optional<Shape>& input);

  /// Adds the layers of a chain; ValueError, naming the module, for one that has no counterpart.
  void chain(nn::Sequential& net, const std::string& prefix, std::vector<Layer>& layers);

  // ---- for the rows of the table: each names the layer, then its weights in Keras' order ----

  /// The module is this layer of Keras.
  void layer(std::string_view keras, bool random = false);
  /// A weight kept as Keras' `stored`, whose axes in this order are the tensor's. An undefined one is left out.
  void weight(std::string_view name, const Tensor& tensor, const Shape& stored, const std::vector<std::int64_t>& order,
              bool trained = true);
  /// One number per feature or channel.
  void vector(std::string_view name, const Tensor& tensor, bool trained = true);
  /// The matrix of a Dense layer, [out, in], behind a Flatten with its rows in Keras' order.
  void matrix(std::string_view name, const Tensor& tensor);

  void flatten();
  void reshaped();
  /// Takes [N, C, ...] and makes [N, channels, ...], by default as many as before.
  void channels_first(std::int64_t channels);
  void channels_first() { channels_first(channels_); }
  /// Takes [N, C] or [N, C, ...] and leaves it so.
  void by_channel(std::int64_t channels);
  /// Works along the last axis, which must be Keras' last.
  void last_axis();
  /// As last_axis; the features behind it are in Keras' order.
  void mixes_features();
  /// The axes are moved from one arrangement to the other.
  void rearranged(Kind from, Kind to);
  /// Words [N, ...] become vectors [N, ..., F].
  void embedded();
  /// From [N, C, ...] to [N, C].
  void pooled();
  /// Nothing is known behind it.
  void lost();
  /// Goes through a model inside the model.
  void nested(std::string_view keras, nn::Sequential& net);

  /// ValueError, naming the module.
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  void add(Weight weight);
  std::int64_t channels_of(std::int64_t features) const;

  Kind kind_ = unknown;
  std::int64_t channels_ = -1;  ///< -1: not known
  bool mixed_ = false;          ///< flat, from channels first: Keras has the features in another order
  std::string path_;            ///< of the module at hand
  nn::Module* module_ = nullptr;
  std::vector<Layer>* layers_ = nullptr;
};

/// The layers of a model. `input` is the shape of one sample as the model takes it, where it is known. ValueError,
/// naming the module, for what has no counterpart in Keras.
std::vector<Layer> layers_of(nn::Sequential& net, const std::optional<Shape>& input);

}  // namespace xgrad::train::keras::detail
