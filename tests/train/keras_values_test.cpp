// Models from Keras files beside the same layers written out as loops over images with the channels last.

#include "tests/train/keras_files.hpp"
#include "tests/train/nhwc.hpp"

using namespace xgrad;
using namespace xgrad::test;

TEST_SUITE_BEGIN("train");

namespace {

/// A model in every kind of file that describes it, and what Keras makes of an input.
struct Case {
  std::vector<std::string> layers2, layers3;  ///< without the input
  std::string input;                          ///< [null, 9, 7, 2]
  FileLayers weights;

  void add(const std::string& keras, const std::string& name, const std::string& rest = "",
           const std::string& group = "", std::vector<std::pair<std::string, Array>> arrays = {}) {
    layers2.push_back(layer2(keras, name, rest));
    layers3.push_back(layer3(keras, name, rest));
    weights.push_back({name, group.empty() ? name : group, std::move(arrays)});
  }

  std::string config2() const {
    std::vector<std::string> all = layers2;
    all.insert(all.begin(), input2(input));
    return sequential(all);
  }
  std::string config3() const {
    std::vector<std::string> all = layers3;
    all.insert(all.begin(), input3(input));
    return sequential(all);
  }

  /// Each file's model computes `expected` of x, to 1e-5; and so does one loaded from what we write of it.
  void check(const Tensor& x, const Tensor& expected) const {
    const Folder folder;
    write_legacy_model(folder / "m.h5", config2(), weights);
    write_legacy_model(folder / "m3.h5", config3(), weights, "3.5.0");
    write_keras(folder / "m.keras", config3(), weights);
    for (const char* name : {"m.h5", "m3.h5", "m.keras"}) {
      CAPTURE(name);
      nn::Sequential net = train::keras::load_model(folder / name);
      CHECK(net.training());
      CHECK(difference(predicted(net, x), expected) < 1e-5);
      check_kept(net, x);
      Shape sample = x.shape().without(0);
      for (const char* copy : {"copy.h5", "copy.weights.h5"}) {
        train::keras::save_weights(folder / copy, net, {.input_shape = sample});
        nn::Sequential fresh = clone(net);
        for (auto& [path, tensor] : fresh.state_dict()) tensor.copy_(full_like(tensor, 7.));
        train::keras::load_weights(folder / copy, fresh, {.input_shape = sample});
        CHECK(difference(predicted(fresh, x), expected) < 1e-5);
      }
    }
  }
};

const std::string kLast = R"("data_format": "channels_last", )";

}  // namespace

TEST_CASE(
    "keras: a convolutional network with Flatten, Dropout, BatchNormalization and Dense computes what Keras does") {
  manual_seed(1);
  const Array input = values({3, 9, 7, 2}, 1);
  const Array k1 = values({3, 2, 2, 4}), b1 = values({4}), k2 = values({3, 3, 4, 5}), b2 = values({5});
  const Array g1 = positive({4}), e1 = values({4}), m1 = values({4}), v1 = positive({4});
  const std::int64_t features = 3 * 4 * 5;
  const Array g2 = positive({features}), e2 = values({features}), m2 = values({features}), v2 = positive({features});
  const Array k3 = values({features, 6}, 0.2), b3 = values({6}), k4 = values({6, 3}), b4 = values({3});
  Case c;
  c.input = "[null, 9, 7, 2]";
  c.add("Conv2D", "conv2d",
        kLast + R"("filters": 4, "kernel_size": [3, 2], "strides": [2, 1], "padding": "same", "dilation_rate": [1, 1],
        "groups": 1, "activation": "relu", "use_bias": true, "kernel_regularizer": null)",
        "", {{"kernel", k1}, {"bias", b1}});
  c.add("BatchNormalization", "batch_normalization", R"("axis": [3], "momentum": 0.9, "epsilon": 0.001)", "",
        {{"gamma", g1}, {"beta", e1}, {"moving_mean", m1}, {"moving_variance", v1}});
  c.add("Conv2D", "conv2d_1", kLast + R"("filters": 5, "kernel_size": [3, 3], "strides": [1, 1], "padding": "same",
        "activation": "linear")",
        "", {{"kernel", k2}, {"bias", b2}});
  c.add("Activation", "activation", R"("activation": "relu")");
  c.add("MaxPooling2D", "max_pooling2d", kLast + R"("pool_size": [2, 2], "padding": "same", "strides": [2, 2])");
  c.add("Flatten", "flatten", R"("data_format": "channels_last")");
  c.add("Dropout", "dropout", R"("rate": 0.25, "seed": null, "noise_shape": null)");
  c.add("BatchNormalization", "batch_normalization_1", R"("axis": -1)", "",
        {{"gamma", g2}, {"beta", e2}, {"moving_mean", m2}, {"moving_variance", v2}});
  c.add("Dense", "dense", R"("units": 6, "activation": "relu", "use_bias": true)", "", {{"kernel", k3}, {"bias", b3}});
  c.add("Dense", "dense_1", R"("units": 3, "activation": "softmax")", "", {{"kernel", k4}, {"bias", b4}});

  Images x = images_of(input);
  Images y = relu(conv(x, k1, b1, 2, 1, true));
  y = relu(conv(batch_norm(y, g1, e1, m1, v1), k2, b2, 1, 1, true));
  y = batch_norm(flat(pool(y, 2, 2, 2, 2, true, true)), g2, e2, m2, v2);
  y = softmax_of(dense(relu(dense(y, k3, b3)), k4, b4));
  c.check(nchw(x), rows(y));
}

