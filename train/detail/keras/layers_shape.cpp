// Pooling, flattening, reshaping, padding; models in models.

#include <fmt/format.h>

#include <algorithm>

#include "nn/pooling.hpp"
#include "nn/rescaling.hpp"
#include "nn/reshape.hpp"
#include "nn/upsample.hpp"
#include "train/detail/keras/layers.hpp"

namespace xgrad::train::keras::detail {
namespace {

// ---- pooling by windows ----------------------------------------------------------------------------------------------

/// One axis of a pooling. Keras' `same` makes ceil(in / stride) outputs and puts half of the padding in front, the odd
/// one behind. xgrad pads both ends alike: with a stride, what is missing behind is what `ceil_mode` lets the last
/// window reach over; without one, an odd padding is rounded up and the output too many in front cut off.
struct Pooled {
  std::int64_t padding = 0, size = -1;
  bool ceil = false;
  std::int64_t cut = 0;
};

Pooled same_padding(const Config& c, std::int64_t in, std::int64_t kernel, std::int64_t stride) {
  // of an axis that leaves the rest 1 ... stride for its last step
  const auto total = [&](std::int64_t rest) { return std::max<std::int64_t>(kernel - rest, 0); };
  const std::int64_t size = in < 0 ? -1 : (in - 1) / stride + 1;
  if (stride == 1) return {kernel / 2, size, false, 1 - kernel % 2};
  const std::int64_t padding = in < 0 ? total(stride) : total((in - 1) % stride + 1);
  // Of an axis of unknown size the padding in front must be the same for all sizes.
  if (in < 0 && total(1) / 2 != padding / 2)
    c.refuse("padding \"same\" depends on the input's size, which the file does not tell");
  return {padding / 2, size, in < 0 || padding % 2 == 1, 0};
}

Pooled pooled(const Config& c, std::int64_t in, std::int64_t kernel, std::int64_t stride) {
  const std::string padding = c.text("padding", "valid");
  if (padding == "same") return same_padding(c, in, kernel, stride);
  if (padding != "valid")
    c.refuse(fmt::format("padding: got \"{}\"; expected \"valid\" or \"same\"", padding.substr(0, 80)));
  if (in >= 0 && in < kernel) c.refuse(fmt::format("its window of {} is larger than the input of {}", kernel, in));
  return {0, in < 0 ? -1 : (in - kernel) / stride + 1, false, 0};
}

template <bool kMax>
void build_pool2d(Builder& b, const Config& c) {
  c.channels_last();
  std::vector<std::int64_t> s = b.shape(c, 3);
  const Size2d kernel = c.size2d("pool_size", 2), stride = c.size2d("strides", kernel);
  const Pooled h = pooled(c, s[0], kernel.h, stride.h), w = pooled(c, s[1], kernel.w, stride.w);
  b.channels_first(c);
  const Size2d padding(h.padding, w.padding);
  const bool ceil = h.ceil || w.ceil;
  if constexpr (kMax) b.net.add(nn::MaxPool(kernel, {.stride = stride, .padding = padding, .ceil_mode = ceil}));
  else
    b.net.add(
        nn::AvgPool(kernel, {.stride = stride, .padding = padding, .ceil_mode = ceil, .count_include_pad = false}));
  if (h.cut || w.cut) b.net.add(nn::ZeroPad({-w.cut, 0, -h.cut, 0}));
  b.makes(c, {h.size, w.size, s[2]});
}

template <bool kMax>
void build_pool1d(Builder& b, const Config& c) {
  c.channels_last();
  std::vector<std::int64_t> s = b.shape(c, 2);
  const std::int64_t kernel = c.size1d("pool_size", 2), stride = c.size1d("strides", kernel);
  const Pooled l = pooled(c, s[0], kernel, stride);
  b.channels_first(c);
  if constexpr (kMax) b.net.add(nn::MaxPool1D(kernel, {.stride = stride, .padding = l.padding, .ceil_mode = l.ceil}));
  else
    b.net.add(nn::AvgPool1D(kernel,
                            {.stride = stride, .padding = l.padding, .ceil_mode = l.ceil, .count_include_pad = false}));
  if (l.cut) b.net.add(nn::ZeroPad({-l.cut, 0}));
  b.makes(c, {l.size, s[1]});
}

template <bool kMax, std::size_t kRank>
void build_global_pool(Builder& b, const Config& c) {
  c.channels_last();
  const std::vector<std::int64_t> s = b.shape(c, kRank);
  const bool keep = c.flag("keepdims", false);
  b.channels_first(c);
  if constexpr (kMax) b.net.add(nn::GlobalMaxPool({.keepdim = keep}));
  else b.net.add(nn::GlobalAvgPool({.keepdim = keep}));
  if (!keep) return b.makes(c, {s.back()});
  std::vector<std::int64_t> made(kRank, 1);
  made.back() = s.back();
  b.makes(c, made);
}

template <class M>
bool walk_pool(nn::Module& m, Walk& w, std::string_view keras) {
  if (!is<M>(m)) return false;
  w.layer(keras);
  w.channels_first();
  return true;
}
bool walk_max2d(nn::Module& m, Walk& w) { return walk_pool<nn::MaxPool>(m, w, "MaxPooling2D"); }
bool walk_avg2d(nn::Module& m, Walk& w) { return walk_pool<nn::AvgPool>(m, w, "AveragePooling2D"); }
bool walk_max1d(nn::Module& m, Walk& w) { return walk_pool<nn::MaxPool1D>(m, w, "MaxPooling1D"); }
bool walk_avg1d(nn::Module& m, Walk& w) { return walk_pool<nn::AvgPool1D>(m, w, "AveragePooling1D"); }
bool walk_upsample(nn::Module& m, Walk& w) { return walk_pool<nn::Upsample>(m, w, "UpSampling2D"); }
bool walk_zero_pad(nn::Module& m, Walk& w) { return walk_pool<nn::ZeroPad>(m, w, "ZeroPadding2D"); }

bool walk_global(nn::Module& m, Walk& w) {
  const bool average = is<nn::GlobalAvgPool>(m);
  if (!average && !is<nn::GlobalMaxPool>(m)) return false;
  w.layer(average ? "GlobalAveragePooling2D" : "GlobalMaxPooling2D");
  w.pooled();
  return true;
}

// ---- shapes ----------------------------------------------------------------------------------------------------------

std::int64_t product(const Config& c, const std::vector<std::int64_t>& sizes) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) {
    if (size < 0) c.refuse("gets an axis of unknown size");
    if (__builtin_mul_overflow(count, size, &count)) count = kMaxSize + 1;
    count = std::min(count, kMaxSize + 1);
  }
  return count;
}

