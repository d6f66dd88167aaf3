// The layers with weights.

#include <fmt/format.h>

#include <algorithm>

#include "nn/batch_norm.hpp"
#include "nn/convolution.hpp"
#include "nn/dense.hpp"
#include "nn/embedding.hpp"
#include "nn/layer_norm.hpp"
#include "nn/reshape.hpp"
#include "train/detail/keras/layers.hpp"

namespace xgrad::train::keras::detail {
namespace {

const nn::init::Initializer kKernel = [](Tensor& t, Generator& g) { nn::init::glorot_uniform(t, g); };

// ---- Dense, Embedding ------------------------------------------------------------------------------------------------

void build_dense(Builder& b, const Config& c) {
  const std::int64_t units = c.size("units"), in = b.features(c);
  const bool bias = c.flag("use_bias", true);
  b.channels_last(c);
  b.spend(c, {in, units});
  b.net.add(nn::Dense(in, units, {.bias = bias, .weight_init = kKernel}));
  std::vector<std::int64_t> shape = b.shape(c);
  shape.back() = units;
  b.makes(c, shape);
  build_activation(b, c, "activation");
}

bool walk_dense(nn::Module& m, Walk& w) {
  auto* dense = dynamic_cast<nn::Dense*>(&m);
  if (!dense) return false;
  w.layer("Dense");
  w.matrix("kernel", dense->weight);
  w.mixes_features();
  w.vector("bias", dense->bias);
  return true;
}

void build_embedding(Builder& b, const Config& c) {
  const std::int64_t words = c.size("input_dim"), dim = c.size("output_dim");
  c.only("mask_zero", false);
  b.spend(c, {words, dim});
  if (b.shape(c).size() > 1) c.refuse("gets several axes besides the batch");
  b.net.add(nn::Embedding(words, dim));
  std::vector<std::int64_t> shape = b.shape(c);
  shape.push_back(dim);
  b.makes(c, shape);
  b.set_layout(Layout::last);
}

bool walk_embedding(nn::Module& m, Walk& w) {
  auto* embedding = dynamic_cast<nn::Embedding*>(&m);
  if (!embedding) return false;
  w.layer("Embedding");
  w.weight("embeddings", embedding->weight, embedding->weight.shape(), {0, 1});
  w.embedded();
  return true;
}

// ---- convolutions ----------------------------------------------------------------------------------------------------

/// What `padding` makes of an axis; -1 of one that is not known.
std::int64_t convolved(const Config& c, std::int64_t in, std::int64_t kernel, std::int64_t stride,
                       std::int64_t dilation, bool valid) {
  if (in < 0) return -1;
  const std::int64_t reach = (kernel - 1) * dilation + 1;
  if (valid && in < reach) c.refuse(fmt::format("its kernel reaches over {} of an input of {}", reach, in));
  return valid ? (in - reach) / stride + 1 : (in - 1) / stride + 1;
}

bool is_valid(const Config& c, bool causal = false) {
  const std::string padding = c.text("padding", "valid");
  if (padding != "valid" && padding != "same" && !(causal && padding == "causal"))
    c.refuse(fmt::format("padding: got \"{}\"; expected \"valid\" or \"same\"", padding.substr(0, 80)));
  return padding == "valid";
}

std::int64_t groups_of(const Config& c, std::int64_t in, std::int64_t out) {
  const std::int64_t groups = c.size("groups", 1);
  if (in % groups != 0 || out % groups != 0)
    c.refuse(fmt::format("groups: got {} with {} and {} channels; expected a divisor of both", groups, in, out));
  return groups;
}

void build_conv2d(Builder& b, const Config& c) {
  c.channels_last();
  std::vector<std::int64_t> s = b.shape(c, 3);
  const std::int64_t in = b.features(c), out = c.size("filters"), groups = groups_of(c, in, out);
  const Size2d kernel = c.size2d("kernel_size"), stride = c.size2d("strides", 1),
               dilation = c.size2d("dilation_rate", 1);
  const bool valid = is_valid(c), bias = c.flag("use_bias", true);
  b.channels_first(c);
  b.spend(c, {out, in / groups, kernel.h, kernel.w});
  b.net.add(nn::Conv2D(in, out, kernel,
                       {.stride = stride,
                        .padding = valid ? Padding::valid : Padding::same,
                        .dilation = dilation,
                        .groups = groups,
                        .bias = bias,
                        .weight_init = kKernel}));
  b.makes(c, {convolved(c, s[0], kernel.h, stride.h, dilation.h, valid),
              convolved(c, s[1], kernel.w, stride.w, dilation.w, valid), out});
  build_activation(b, c, "activation");
}

bool walk_conv2d(nn::Module& m, Walk& w) {
  auto* conv = dynamic_cast<nn::Conv2D*>(&m);
  if (!conv) return false;
  const Shape& s = conv->weight.shape();
  w.layer("Conv2D");
  w.channels_first(s[0]);
  w.weight("kernel", conv->weight, {s[2], s[3], s[1], s[0]}, {3, 2, 0, 1});
  w.vector("bias", conv->bias);
  return true;
}

void build_depthwise(Builder& b, const Config& c) {
  c.channels_last();
  std::vector<std::int64_t> s = b.shape(c, 3);
  const std::int64_t in = b.features(c), each = c.size("depth_multiplier", 1);
  const Size2d kernel = c.size2d("kernel_size"), stride = c.size2d("strides", 1),
               dilation = c.size2d("dilation_rate", 1);
  const bool valid = is_valid(c), bias = c.flag("use_bias", true);
  b.channels_first(c);
  b.spend(c, {in, each, kernel.h, kernel.w});
  b.net.add(nn::DepthwiseConv2D(in, kernel,
                                {.stride = stride,
                                 .padding = valid ? Padding::valid : Padding::same,
                                 .dilation = dilation,
                                 .depth_multiplier = each,
                                 .bias = bias,
                                 .weight_init = kKernel}));
  b.makes(c, {convolved(c, s[0], kernel.h, stride.h, dilation.h, valid),
              convolved(c, s[1], kernel.w, stride.w, dilation.w, valid), in * each});
  build_activation(b, c, "activation");
}

bool walk_depthwise(nn::Module& m, Walk& w) {
  auto* conv = dynamic_cast<nn::DepthwiseConv2D*>(&m);
  if (!conv) return false;
  const Shape& s = conv->weight.shape();
  const std::int64_t in = conv->channels();
  w.layer("DepthwiseConv2D");
  w.channels_first(s[0]);
  w.weight("depthwise_kernel", conv->weight, {s[2], s[3], in, s[0] / in}, {2, 3, 0, 1});
  w.vector("bias", conv->bias);
  return true;
}

void build_conv1d(Builder& b, const Config& c) {
  c.channels_last();
  std::vector<std::int64_t> s = b.shape(c, 2);
  const std::int64_t in = b.features(c), out = c.size("filters"), groups = groups_of(c, in, out);
  const std::int64_t kernel = c.size1d("kernel_size"), stride = c.size1d("strides", 1);
  const std::int64_t dilation = c.size1d("dilation_rate", 1);
  const bool valid = is_valid(c, true), bias = c.flag("use_bias", true);
  const bool causal = c.text("padding", "valid") == "causal";
  b.channels_first(c);
  b.spend(c, {out, in / groups, kernel});
  const std::int64_t made = convolved(c, s[0], kernel, stride, dilation, valid);
  if (causal && kernel > 1) b.net.add(nn::ZeroPad({(kernel - 1) * dilation, 0}));
  b.net.add(nn::Conv1D(in, out, kernel,
                       {.stride = stride,
                        .padding = valid || causal ? Padding::valid : Padding::same,
                        .dilation = dilation,
                        .groups = groups,
                        .bias = bias,
                        .weight_init = kKernel}));
  b.makes(c, {made, out});
  build_activation(b, c, "activation");
}

bool walk_conv1d(nn::Module& m, Walk& w) {
  auto* conv = dynamic_cast<nn::Conv1D*>(&m);
  if (!conv) return false;
  const Shape& s = conv->weight.shape();
  w.layer("Conv1D");
  w.channels_first(s[0]);
  w.weight("kernel", conv->weight, {s[2], s[1], s[0]}, {2, 1, 0});
  w.vector("bias", conv->bias);
  return true;
}

// ---- transposed convolutions -----------------------------------------------------------------------------------------

/// Keras makes in * stride entries of an axis, and for `valid` as many more as the kernel is larger than the stride. Of
/// what a kernel larger than the stride makes beyond, `same` cuts off half in front, and the odd entry behind.
struct Enlarged {
  std::int64_t padding, output_padding, cut, size;