TEST_CASE("keras: without a Dense behind it, a Flatten makes the features in Keras' order") {
  manual_seed(2);
  const Array input = values({2, 4, 5, 3}, 1);
  Case c;
  c.input = "[null, 4, 5, 3]";
  c.add("Flatten", "flatten");
  c.add("Activation", "activation", R"("activation": "relu")");
  Images x = images_of(input);
  c.check(nchw(x), rows(relu(x)));
}

TEST_CASE("keras: poolings with padding same are those of Keras, whatever window, stride and size") {
  manual_seed(3);
  int tried = 0;
  for (const std::int64_t size : {1, 4, 5, 6, 7, 11})
    for (const std::int64_t kernel : {1, 2, 3, 4, 5})
      for (const std::int64_t stride : {1, 2, 3, 4})
        for (const bool max : {true, false}) {
          CAPTURE(size);
          CAPTURE(kernel);
          CAPTURE(stride);
          CAPTURE(max);
          const std::string config =
              sequential({input3("[null, " + std::to_string(size) + ", 5, 2]"),
                          layer3(max ? "MaxPooling2D" : "AveragePooling2D", "pool",
                                 R"("padding": "same", "pool_size": [)" + std::to_string(kernel) +
                                     R"(, 3], "strides": [)" + std::to_string(stride) + ", 2]")});
          const Folder folder;
          write_legacy_model(folder / "m.h5", config, {});
          Images x = images_of(values({2, size, 5, 2}, 1));
          nn::Sequential net = train::keras::load_model(folder / "m.h5");
          CHECK(difference(predicted(net, nchw(x)), nchw(pool(x, kernel, 3, stride, 2, true, max))) < 1e-6);
          CHECK(nn::build(nn::describe(net))->str() == net.str());
          ++tried;
        }
  CHECK(tried == 6 * 5 * 4 * 2);
}

TEST_CASE("keras: convolutions of every stride and padding, depthwise ones, and valid poolings") {
  manual_seed(4);
  const Array input = values({2, 8, 7, 3}, 1), dk = values({3, 3, 3, 2}), db = values({6});
  for (const std::int64_t stride : {1, 2, 3})
    for (const bool same : {true, false}) {
      CAPTURE(stride);
      CAPTURE(same);
      const Array k = values({4, 3, 6, 5}), b = values({5});
      Case c;
      c.input = "[null, 8, 7, 3]";
      c.add("DepthwiseConv2D", "depthwise_conv2d",
            R"("kernel_size": [3, 3], "depth_multiplier": 2, "padding": "same", "activation": "relu")", "",
            {{"depthwise_kernel", dk}, {"bias", db}});
      c.add("Conv2D", "conv2d",
            R"("filters": 5, "kernel_size": [4, 3], "strides": )" + std::to_string(stride) + R"(, "padding": ")" +
                (same ? "same" : "valid") + "\"",
            "", {{"kernel", k}, {"bias", b}});
      c.add("AveragePooling2D", "average_pooling2d", R"("pool_size": [1, 1], "strides": null)");
      Images x = images_of(input);
      c.check(nchw(x), nchw(conv(relu(depthwise(x, dk, db, true)), k, b, stride, stride, same)));
    }
}

