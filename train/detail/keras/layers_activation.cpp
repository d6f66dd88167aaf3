// Activations, and what acts in training alone.

#include <fmt/format.h>

#include "nn/activation.hpp"
#include "nn/dropout.hpp"
#include "nn/reshape.hpp"
#include "train/detail/keras/layers.hpp"

namespace xgrad::train::keras::detail {
namespace {

/// Softmax works along Keras' last axis; `axis` is what the layer says of it.
std::int64_t softmax_axis(Builder& b, const Config& c, const std::optional<std::vector<std::int64_t>>& axes = {}) {
  const std::size_t rank = b.shape(c).size();
  const auto last = static_cast<std::int64_t>(rank);
  if (axes && (axes->size() != 1 || (axes->front() != -1 && axes->front() != last)))
    c.refuse(fmt::format("axis: got [{}]; expected the last, {}", fmt::join(*axes, ", "), last));
  if (rank > 1 && b.layout() == Layout::either) b.channels_last(c);
  return rank > 1 && b.layout() == Layout::first ? 1 : -1;
}

// ---- by a word -------------------------------------------------------------------------------------------------------

template <class M>
void add(Builder& b, const Config&) {
  b.net.add(M());
}

/// In Keras 2 it is another function, clip(0.2 x + 0.5, 0, 1).
void add_hard_sigmoid(Builder& b, const Config& c) {
  if (c.keras() != 3)
    c.refuse(
        "activation: got \"hard_sigmoid\", which is represented as Keras 3 has it, relu6(x + 3) / 6, and not as "
        "Keras 2 does");
  b.net.add(nn::Hardsigmoid());
}

struct Word {
  std::string_view word;
  void (*add)(Builder&, const Config&);
};
constexpr Word kWords[] = {
    {"linear", [](Builder&, const Config&) {}},
    {"relu", add<nn::ReLU>},
    {"relu6", add<nn::ReLU6>},
    {"leaky_relu", [](Builder& b, const Config&) { b.net.add(nn::LeakyReLU(0.2)); }},
    {"elu", add<nn::ELU>},
    {"selu", add<nn::SELU>},
    {"sigmoid", add<nn::Sigmoid>},
    {"hard_sigmoid", add_hard_sigmoid},
    {"tanh", add<nn::Tanh>},
    {"hard_tanh", add<nn::Hardtanh>},
    {"softmax", [](Builder& b, const Config& c) { b.net.add(nn::Softmax(softmax_axis(b, c))); }},
    {"log_softmax", [](Builder& b, const Config& c) { b.net.add(nn::LogSoftmax(softmax_axis(b, c))); }},
    {"log_sigmoid", add<nn::LogSigmoid>},
    {"softplus", add<nn::Softplus>},
    {"softsign", add<nn::Softsign>},
    {"gelu", add<nn::GELU>},
    {"silu", add<nn::SiLU>},
    {"swish", add<nn::SiLU>},
    {"hard_silu", add<nn::Hardswish>},
    {"hard_swish", add<nn::Hardswish>},
    {"mish", add<nn::Mish>},
};

void build_by_word(Builder& b, const Config& c, std::string_view word) {
  for (const Word& known : kWords)
    if (known.word == word) return known.add(b, c);
  c.refuse(fmt::format("activation: got \"{}\", which is not represented", word.substr(0, 80)));
}

// ---- as layers -------------------------------------------------------------------------------------------------------

void build_activation_layer(Builder& b, const Config& c) { build_activation(b, c, "activation"); }

void build_relu(Builder& b, const Config& c) {
  const double slope = c.number("negative_slope", 0);
  if (c.number("threshold", 0) != 0) c.refuse("threshold: expected 0");
  if (const Value* max = c.find("max_value")) {
    if (c.number("max_value", 0) != 6 || slope != 0)
      c.refuse(fmt::format("max_value: got {}; expected none, or 6 without a slope", max->str()));
    b.net.add(nn::ReLU6());
  } else if (slope != 0) {
    b.net.add(nn::LeakyReLU(slope));
  } else {
    b.net.add(nn::ReLU());
  }
}

/// Keras 2 calls the slope alpha.
void build_leaky_relu(Builder& b, const Config& c) {
  b.net.add(nn::LeakyReLU(c.number("negative_slope", c.number("alpha", 0.3))));
}

void build_elu(Builder& b, const Config& c) { b.net.add(nn::ELU(c.number("alpha", 1))); }
void build_softmax(Builder& b, const Config& c) { b.net.add(nn::Softmax(softmax_axis(b, c, c.integers("axis")))); }

void build_dropout(Builder& b, const Config& c) {
  c.absent("noise_shape");
  b.net.add(nn::Dropout(c.number("rate", 0.5)));
}

template <std::size_t kRank>
void build_spatial_dropout(Builder& b, const Config& c) {
  c.channels_last();
  b.shape(c, kRank);
  b.channels_first(c);
  b.net.add(nn::SpatialDropout(c.number("rate", 0.5)));
}

// ---- from modules ----------------------------------------------------------------------------------------------------

template <class... M>
bool walk_any(nn::Module& m, Walk& w, std::string_view keras) {
  if (!(is<M>(m) || ...)) return false;
  w.layer(keras);
  return true;
}

bool walk_relu(nn::Module& m, Walk& w) { return walk_any<nn::ReLU, nn::ReLU6>(m, w, "ReLU"); }
bool walk_leaky_relu(nn::Module& m, Walk& w) { return walk_any<nn::LeakyReLU>(m, w, "LeakyReLU"); }
bool walk_elu(nn::Module& m, Walk& w) { return walk_any<nn::ELU>(m, w, "ELU"); }
bool walk_softmax(nn::Module& m, Walk& w) { return walk_any<nn::Softmax>(m, w, "Softmax"); }
bool walk_activation(nn::Module& m, Walk& w) {
  return walk_any<nn::Sigmoid, nn::Tanh, nn::SELU, nn::SiLU, nn::Mish, nn::LogSigmoid, nn::Softsign, nn::Hardsigmoid,
                  nn::Hardswish, nn::GELU, nn::Softplus, nn::Hardtanh, nn::LogSoftmax, nn::Identity>(m, w,
                                                                                                     "Activation");
}
bool walk_dropout(nn::Module& m, Walk& w) {
  if (!is<nn::Dropout>(m)) return false;
  w.layer("Dropout", true);
  return true;
}
bool walk_spatial_dropout(nn::Module& m, Walk& w) {
  if (!is<nn::SpatialDropout>(m)) return false;
  w.layer("SpatialDropout1D", true);  // which of the two does not show; Keras passes over the other
  w.layer("SpatialDropout2D", true);
  w.channels_first();
  return true;
}

constexpr Row kRows[] = {
    {"ReLU", build_relu, walk_relu, Flat::keeps},
    {"LeakyReLU", build_leaky_relu, walk_leaky_relu, Flat::keeps},
    {"ELU", build_elu, walk_elu, Flat::keeps},
    {"Softmax", build_softmax, walk_softmax, Flat::keeps},
    {"Activation", build_activation_layer, walk_activation, Flat::keeps},
    {"Dropout", build_dropout, walk_dropout, Flat::keeps},
    {"SpatialDropout1D", build_spatial_dropout<2>},
    {"SpatialDropout2D", build_spatial_dropout<3>, walk_spatial_dropout},
};

}  // namespace

/// A word; a serialised function, {"class_name": "function", "config": "relu"}; or a layer, {"class_name": "LeakyReLU",
/// "config": {...}}.
void build_activation(Builder& b, const Config& c, std::string_view key) {
  const Value* value = c.find(key);
  if (!value) return;
  if (const auto* word = value->as<std::string>()) return build_by_word(b, c, *word);
  const std::string_view keras = value->text("class_name");
  const Value* config = value->find("config");
  if (keras == "function" && config && config->as<std::string>())
    return build_by_word(b, c, *config->as<std::string>());
  for (const Row& row : kRows) {
    if (row.keras != keras || keras == "Activation" || keras.ends_with("ropout") || !config) continue;
    return row.build(b, Config(c.where(), *config, c.keras()));
  }
  c.refuse(fmt::format("{}: got {} \"{}\", which is not represented", key, value->str(), keras.substr(0, 80)));
}

std::span<const Row> activation_layers() { return kRows; }

}  // namespace xgrad::train::keras::detail
