#include "train/detail/keras/builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nn/reshape.hpp"
#include "train/detail/keras/layers.hpp"

namespace xgrad::train::keras::detail {
namespace {

constexpr std::int64_t kMaxLayers = 10'000;
constexpr int kMaxDepth = 16;

bool is_model(std::string_view keras) { return keras == "Sequential" || keras == "Functional" || keras == "Model"; }

/// What the rest of a chain does to features in another order than Keras'.
bool order_is_free(const std::vector<const Value*>& layers, std::size_t next) {
  for (; next < layers.size(); ++next) {
    const Row* row = row_of(layers[next]->text("class_name"));
    if (!row || row->flat == Flat::stops) return false;
    if (row->flat == Flat::mends) return true;
  }
  return false;
}

/// Quantised weights are of other types, with scales beside them.
void check_dtype(const Config& c) {
  const Value* dtype = c.find("dtype");
  if (dtype && dtype->text("class_name").find("Policy") != std::string_view::npos &&
      dtype->text("class_name") != "DTypePolicy" && dtype->text("class_name") != "Policy")
    c.refuse(fmt::format("dtype: got a {}; expected one of floats", dtype->text("class_name").substr(0, 80)));
  for (const char* key : {"lora_rank", "quantization_mode", "quantization_config"}) c.absent(key);
}

}  // namespace

std::string Builder::named(const Value& layer) const {
  std::string_view name = layer.text("name");
  if (const Value* config = layer.find("config"); name.empty() && config) name = config->text("name");
  return fmt::format("{}: {} \"{}\"", where_, layer.text("class_name").substr(0, 80), name.substr(0, 80));
}

// ---- models ----------------------------------------------------------------------------------------------------------

std::vector<const Value*> Builder::layers_of(const Value& model, int depth) {
  const std::string where = named(model);
  const auto refuse = [&](const std::string& what) { fail<IoError>("train::keras::load_model", where + ": " + what); };
  if (depth > kMaxDepth) refuse(fmt::format("models nested more than {} deep", kMaxDepth));
  if (!is_model(model.text("class_name")))
    refuse(
        "only Sequential and Functional models can be built from their configuration; build this one in C++, and use "
        "train::keras::load_weights");
  const Value* config = model.find("config");
  if (!config) refuse("has no config");
  const bool sequential = model.text("class_name") == "Sequential";
  if (!sequential) return functional_chain(*config, where);
  // Keras before 2.2.3 has the bare list.
  const Value* list = config->as<List>() ? config : config->find("layers");
  if (!list || !list->as<List>()) refuse("its config has no list of layers");
  std::vector<const Value*> layers;
  for (const Value& layer : *list->as<List>()) layers.push_back(&layer);
  return layers;
}

nn::Sequential Builder::model(const Value& root) {
  const std::vector<const Value*> layers = layers_of(root, 0);
  // Where no layer tells the input shape, Keras keeps what the model was built with.
  const Value* config = root.find("config");
  std::vector<const Value*> holders{config, root.find("build_config")};
  for (const Value* holder : holders) {
    if (!holder) continue;
    const Config c(named(root), *holder, keras_);
    for (const char* key : {"build_input_shape", "input_shape", "batch_input_shape"})
      if (holder->as<Object>() && !shape_ && holder->find(key) && !layers.empty() &&
          layers.front()->text("class_name") != "InputLayer")
        set_input(c, *c.sizes(key));
  }
  chain(layers, 0);
  return std::move(net);
}

std::optional<Shape> Builder::input() const {
  if (!input_) return {};
  std::vector<std::int64_t> sizes = *input_;
  if (input_layout_ == Layout::first && sizes.size() > 1) std::rotate(sizes.begin(), sizes.end() - 1, sizes.end());
  return Shape(sizes);
}

void Builder::chain(const std::vector<const Value*>& layers, int depth) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (++layers_ > kMaxLayers)
      fail<IoError>("train::keras::load_model", fmt::format("{}: has more than {} layers", where_, kMaxLayers));
    order_free = order_is_free(layers, i + 1);
    layer(*layers[i], depth);
  }
}

