#include "train/detail/keras/walk.hpp"

#include <fmt/format.h>

#include "autograd/ops/shape.hpp"
#include "train/detail/keras/layers.hpp"

namespace xgrad::train::keras::detail {
namespace {

Array permuted(const Array& value, const std::vector<std::int64_t>& order) {
  const NoGradGuard no_grad;
  return permute(Tensor(value), order).array();
}

void gather(const Layer& layer, bool trained, std::vector<const Weight*>& out) {
  for (const Weight& w : layer.weights)
    if ((w.trained && w.tensor.requires_grad()) == trained) out.push_back(&w);
  for (const Layer& member : layer.members) gather(member, trained, out);
}

}  // namespace

Array Weight::from_keras(const Array& value) const {
  return permuted(value.reshape(view), order).reshape(tensor.shape());
}

Array Weight::to_keras() const {
  Shape here;
  std::vector<std::int64_t> back(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    here.push_back(view[static_cast<int>(order[i])]);
    back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  }
  return permuted(tensor.array().reshape(here), back).reshape(stored);
}

std::vector<const Weight*> Layer::all_weights() const {
  std::vector<const Weight*> out;
  if (nested) {
    gather(*this, true, out);
    gather(*this, false, out);
  } else {
    for (const Weight& w : weights) out.push_back(&w);
  }
  return out;
}

Walk::Walk(const std::optional<Shape>& input) {
  if (!input) return;
  kind_ = input->rank() == 1 ? flat : input->rank() == 2 ? either : input->rank() == 3 ? first : last;
  if (kind_ == first) channels_ = (*input)[0];
}

void Walk::refuse(const std::string& what) const {
  fail<ValueError>("train::keras", fmt::format("module {}, {}: {}", path_, module_->repr(), what));
}

void Walk::chain(nn::Sequential& net, const std::string& prefix, std::vector<Layer>& layers) {
  std::vector<Layer>* const outer = layers_;
  for (std::size_t i = 0; i < net.size(); ++i) {
    layers_ = &layers;
    module_ = &net[i];
    path_ = prefix + std::to_string(i);
    if (walk_module(*module_, *this)) continue;
    if (!module_->state_dict().empty()) refuse("has no counterpart in Keras that xgrad knows");
    lost();
  }
  layers_ = outer;
}

// ---- weights ---------------------------------------------------------------------------------------------------------

void Walk::layer(std::string_view keras, bool random) {
  layers_->push_back({.keras = std::string(keras), .path = path_, .random = random});
}

void Walk::add(Weight weight) { layers_->back().weights.push_back(std::move(weight)); }

void Walk::weight(std::string_view name, const Tensor& tensor, const Shape& stored,
                  const std::vector<std::int64_t>& order, bool trained) {
  if (tensor.defined()) add({std::string(name), tensor, stored, stored, order, trained});
}

std::int64_t Walk::channels_of(std::int64_t count) const {
  if (kind_ != flat || !mixed_) return count;
  if (channels_ < 0)
    refuse(
        "it is not known how many channels the Flatten before it was given, on which the order of Keras' features "
        "depends; say what the model takes: .input_shape = {C, H, W}");
  if (channels_ == 0 || count % channels_ != 0)
    refuse(fmt::format("has {} features; expected a multiple of the {} channels before the Flatten", count, channels_));
  return channels_;
}

void Walk::vector(std::string_view name, const Tensor& tensor, bool trained) {
  if (!tensor.defined()) return;
  const std::int64_t n = tensor.numel(), channels = channels_of(n);
  add({std::string(name), tensor, {n}, {n / channels, channels}, {1, 0}, trained});
}

void Walk::matrix(std::string_view name, const Tensor& tensor) {
  last_axis();
  const std::int64_t out = tensor.shape()[0], in = tensor.shape()[1], channels = channels_of(in);
  add({std::string(name), tensor, {in, out}, {in / channels, channels, out}, {2, 1, 0}, true});
}

// ---- arrangement -----------------------------------------------------------------------------------------------------

void Walk::flatten() {
  if (kind_ == flat) return;
  mixed_ = kind_ == first || kind_ == unknown;
  kind_ = flat;
}

void Walk::reshaped() {
  if (kind_ == first || (kind_ == flat && mixed_))
    refuse("takes elements with the channels first, in another order than Keras'");
  kind_ = last;
  channels_ = -1;
}

void Walk::channels_first(std::int64_t channels) {
  if (kind_ == flat || kind_ == last || kind_ == features)
    refuse("takes [N, C, ...], but what comes before it has no channels, or has them last");
  kind_ = first;
  channels_ = channels;
}

void Walk::by_channel(std::int64_t channels) {
  if (kind_ == last) refuse("takes its channels from axis 1, and Keras from the last");
  if (kind_ == either) kind_ = first;
  if (kind_ == first || kind_ == unknown) channels_ = channels;
}

void Walk::last_axis() {
  if (kind_ == first) refuse("works along the last axis of [N, C, ...], and Keras along the channels");
}

void Walk::mixes_features() {
  mixed_ = false;
  channels_ = -1;
  if (kind_ == either) kind_ = last;
  if (kind_ == unknown) kind_ = features;
}

void Walk::embedded() {
  kind_ = last;
  mixed_ = false;
  channels_ = -1;
}

void Walk::rearranged(Kind from, Kind to) {
  if (from == first) channels_first();
  else if (kind_ == first) refuse("takes the channels last");
  kind_ = to;
}

void Walk::pooled() {
  channels_first();
  kind_ = unknown;
}

void Walk::lost() {
  mixed_ = kind_ == flat;
  if (kind_ != flat) kind_ = unknown;
  channels_ = -1;
}

void Walk::nested(std::string_view keras, nn::Sequential& net) {
  layer(keras);
  layers_->back().nested = true;
  const std::string path = path_ + ".";
  std::vector<Layer> members;
  std::vector<Layer>* const outer = layers_;
  chain(net, path, members);
  layers_ = outer;
  layers_->back().members = std::move(members);
}

std::vector<Layer> layers_of(nn::Sequential& net, const std::optional<Shape>& input) {
  if (!net.initialized())
    fail<ValueError>("train::keras",
                     "the model does not know its input sizes yet: call nn::initialize(net, shape) first");
  std::vector<Layer> layers;
  Walk(input).chain(net, "", layers);
  return layers;
}

}  // namespace xgrad::train::keras::detail
