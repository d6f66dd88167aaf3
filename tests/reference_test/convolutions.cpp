/// Rows: convolution, pooling and upsampling.

#include "autograd/ops/arranging.hpp"
#include "autograd/ops/convolution.hpp"
#include "autograd/ops/pooling.hpp"
#include "autograd/ops/unfold.hpp"
#include "autograd/ops/upsample.hpp"
#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

namespace {

/// An attribute of one axis / of two, of which one number stands for both.
std::int64_t one(C& c, const std::string& name, std::int64_t otherwise) { return c.integer(name, otherwise); }
Size2d two(C& c, const std::string& name, Size2d otherwise) {
  if (!c.has(name)) return otherwise;
  const std::vector<std::int64_t> list = c.list(name);
  return {list.at(0), list.back()};
}
Size2d kernel(C& c) { return two(c, "kernel_size", Size2d()); }

/// Behind input and weight, unless the case says that it is none.
Tensor bias(C& c) { return c.n_inputs() > 2 && c.flag("bias", true) ? c[2] : Tensor(); }

Tensor conv1d_padded(C& c, const Padding& padding) {
  return conv1d(c[0], c[1], bias(c),
                {.stride = one(c, "stride", 1),
                 .padding = padding,
                 .dilation = one(c, "dilation", 1),
                 .groups = c.integer("groups", 1)});
}
Tensor conv2d_padded(C& c, const Padding& padding) {
  return conv2d(c[0], c[1], bias(c),
                {.stride = two(c, "stride", 1),
                 .padding = padding,
                 .dilation = two(c, "dilation", 1),
                 .groups = c.integer("groups", 1)});
}

MaxPool1dOptions max1(C& c) {
  return {.stride = one(c, "stride", c.integer("kernel_size")),
          .padding = one(c, "padding", 0),
          .dilation = one(c, "dilation", 1),
          .ceil_mode = c.flag("ceil_mode")};
}
MaxPool2dOptions max2(C& c) {
  return {.stride = two(c, "stride", Size2d()),
          .padding = two(c, "padding", 0),
          .dilation = two(c, "dilation", 1),
          .ceil_mode = c.flag("ceil_mode")};
}

/// The values, and the indices where the case has them.
Outputs pooled(C& c, ValuesAndIndices y) {
  if (c.integer("n_outputs", 1) == 1) return std::move(y.values);
  return std::vector<Tensor>{std::move(y.values), std::move(y.indices)};
}

Tensor avg1(C& c) {
  return avg_pool1d(c[0], c.integer("kernel_size"),
                    {.stride = one(c, "stride", c.integer("kernel_size")),
                     .padding = one(c, "padding", 0),
                     .ceil_mode = c.flag("ceil_mode"),
                     .count_include_pad = c.flag("count_include_pad", true)});
}
Tensor avg2(C& c) {
  AvgPool2dOptions o{.stride = two(c, "stride", Size2d()),
                     .padding = two(c, "padding", 0),
                     .ceil_mode = c.flag("ceil_mode"),
                     .count_include_pad = c.flag("count_include_pad", true)};
  if (c.has("divisor_override")) o.divisor_override = c.integer("divisor_override");
  return avg_pool2d(c[0], kernel(c), o);
}

Tensor upsampled(C& c, Upsampling mode) {
  UpsampleOptions o{.size = two(c, "size", Size2d()), .mode = mode, .align_corners = c.flag("align_corners")};
  if (c.has("scale_factor")) o.scale_factor = {c.numbers("scale_factor").at(0), c.numbers("scale_factor").back()};
  return upsample(c[0], o);
}
Upsampling mode(C& c) {
  const std::string name = c.text("mode", "nearest");
  if (name == "nearest") return Upsampling::nearest;
  if (name == "linear") return Upsampling::linear;
  if (name == "bilinear") return Upsampling::bilinear;
  throw NotBuilt{"mode " + name};
}

UnfoldOptions unfolding(C& c) {
  return {.dilation = two(c, "dilation", 1), .padding = two(c, "padding", 0), .stride = two(c, "stride", 1)};
}

}  // namespace