/// Where every layer up to the next Dense works feature by feature, the features stay in xgrad's order and the weights
/// are rearranged; else they are brought into Keras'.
void build_flatten(Builder& b, const Config& c) {
  c.channels_last();
  const std::vector<std::int64_t> s = b.shape(c);
  if (s.empty()) c.refuse("gets no axis besides the batch");
  if (!b.order_free) b.channels_last(c);
  b.net.add(nn::Flatten());
  b.makes(c, {product(c, s)});
  b.set_layout(Layout::last);
}

bool walk_flatten(nn::Module& m, Walk& w) {
  if (!is<nn::Flatten>(m)) return false;
  w.layer("Flatten");
  if (m.repr() != "Flatten()") w.refuse("flattens other axes than Keras' Flatten");
  w.flatten();
  return true;
}

void build_reshape(Builder& b, const Config& c) {
  auto target = c.sizes("target_shape");
  if (!target) c.refuse("target_shape is missing");
  const std::int64_t count = product(c, b.shape(c));
  std::int64_t known = 1;
  for (const std::int64_t size : *target)
    if (size > 0) known = product(c, {known, size});
  const auto open = std::count(target->begin(), target->end(), -1);
  if (open > 1 || known == 0 || (open ? count % known : count - known) != 0)
    c.refuse(fmt::format("target_shape: got [{}] for {} elements", fmt::join(*target, ", "), count));
  std::replace(target->begin(), target->end(), std::int64_t{-1}, count / known);
  b.channels_last(c);
  if (target->size() == 1) b.net.add(nn::Flatten());
  else b.net.add(nn::Reshape(Shape(*target)));
  b.makes(c, *target);
  b.set_layout(Layout::last);
}

bool walk_reshape(nn::Module& m, Walk& w) {
  if (!is<nn::Reshape>(m)) return false;
  w.layer("Reshape");
  w.reshaped();
  return true;
}

// ---- borders and sizes -----------------------------------------------------------------------------------------------

/// (before, after) of each axis: one number for all, one for each axis, or a pair for each.
std::vector<std::int64_t> borders(const Config& c, std::string_view key, std::size_t axes) {
  const Value* value = c.find(key);
  const List* list = value ? value->items() : nullptr;
  std::vector<std::int64_t> out;
  if (!list) {
    out.assign(2 * axes, c.size(key, 1, 0));
    return out;
  }
  const bool pair = axes == 1 && list->size() == 2;
  if (!pair && list->size() != axes) c.refuse(fmt::format("{}: got {}; expected {} entries", key, value->str(), axes));
  for (const Value& item : *list) {
    const List one{item, item}, *both = item.items();
    if (!both) both = &one;
    if (both->size() != 2) c.refuse(fmt::format("{}: got {}; expected pairs", key, value->str()));
    for (std::size_t i = 0; i < (pair ? 1 : 2); ++i) {
      const auto* n = (*both)[i].as<std::int64_t>();
      if (!n || *n < 0 || *n > kMaxSize) c.refuse(fmt::format("{}: got {}; expected sizes", key, value->str()));
      out.push_back(*n);
    }
  }
  return out;
}