  Enlarged(std::int64_t in, std::int64_t kernel, std::int64_t stride, bool valid) {
    const std::int64_t beyond = std::max<std::int64_t>(kernel - stride, 0);
    padding = valid ? 0 : beyond / 2;
    cut = valid ? 0 : beyond % 2;
    output_padding = std::max<std::int64_t>(stride - kernel, 0);
    size = in < 0 ? -1 : in * stride + (valid ? beyond : 0);
  }
};

void build_conv2d_transpose(Builder& b, const Config& c) {
  c.channels_last();
  c.absent("output_padding");
  if (const Size2d dilation = c.size2d("dilation_rate", 1); dilation != Size2d(1))
    c.refuse("dilation_rate: got " + dilation.str() + "; expected 1");
  std::vector<std::int64_t> s = b.shape(c, 3);
  const std::int64_t in = b.features(c), out = c.size("filters");
  const Size2d kernel = c.size2d("kernel_size"), stride = c.size2d("strides", 1);
  const bool valid = is_valid(c), bias = c.flag("use_bias", true);
  const Enlarged h(s[0], kernel.h, stride.h, valid), w(s[1], kernel.w, stride.w, valid);
  b.channels_first(c);
  b.spend(c, {in, out, kernel.h, kernel.w});
  b.net.add(nn::ConvTranspose2D(in, out, kernel,
                                {.stride = stride,
                                 .padding = {h.padding, w.padding},
                                 .output_padding = {h.output_padding, w.output_padding},
                                 .bias = bias,
                                 .weight_init = kKernel}));
  if (h.cut || w.cut) b.net.add(nn::ZeroPad({0, -w.cut, 0, -h.cut}));
  b.makes(c, {h.size, w.size, out});
  build_activation(b, c, "activation");
}

bool walk_conv2d_transpose(nn::Module& m, Walk& w) {
  auto* conv = dynamic_cast<nn::ConvTranspose2D*>(&m);
  if (!conv) return false;
  const Shape& s = conv->weight.shape();
  w.layer("Conv2DTranspose");
  w.channels_first(conv->bias.defined() ? conv->bias.numel() : s[1]);
  if (conv->bias.defined() && conv->bias.numel() != s[1]) w.refuse("Keras has no groups of transposed convolutions");
  w.weight("kernel", conv->weight, {s[2], s[3], s[1], s[0]}, {3, 2, 0, 1});
  w.vector("bias", conv->bias);
  return true;
}

// ---- normalisations --------------------------------------------------------------------------------------------------

/// Keras' axis, which must be the last: a list in tf.keras.
void check_last_axis(const Config& c, std::size_t rank) {
  const auto axes = c.integers("axis");
  if (!axes) return;
  const auto last = static_cast<std::int64_t>(rank);
  if (axes->size() != 1 || (axes->front() != -1 && axes->front() != last))
    c.refuse(fmt::format("axis: got [{}]; expected the last, {}", fmt::join(*axes, ", "), last));
}

void build_batch_norm(Builder& b, const Config& c) {
  check_last_axis(c, b.shape(c).size());
  c.only("renorm", false);
  c.absent("virtual_batch_size");
  const std::int64_t n = b.features(c);
  const double momentum = c.number("momentum", 0.99);
  const bool scale = c.flag("scale", true), center = c.flag("center", true);
  b.channels_first(c);
  b.spend(c, {n, 2 + scale + center});
  b.net.add(nn::BatchNorm(n, {.eps = c.number("epsilon", 1e-3),
                              .momentum = 1 - momentum,
                              .scale = scale,
                              .bias = center,
                              .biased_running_var = true}));
}

bool walk_batch_norm(nn::Module& m, Walk& w) {
  auto* norm = dynamic_cast<nn::BatchNorm*>(&m);
  if (!norm) return false;
  w.layer("BatchNormalization");
  if (!norm->running_mean.defined()) w.refuse("keeps no running statistics, which Keras always has");
  w.by_channel(norm->running_mean.numel());
  w.vector("gamma", norm->weight);
  w.vector("beta", norm->bias);
  w.vector("moving_mean", norm->running_mean, false);
  w.vector("moving_variance", norm->running_var, false);
  return true;
}

void build_layer_norm(Builder& b, const Config& c) {
  check_last_axis(c, b.shape(c).size());
  c.only("rms_scaling", false);
  const std::int64_t n = b.features(c);
  const bool scale = c.flag("scale", true), center = c.flag("center", true);
  const Layout before = b.layout();
  const bool moved = before == Layout::first && b.shape(c).size() > 1;
  b.channels_last(c);
  b.spend(c, {n, scale + center});
  b.net.add(nn::LayerNorm(n, {.eps = c.number("epsilon", 1e-3), .scale = scale, .bias = center}));
  if (moved) b.channels_first(c);
}

bool walk_layer_norm(nn::Module& m, Walk& w) {
  auto* norm = dynamic_cast<nn::LayerNorm*>(&m);
  if (!norm) return false;
  w.layer("LayerNormalization");
  if ((norm->weight.defined() ? norm->weight : norm->bias).defined() &&
      (norm->weight.defined() ? norm->weight : norm->bias).dim() != 1)
    w.refuse("normalises over several axes; only the last is represented");
  w.last_axis();
  w.vector("gamma", norm->weight);
  w.vector("beta", norm->bias);
  return true;
}

// DepthwiseConv2D stands before Conv2D, which it is, too.
constexpr Row kRows[] = {
    {"Dense", build_dense, walk_dense, Flat::mends},
    {"Embedding", build_embedding, walk_embedding},
    {"DepthwiseConv2D", build_depthwise, walk_depthwise},
    {"Conv2D", build_conv2d, walk_conv2d},
    {"Conv1D", build_conv1d, walk_conv1d},
    {"Conv2DTranspose", build_conv2d_transpose, walk_conv2d_transpose},
    {"BatchNormalization", build_batch_norm, walk_batch_norm, Flat::keeps},
    {"BatchNormalizationV1", build_batch_norm, nullptr, Flat::keeps},
    {"BatchNormalizationV2", build_batch_norm, nullptr, Flat::keeps},
    {"LayerNormalization", build_layer_norm, walk_layer_norm, Flat::keeps},
};

}  // namespace

std::span<const Row> trained_layers() { return kRows; }

}  // namespace xgrad::train::keras::detail