void add_convolutions(Table& table) {
  table.operations({
      {"conv1d", [](C& c) { return conv1d_padded(c, one(c, "padding", 0)); }},
      {"conv2d", [](C& c) { return conv2d_padded(c, two(c, "padding", 0)); }},
      {"conv1d_same", [](C& c) { return conv1d_padded(c, Padding::same); }},
      {"conv2d_same", [](C& c) { return conv2d_padded(c, Padding::same); }},
      {"conv1d_valid", [](C& c) { return conv1d_padded(c, Padding::valid); }},
      {"conv2d_valid", [](C& c) { return conv2d_padded(c, Padding::valid); }},
      {"conv_transpose1d",
       [](C& c) {
         return conv_transpose1d(c[0], c[1], bias(c),
                                 {.stride = one(c, "stride", 1),
                                  .padding = one(c, "padding", 0),
                                  .output_padding = one(c, "output_padding", 0),
                                  .groups = c.integer("groups", 1),
                                  .dilation = one(c, "dilation", 1)});
       }},
      {"conv_transpose2d",
       [](C& c) {
         return conv_transpose2d(c[0], c[1], bias(c),
                                 {.stride = two(c, "stride", 1),
                                  .padding = two(c, "padding", 0),
                                  .output_padding = two(c, "output_padding", 0),
                                  .groups = c.integer("groups", 1),
                                  .dilation = two(c, "dilation", 1)});
       }},
      {"max_pool1d max_pool1d_with_indices",
       [](C& c) { return pooled(c, max_pool1d_with_indices(c[0], c.integer("kernel_size"), max1(c))); }},
      {"max_pool2d max_pool2d_with_indices",
       [](C& c) {
         if (c.integer("n_outputs", 1) == 1) return Outputs(max_pool2d(c[0], kernel(c), max2(c)));
         return pooled(c, max_pool2d_with_indices(c[0], kernel(c), max2(c)));
       }},
      {"avg_pool1d", avg1},
      {"avg_pool2d", avg2},
      {"adaptive_avg_pool1d", [](C& c) { return adaptive_avg_pool1d(c[0], c.integer("output_size")); }},
      {"adaptive_avg_pool2d", [](C& c) { return adaptive_avg_pool2d(c[0], two(c, "output_size", Size2d())); }},
      {"adaptive_max_pool1d adaptive_max_pool1d_with_indices",
       [](C& c) { return pooled(c, adaptive_max_pool1d_with_indices(c[0], c.integer("output_size"))); }},
      {"adaptive_max_pool2d adaptive_max_pool2d_with_indices",
       [](C& c) { return pooled(c, adaptive_max_pool2d_with_indices(c[0], two(c, "output_size", Size2d()))); }},
      {"global_avg_pool2d global_average_pool2d", [](C& c) { return global_avg_pool2d(c[0], c.flag("keepdim")); }},
      {"global_max_pool2d", [](C& c) { return global_max_pool2d(c[0], c.flag("keepdim")); }},
      {"upsample_nearest upsample_nearest1d upsample_nearest2d",
       [](C& c) { return upsampled(c, Upsampling::nearest); }},
      {"upsample_linear upsample_linear1d", [](C& c) { return upsampled(c, Upsampling::linear); }},
      {"upsample_bilinear upsample_bilinear2d", [](C& c) { return upsampled(c, Upsampling::bilinear); }},
      {"upsample interpolate", [](C& c) { return upsampled(c, mode(c)); }},
      {"unfold im2col",
       [](C& c) {  // PyTorch has two of this name: of images, and of one axis
         if (c.has("dim")) return unfold(c[0], c.integer("dim"), c.integer("size"), c.integer("step"));
         return unfold(c[0], kernel(c), unfolding(c));
       }},
      {"fold col2im", [](C& c) { return fold(c[0], two(c, "output_size", Size2d()), kernel(c), unfolding(c)); }},
  });
}

}  // namespace xgrad::reference