TEST_CASE("keras: transposed convolutions enlarge as Keras does, behind a Dense and a Reshape") {
  manual_seed(5);
  for (const std::int64_t stride : {1, 2, 3})
    for (const std::int64_t kernel : {1, 2, 3, 4, 5})
      for (const bool same : {true, false}) {
        CAPTURE(stride);
        CAPTURE(kernel);
        CAPTURE(same);
        const Array input = values({2, 1, 1, 4}, 1), k1 = values({4, 3 * 2 * 5}), b1 = values({30});
        const Array k2 = values({kernel, kernel, 6, 5}), b2 = values({6});
        Case c;
        c.input = "[null, 4]";
        c.add("Dense", "dense", R"("units": 30)", "", {{"kernel", k1}, {"bias", b1}});
        c.add("Reshape", "reshape", R"("target_shape": [3, 2, 5])");
        c.add("Conv2DTranspose", "conv2d_transpose",
              R"("filters": 6, "output_padding": null, "activation": "relu", "kernel_size": )" +
                  std::to_string(kernel) + R"(, "strides": )" + std::to_string(stride) + R"(, "padding": ")" +
                  (same ? "same" : "valid") + "\"",
              "", {{"kernel", k2}, {"bias", b2}});
        Images x = images_of(input), y = dense(x, k1, b1), z(2, 3, 2, 5);
        z.v = y.v;
        c.check(rows(x), nchw(relu(conv_transpose(z, k2, b2, stride, same))));
      }
}

TEST_CASE("keras: a Dense, LayerNormalization and softmax work along the channels of images") {
  manual_seed(6);
  const Array input = values({2, 3, 4, 5}, 1), k = values({5, 6}), b = values({6}), g = positive({5}), e = values({5});
  Case c;
  c.input = "[null, 3, 4, 5]";
  c.add("LayerNormalization", "layer_normalization", R"("axis": [3], "epsilon": 0.001)", "",
        {{"gamma", g}, {"beta", e}});
  c.add("MaxPooling2D", "max_pooling2d", R"("pool_size": [1, 1])");
  c.add("Dense", "dense", R"("units": 6, "activation": "softmax")", "", {{"kernel", k}, {"bias", b}});
  c.add("GlobalAveragePooling2D", "global_average_pooling2d", R"("keepdims": false)");
  Images x = images_of(input);
  c.check(nchw(x), rows(global_average(softmax_of(dense(layer_norm(x, g, e), k, b)))));
}

TEST_CASE("keras: normalisations without scale, without centre, and without both") {
  manual_seed(7);
  const Array input = values({4, 1, 1, 6}, 1), g = positive({6}), e = values({6}), m = values({6}), v = positive({6});
  for (const bool scale : {true, false})
    for (const bool center : {true, false}) {
      CAPTURE(scale);
      CAPTURE(center);
      const std::string rest =
          std::string("\"scale\": ") + (scale ? "true" : "false") + ", \"center\": " + (center ? "true" : "false");
      std::vector<std::pair<std::string, Array>> affine;
      if (scale) affine.emplace_back("gamma", g);
      if (center) affine.emplace_back("beta", e);
      std::vector<std::pair<std::string, Array>> all = affine;
      all.emplace_back("moving_mean", m);
      all.emplace_back("moving_variance", v);
      Case c;
      c.input = "[null, 6]";
      c.add("BatchNormalization", "batch_normalization", rest, "", all);
      c.add("LayerNormalization", "layer_normalization", rest, "", affine);
      const Array none, &gamma = scale ? g : none, &beta = center ? e : none;
      Images x = images_of(input);
      c.check(rows(x), rows(layer_norm(batch_norm(x, gamma, beta, m, v), gamma, beta)));
    }
}