void Builder::layer(const Value& layer, int depth) {
  const std::string_view keras = layer.text("class_name");
  if (is_model(keras)) return nested(layer, depth + 1);
  const Value empty{Object{}}, *config = layer.find("config");
  const Config c(named(layer), config ? *config : empty, keras_);
  if (!c.values().as<Object>()) c.refuse("its config is no object");
  if (keras == "InputLayer") return input_layer(c);
  const Row* row = row_of(keras);
  if (!row || !row->build)
    c.refuse(
        fmt::format("there is no layer \"{}\" in xgrad's reader of Keras files; build the model in C++, and use "
                    "train::keras::load_weights",
                    keras.substr(0, 80)));
  if (!shape_) find_input(c);
  check_dtype(c);
  const std::size_t before = net.size();
  try {
    row->build(*this, c);
  } catch (const IoError&) {
    throw;
  } catch (const Error& error) {  // what a constructor says to numbers from the file
    c.refuse(error.what());
  }
  if (!c.flag("trainable", true))
    for (std::size_t i = before; i < net.size(); ++i) net[i].requires_grad_(false);
}

void Builder::nested(const Value& layer, int depth) {
  const std::vector<const Value*> layers = layers_of(layer, depth);
  nn::Sequential outer = std::move(net);
  net = nn::Sequential();
  chain(layers, depth);
  nn::Sequential inner = std::move(net);
  net = std::move(outer);
  if (layer.text("class_name") == "Sequential") net.add(std::move(inner));
  else net.add(nn::Functional(std::move(inner)));
}

// ---- shapes ----------------------------------------------------------------------------------------------------------

void Builder::set_input(const Config& c, std::vector<std::int64_t> batch_shape) {
  if (batch_shape.empty()) c.refuse("its input shape has no axis for the batch");
  batch_shape.erase(batch_shape.begin());
  shape_ = input_ = std::move(batch_shape);
  layout_ = shape_->size() == 3 ? Layout::first : shape_->size() == 2 ? Layout::either : Layout::last;
  input_layout_ = layout_;
}

void Builder::input_layer(const Config& c) {
  c.only("sparse", false);
  c.only("ragged", false);
  for (const char* key : {"batch_shape", "batch_input_shape"}) {
    if (const auto sizes = c.sizes(key)) {
      if (!shape_) return set_input(c, *sizes);
      if (sizes->size() != shape_->size() + 1)
        c.refuse(fmt::format("{}: got {} axes; expected {}", key, sizes->size(), shape_->size() + 1));
      return;
    }
  }
  if (!shape_) c.refuse("has no batch_shape");
}

void Builder::find_input(const Config& c) {
  for (const char* key : {"batch_input_shape", "batch_shape"})
    if (const auto sizes = c.sizes(key)) return set_input(c, *sizes);
  if (const auto sizes = c.sizes("input_shape")) {  // without the batch
    std::vector<std::int64_t> with_batch = *sizes;
    with_batch.insert(with_batch.begin(), -1);
    return set_input(c, with_batch);
  }
}

std::vector<std::int64_t>& Builder::shape(const Config& c) {
  if (!shape_) c.refuse("the file does not tell the input shape of the model");
  return *shape_;
}

std::vector<std::int64_t>& Builder::shape(const Config& c, std::size_t rank) {
  if (shape(c).size() != rank)
    c.refuse(fmt::format("gets {} axes besides the batch; expected {}", shape_->size(), rank));
  return *shape_;
}

std::int64_t Builder::features(const Config& c) {
  if (shape(c).empty()) c.refuse("gets no axis besides the batch");
  if (shape_->back() < 1) c.refuse("the size of the last axis of its input is not known");
  return shape_->back();
}

void Builder::channels_first(const Config& c) {
  if (shape(c).size() < 2 || layout_ == Layout::first) return;
  if (layout_ == Layout::last) net.add(nn::ChannelsFirst());
  else input_layout_ = Layout::first;
  layout_ = Layout::first;
}

void Builder::channels_last(const Config& c) {
  if (shape(c).size() < 2 || layout_ == Layout::last) return;
  if (layout_ == Layout::first) net.add(nn::ChannelsLast());
  else input_layout_ = Layout::last;
  layout_ = Layout::last;
}

void Builder::spend(const Config& c, const std::vector<std::int64_t>& sizes) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes)
    if (__builtin_mul_overflow(count, size, &count)) count = left_ + 1;
  if (count > left_ || count < 0)
    c.refuse(fmt::format("has more parameters, {}, than the file holds for it and what follows, {}",
                         fmt::join(sizes, " x "), left_));
  left_ -= count;
}

void Builder::makes(const Config& c, std::vector<std::int64_t> made) {
  if (made.size() > 7) c.refuse("makes more than 7 axes besides the batch");
  for (const std::int64_t size : made)
    if (size != -1 && (size < 1 || size > kMaxSize)) c.refuse(fmt::format("makes an axis of size {}", size));
  shape_ = std::move(made);
}

}  // namespace xgrad::train::keras::detail