/// ZeroPadding and Cropping of one or two axes.
template <std::size_t kAxes, bool kCut>
void build_border(Builder& b, const Config& c) {
  c.channels_last();
  std::vector<std::int64_t> s = b.shape(c, kAxes + 1), amounts;
  const std::vector<std::int64_t> sizes = borders(c, kCut ? "cropping" : "padding", kAxes);
  for (std::size_t i = 0; i < kAxes; ++i) {
    const std::int64_t before = kCut ? -sizes[2 * i] : sizes[2 * i],
                       after = kCut ? -sizes[2 * i + 1] : sizes[2 * i + 1];
    amounts.insert(amounts.begin(), {before, after});
    if (s[i] >= 0 && s[i] + before + after < 1) c.refuse("cuts off all that there is");
    if (s[i] >= 0) s[i] += before + after;
  }
  b.channels_first(c);
  b.net.add(nn::ZeroPad(amounts));
  b.makes(c, s);
}

template <std::size_t kAxes>
void build_upsampling(Builder& b, const Config& c) {
  c.channels_last();
  c.only("interpolation", "nearest");
  std::vector<std::int64_t> s = b.shape(c, kAxes + 1);
  const Size2d by = kAxes == 1 ? Size2d(c.size1d("size", 2), 1) : c.size2d("size", 2);
  for (std::size_t i = 0; i < kAxes; ++i)
    if (s[i] >= 0) s[i] *= i == 0 ? by.h : by.w;
  b.channels_first(c);
  const auto h = static_cast<double>(by.h), w = static_cast<double>(by.w);
  b.net.add(nn::Upsample({.scale_factor = kAxes == 1 ? Scale2d(h) : Scale2d(h, w)}));
  b.makes(c, s);
}

void build_rescaling(Builder& b, const Config& c) {
  b.shape(c);
  b.net.add(nn::Rescaling(c.number("scale", 1), c.number("offset", 0)));
}

bool walk_rescaling(nn::Module& m, Walk& w) {
  if (!is<nn::Rescaling>(m)) return false;
  w.layer("Rescaling");
  return true;
}

// ---- arrangement, models in models -----------------------------------------------------------------------------------

bool walk_rearrangement(nn::Module& m, Walk& w) {
  if (is<nn::ChannelsFirst>(m)) return w.rearranged(Walk::last, Walk::first), true;
  if (is<nn::ChannelsLast>(m)) return w.rearranged(Walk::first, Walk::last), true;
  return false;
}

bool walk_functional(nn::Module& m, Walk& w) {
  if (!is<nn::Functional>(m)) return false;
  w.nested("Functional", dynamic_cast<nn::Sequential&>(m));
  return true;
}

bool walk_sequential(nn::Module& m, Walk& w) {
  if (!is<nn::Sequential>(m)) return false;
  w.nested("Sequential", dynamic_cast<nn::Sequential&>(m));
  return true;
}

// Functional stands before Sequential, which it is, too.
constexpr Row kRows[] = {
    {"MaxPooling2D", build_pool2d<true>, walk_max2d},
    {"AveragePooling2D", build_pool2d<false>, walk_avg2d},
    {"MaxPooling1D", build_pool1d<true>, walk_max1d},
    {"AveragePooling1D", build_pool1d<false>, walk_avg1d},
    {"GlobalAveragePooling2D", build_global_pool<false, 3>, walk_global},
    {"GlobalMaxPooling2D", build_global_pool<true, 3>},
    {"GlobalAveragePooling1D", build_global_pool<false, 2>},
    {"GlobalMaxPooling1D", build_global_pool<true, 2>},
    {"Flatten", build_flatten, walk_flatten},
    {"Reshape", build_reshape, walk_reshape},
    {"ZeroPadding2D", build_border<2, false>, walk_zero_pad},
    {"ZeroPadding1D", build_border<1, false>},
    {"Cropping2D", build_border<2, true>},
    {"Cropping1D", build_border<1, true>},
    {"UpSampling2D", build_upsampling<2>, walk_upsample},
    {"UpSampling1D", build_upsampling<1>},
    {"Rescaling", build_rescaling, walk_rescaling, Flat::keeps},
    {"Functional", nullptr, walk_functional},
    {"Sequential", nullptr, walk_sequential},
    {"", nullptr, walk_rearrangement},
};

}  // namespace

std::span<const Row> shape_layers() { return kRows; }

}  // namespace xgrad::train::keras::detail