TEST_CASE("keras: words are embedded, convolved and pooled along the sentence") {
  manual_seed(8);
  const Array table = values({10, 4}, 1), k = values({3, 4, 5}), b = values({5}), kd = values({5, 2}), bd = values({2});
  for (const std::string padding : {"same", "valid", "causal"}) {
    CAPTURE(padding);
    Case c;
    c.input = "[null, 6]";
    c.add("Embedding", "embedding", R"("input_dim": 10, "output_dim": 4, "mask_zero": false, "input_length": 6)", "",
          {{"embeddings", table}});
    c.add("Conv1D", "conv1d", R"("filters": 5, "kernel_size": [3], "strides": [1], "padding": ")" + padding + "\"", "",
          {{"kernel", k}, {"bias", b}});
    c.add("SpatialDropout1D", "spatial_dropout1d", R"("rate": 0.5)");
    c.add("GlobalAveragePooling1D", "global_average_pooling1d");
    c.add("Dense", "dense", R"("units": 2)", "", {{"kernel", kd}, {"bias", bd}});
    const std::vector<std::int64_t> words{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8};
    Images x(2, padding == "causal" ? 8 : 6, 1, 4);  // the sentence as the height of an image
    const std::int64_t before = padding == "causal" ? 2 : 0;
    for (std::int64_t i = 0; i < 2; ++i)
      for (std::int64_t t = 0; t < 6; ++t)
        for (std::int64_t f = 0; f < 4; ++f)
          x.at(i, t + before, 0, f) = value_at(table, words[static_cast<std::size_t>(i * 6 + t)] * 4 + f);
    Images y = conv(x, k.reshape({3, 1, 4, 5}), b, 1, 1, padding == "same");
    const Tensor ids = tensor(words).reshape({2, 6});
    c.check(ids, rows(dense(global_average(y), kd, bd)));
  }
}

TEST_CASE("keras: signals enter as [N, C, L] in front of a convolution, and as they are in front of a Dense") {
  manual_seed(9);
  const Array input = values({2, 9, 1, 3}, 1), k = values({2, 3, 4}), b = values({4}), kd = values({4 * 4, 2}),
              bd = values({2});
  Images x = images_of(input);
  {
    Case c;
    c.input = "[null, 9, 3]";
    c.add("Conv1D", "conv1d", R"("filters": 4, "kernel_size": 2, "activation": "relu")", "",
          {{"kernel", k}, {"bias", b}});
    c.add("MaxPooling1D", "max_pooling1d", R"("pool_size": [2], "strides": [2], "padding": "valid")");
    c.add("Flatten", "flatten");
    c.add("Dense", "dense", R"("units": 2)", "", {{"kernel", kd}, {"bias", bd}});
    Images y = pool(relu(conv(x, k.reshape({2, 1, 3, 4}), b, 1, 1, false)), 2, 1, 2, 1, false, true);
    const Tensor signals = nchw(x).reshape({2, 3, 9});
    c.check(signals, rows(dense(flat(y), kd, bd)));
  }
  {
    const Array k1 = values({3, 2}), b1 = values({2}), k2 = values({18, 4}), b2 = values({4});
    Case c;
    c.input = "[null, 9, 3]";
    c.add("Dense", "dense", R"("units": 2, "activation": "relu")", "", {{"kernel", k1}, {"bias", b1}});
    c.add("Flatten", "flatten");
    c.add("Dense", "dense_1", R"("units": 4)", "", {{"kernel", k2}, {"bias", b2}});
    c.check(Tensor(input).reshape({2, 9, 3}), rows(dense(flat(relu(dense(x, k1, b1))), k2, b2)));
  }
}

TEST_CASE("keras: borders, enlarging and rescaling") {
  manual_seed(10);
  const Array input = values({2, 4, 3, 2}, 1);
  Case c;
  c.input = "[null, 4, 3, 2]";
  c.add("Rescaling", "rescaling", R"("scale": 0.5, "offset": -1)");
  c.add("ZeroPadding2D", "zero_padding2d", R"("padding": [[1, 0], [2, 1]])");
  c.add("UpSampling2D", "up_sampling2d", R"("size": [2, 3], "interpolation": "nearest")");
  c.add("Cropping2D", "cropping2d", R"("cropping": [[1, 2], [0, 4]])");
  Images x = images_of(input), y(2, 4 * 2 + 2 - 3, 6 * 3 - 4, 2);
  y.each([&](auto i, auto p, auto q, auto k) {
    const std::int64_t r = (p + 1) / 2 - 1, t = q / 3 - 2;
    y.at(i, p, q, k) = x.inside(r, t) ? 0.5 * x.at(i, r, t, k) - 1 : 0;
  });
  c.check(nchw(x), nchw(y));
}

TEST_CASE("keras: borders, enlarging and poolings of signals") {
  manual_seed(11);
  const Array input = values({2, 7, 1, 3}, 1);
  for (const bool max : {true, false})
    for (const std::int64_t kernel : {1, 2, 3, 4})
      for (const std::int64_t stride : {1, 2, 3}) {
        CAPTURE(max);
        CAPTURE(kernel);
        CAPTURE(stride);
        Case c;
        c.input = "[null, 7, 3]";
        c.add("ZeroPadding1D", "zero_padding1d", R"("padding": [2, 1])");
        c.add("UpSampling1D", "up_sampling1d", R"("size": 2)");
        c.add("Cropping1D", "cropping1d", R"("cropping": [1, 4])");
        c.add(max ? "MaxPooling1D" : "AveragePooling1D", "pool",
              R"("padding": "same", "pool_size": )" + std::to_string(kernel) + R"(, "strides": [)" +
                  std::to_string(stride) + "]");
        Images x = images_of(input), y(2, 10 * 2 - 5, 1, 3);
        y.each([&](auto i, auto p, auto q, auto k) { y.at(i, p, q, k) = x.get(i, (p + 1) / 2 - 2, 0, k, 0); });
        const Images z = pool(y, kernel, 1, stride, 1, true, max);
        c.check(nchw(x).reshape({2, 3, 7}), nchw(z).reshape({2, 3, z.h}));
      }
}

TEST_CASE("keras: a convolution in groups") {
  manual_seed(12);
  const Array input = values({2, 5, 4, 4}, 1), k = values({3, 2, 2, 6}), b = values({6});
  Case c;
  c.input = "[null, 5, 4, 4]";
  c.add("Conv2D", "conv2d", R"("filters": 6, "kernel_size": [3, 2], "groups": 2)", "", {{"kernel", k}, {"bias", b}});
  Images x = images_of(input), y(2, 3, 3, 6);
  y.each([&](auto i, auto p, auto q, auto o) {
    double sum = value_at(b, o);
    for (std::int64_t r = 0; r < 3; ++r)
      for (std::int64_t t = 0; t < 2; ++t)
        for (std::int64_t j = 0; j < 2; ++j)
          sum += x.at(i, p + r, q + t, o / 3 * 2 + j) * value_at(k, ((r * 2 + t) * 2 + j) * 6 + o);
    y.at(i, p, q, o) = sum;
  });
  c.check(nchw(x), nchw(y));
}

TEST_CASE("keras: a Reshape to features makes them in Keras' order, whatever follows") {
  manual_seed(13);
  const Array input = values({2, 3, 2, 4}, 1), g = positive({24}), e = values({24}), m = values({24}),
              v = positive({24});
  const Array k = values({24, 3}), b = values({3});
  Case c;
  c.input = "[null, 3, 2, 4]";
  c.add("Activation", "activation", R"("activation": "relu")");
  c.add("Reshape", "reshape", R"("target_shape": [-1])");
  c.add("BatchNormalization", "batch_normalization", "", "",
        {{"gamma", g}, {"beta", e}, {"moving_mean", m}, {"moving_variance", v}});
  c.add("Dense", "dense", R"("units": 3)", "", {{"kernel", k}, {"bias", b}});
  Images x = images_of(input);
  c.check(nchw(x), rows(dense(batch_norm(flat(relu(x)), g, e, m, v), k, b)));
}
