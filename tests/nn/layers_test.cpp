/// What single layers do: shapes of a whole network, initial values, conventions, and the errors that help.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "autograd/autograd.hpp"
#include "nn/nn.hpp"
#include "tests/throws.hpp"

using namespace xgrad;

namespace {

nn::Sequential small_cnn() {
  using namespace nn;
  return Sequential(Conv2D(1, 16, 3), MaxPool(2), Dropout(0.25), Conv2D(16, 32, 3), MaxPool(2), Flatten(),
                    Dense(800, 128), Dropout(), Dense(128, 10));
}

double number(const Tensor& t, std::int64_t i = 0) { return t.flatten()[i].item<double>(); }

/// The largest magnitude.
double reach(const Tensor& t) { return t.detach().abs().max().item<double>(); }

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE("a small convolutional network has the shapes and counts computed by hand") {
  nn::Sequential net = small_cnn();
  const nn::Summary s = nn::summary(net, {1, 28, 28});
  REQUIRE(s.rows.size() == 9);
  const std::vector<Shape> shapes = {{1, 16, 26, 26}, {1, 16, 13, 13}, {1, 16, 13, 13}, {1, 32, 11, 11}, {1, 32, 5, 5},
                                     {1, 800},        {1, 128},        {1, 128},        {1, 10}};
  const std::vector<std::int64_t> counts = {160, 0, 0, 4640, 0, 0, 102528, 0, 1290};
  for (std::size_t i = 0; i < s.rows.size(); ++i) {
    CHECK(s.rows[i].output == shapes[i]);
    CHECK(s.rows[i].parameters == counts[i]);
  }
  CHECK(s.total == 108618);
  CHECK(net.num_parameters() == 108618);
}

TEST_CASE("with lazy sizes nobody counts 32 * 5 * 5") {
  using namespace nn;
  Sequential net(Conv2D(lazy, 16, 3), MaxPool(2), Conv2D(lazy, 32, 3), MaxPool(2), Flatten(), Dense(lazy, 128),
                 Dense(lazy, 10));
  CHECK(net.repr() ==
        "Sequential(Conv2D(lazy, 16, 3), MaxPool(2), Conv2D(lazy, 32, 3), MaxPool(2), Flatten(), Dense(lazy, 128), "
        "Dense(lazy, 10))");
  CHECK(throws<ValueError>([&] { net.parameters(); },
                           "parameters: the input size of 0 Conv2D(lazy, 16, 3) is not known yet: call the model once, "
                           "or summary(model, shape), first"));
  CHECK(summary(net, {1, 28, 28}).total == 108618);
  CHECK(net.parameters().size() == 8);
  CHECK(net.repr().find("lazy") == std::string::npos);
  // what is known stays: another size is an error, and initialize does nothing
  initialize(net, {3, 5, 5});
  CHECK(throws<ShapeError>([&] { net(ones({2, 3, 28, 28})); }, "Sequential[0] Conv2D(1, 16, 3): input has 3 channels"));
}

TEST_CASE("a lazy layer refuses what it cannot take, and goes on waiting") {
  nn::Dense dense(nn::lazy, 3);
  CHECK(throws<ShapeError>([&] { dense(zeros({2, 0})); }, "Dense(lazy, 3): input has no features: got [2, 0]"));
  CHECK(throws<ShapeError>([&] { dense(zeros({})); }, "input is a single number"));
  nn::Conv2D conv(nn::lazy, 4, 3, {.groups = 2});
  CHECK(throws<ShapeError>(
      [&] {
        conv(zeros({2, 3, 8, 8}));
      },
      "input has 3 channels: got [2, 3, 8, 8]; expected a multiple of groups = 2"));
  CHECK(throws<ShapeError>(
      [&] {
        conv(zeros({8, 8}));
      },
      "input is not a batch of images: got [8, 8]; expected [N, C, H, W]"));
  nn::BatchNorm norm(nn::lazy);
  CHECK(throws<ShapeError>([&] { norm(zeros({4})); }, "input has no channels: got [4]"));
  for (nn::Module* m :
       {static_cast<nn::Module*>(&dense), static_cast<nn::Module*>(&conv), static_cast<nn::Module*>(&norm)})
    CHECK_FALSE(m->initialized());
}

TEST_CASE("a handle taken from a waiting layer is the parameter that the first call fills") {
  nn::Dense dense(nn::lazy, 3);
  const Tensor held = dense.weight;
  dense(ones({2, 5}));
  CHECK(held.shape() == Shape{3, 5});
  CHECK(same_bytes(held.array(), dense.weight.array()));
  sum(dense(ones({2, 5}))).backward();
  CHECK(held.grad().shape() == Shape{3, 5});
}

TEST_CASE("Dense of the wrong size proposes the one that fits, and says what was flattened") {
  nn::Sequential net = small_cnn();
  const auto wrong = [&](const Shape& shape) { return [&net, shape] { net(ones(shape)); }; };
  const std::string text =
      "Sequential[6] Dense(800, 128): input has 1152 features: got [2, 1152]; expected [..., 800]; after Flatten of "
      "[32, 6, 6] use Dense(1152, 128)";
  CHECK(throws<ShapeError>(wrong({2, 1, 32, 32}), text));
  {
    const NoGradGuard unrecorded;
    CHECK(throws<ShapeError>(wrong({2, 1, 32, 32}), text));
  }
  // the function tells as much as the module, where it is recorded
  nn::Dense dense(800, 128);
  const Tensor x = ones({2, 32, 6, 6}).requires_grad_();
  CHECK(throws<ShapeError>([&] { dense(flatten(x * 2., 1)); }, "after Flatten of [32, 6, 6] use Dense(1152, 128)"));
  CHECK(throws<ShapeError>([&] { dense(ones({2, 32, 5, 5})); }, "put a Flatten() in front"));
  CHECK(throws<ShapeError>([&] { dense(ones({2, 7})); }, "; for this input use Dense(7, 128)"));
}

TEST_CASE("convolutions of the wrong channels say which they are, and how to arrange them") {
  nn::Sequential net = small_cnn();
  CHECK(throws<ShapeError>(
      [&] {
        net(ones({2, 3, 28, 28}));
      },
      "Sequential[0] Conv2D(1, 16, 3): input has 3 channels: got [2, 3, 28, 28]; expected [N, 1, H, W]; for this input "
      "use Conv2D(3, 16, ...)"));
  CHECK(throws<ShapeError>(
      [&] {
        net(ones({2, 28, 28}));
      },
      "input has 2 channels: got [2, 28, 28]; expected [1, H, W]; for samples without a channel axis use "
      "unsqueeze(x, 1)"));
  nn::Conv2D rgb(3, 4, 3);
  CHECK(throws<ShapeError>([&] { rgb(ones({2, 28, 28, 3})); }, "with the channels last, use permute(x, {0, 3, 1, 2})"));
  CHECK(throws<ShapeError>([&] { rgb(ones({2, 3})); }, "input is not a batch of images: got [2, 3]"));
  CHECK(rgb(ones({3, 5, 5})).shape() == Shape{4, 3, 3});
  nn::Conv1D signal(3, 4, 3);
  CHECK(throws<ShapeError>([&] { signal(ones({2, 8, 3})); }, "use permute(x, {0, 2, 1})"));
}

TEST_CASE("sizes and options out of range are refused when a layer is made") {
  using namespace nn;
  CHECK(throws<ValueError>([] { Dense(0, 3); }, "Dense: got sizes 0 and 3; expected 1 or more"));
  CHECK(throws<ValueError>([] { Dense(lazy, 0); }, "Dense: got sizes lazy and 0"));
  CHECK(throws<ShapeError>([] { Dense(std::int64_t{1} << 40, std::int64_t{1} << 40); }, ""));
  CHECK(throws<ValueError>([] { Conv2D(0, 1, 3); }, "Conv2D: input channels: got 0; expected at least 1"));
  CHECK(throws<ValueError>([] { Conv2D(1, 1, {3, 0}); }, "Conv2D: kernel: got 0"));
  CHECK(throws<ValueError>([] { Conv2D(1, 1, 3, {.stride = 0}); }, "Conv2D: stride: got 0"));
  CHECK(throws<ValueError>([] { Conv2D(1, 1, 3, {.padding = -1}); }, "Conv2D: padding: got -1"));
  CHECK(throws<ValueError>([] { Conv2D(4, 6, 3, {.groups = 4}); },
                           "Conv2D: groups: got 4 with 4 input and 6 output channels; expected a divisor of both"));
  CHECK(throws<ValueError>([] { ConvTranspose2D(1, 1, 3, {.output_padding = 1}); }, "output_padding: got 1"));
  CHECK(throws<ValueError>([] { MaxPool(2, {.padding = 2}); }, "padding: got 2 for a kernel of 2"));
  CHECK(throws<ValueError>([] { MaxPool(0); }, "MaxPool: kernel: got 0"));
  CHECK(throws<ValueError>([] { AdaptiveAvgPool(0); }, "AdaptiveAvgPool: output_size: got 0"));
  CHECK(throws<ValueError>([] { Dropout(1.5); }, "Dropout: p: got 1.5; expected a probability, 0 to 1"));
  CHECK(throws<ValueError>([] { Dropout(-0.1); }, "Dropout: p: got -0.1"));
  CHECK(throws<ValueError>([] { SpatialDropout(std::numeric_limits<double>::quiet_NaN()); }, "SpatialDropout: p"));
  CHECK(throws<ValueError>([] { BatchNorm(0); }, "BatchNorm: channels: got 0"));
  CHECK(throws<ValueError>([] { BatchNorm(1, {.momentum = 2}); }, "BatchNorm: momentum: got 2"));
  CHECK(throws<ValueError>([] { BatchNorm(1, {.eps = -1}); }, "BatchNorm: eps: got -1"));
  CHECK(throws<ValueError>([] { LayerNorm(0); }, "LayerNorm: shape: got 0"));
  CHECK(throws<ValueError>([] { GroupNorm(2, 3); }, "GroupNorm: groups: got 2 for 3 channels"));
  CHECK(throws<ValueError>([] { Embedding(3, 2, {.padding_idx = 3}); }, "padding_idx: got 3; expected -3 to 2"));
  CHECK(throws<ValueError>([] { Upsample({}); }, "Upsample: got neither size nor scale_factor"));
  CHECK(throws<ValueError>([] { Upsample(0); }, "Upsample: got neither"));
  CHECK(throws<ValueError>([] { Upsample(-1); }, "Upsample: scale_factor: got -1"));
  CHECK(throws<ValueError>([] { Reshape({-1, -1}); }, "Reshape: got [-1, -1]; expected at most one -1"));
  CHECK(throws<ValueError>([] { GELU("fast"); }, "GELU: approximate: got \"fast\""));
  CHECK(throws<ValueError>([] { Hardtanh(1, -1); }, "Hardtanh: got 1 and -1"));
  CHECK(throws<ValueError>([] { Softplus(0); }, "Softplus: beta: got 0"));
  CHECK(throws<ValueError>([] { PReLU(0); }, "PReLU: weights: got 0"));
}

TEST_CASE("layers start as PyTorch's do, or as the initialisers given") {
  manual_seed(1);
  const nn::Conv2D conv(3, 8, {3, 5});
  const double bound = 1 / std::sqrt(3. * 15);
  CHECK(reach(conv.weight) <= bound);
  CHECK(reach(conv.weight) > 0.95 * bound);
  CHECK(reach(conv.bias) <= bound);
  const nn::ConvTranspose2D transposed(3, 8, 2);
  CHECK(transposed.weight.shape() == Shape{3, 8, 2, 2});
  CHECK(reach(transposed.weight) <= 1 / std::sqrt(8. * 4));
  CHECK(reach(transposed.weight) > 0.9 / std::sqrt(8. * 4));
  const nn::Conv2D keras(3, 8, 3, {.weight_init = nn::init::glorot_uniform});
  CHECK(reach(keras.bias) == 0);
  CHECK(reach(keras.weight) <= std::sqrt(6. / (27 + 72)));
  const nn::Embedding words(4, 3, {.padding_idx = -1});
  CHECK(reach(words.weight[3]) == 0);
  CHECK(reach(words.weight[2]) > 0);
}

TEST_CASE("batch norm keeps PyTorch's running statistics, Keras' or plain averages") {
  const Tensor x = tensor({{1.}, {2.}, {3.}, {4.}});  // mean 2.5, variance 1.25 (over n - 1: 5 / 3)
  nn::BatchNorm pytorch(1), plain(1, {.momentum = {}});
  nn::BatchNorm keras = nn::BatchNorm::keras(1);
  for (nn::BatchNorm* m : {&pytorch, &keras, &plain}) (*m)(x);
  CHECK(number(pytorch.running_mean) == doctest::Approx(0.25));
  CHECK(number(pytorch.running_var) == doctest::Approx(0.9 + 0.1 * 5 / 3));
  CHECK(number(keras.running_mean) == doctest::Approx(0.025));
  CHECK(number(keras.running_var) == doctest::Approx(0.99 + 0.01 * 1.25));
  CHECK(number(plain.running_mean) == doctest::Approx(2.5));
  CHECK(number(plain.running_var) == doctest::Approx(5. / 3));
  CHECK(number(plain(x), 3) == doctest::Approx(1.5 / std::sqrt(1.25 + 1e-5)));
  plain(x + 3.);
  CHECK(number(plain.running_mean) == doctest::Approx((2.5 + 2.5 + 5.5) / 3));
  CHECK(plain.num_batches_tracked.item<std::int64_t>() == 3);
  plain.eval();
  plain(x);
  CHECK(plain.num_batches_tracked.item<std::int64_t>() == 3);
  plain.reset_parameters();
  CHECK(plain.num_batches_tracked.item<std::int64_t>() == 0);
  CHECK(number(plain.running_var) == 1);
}

TEST_CASE("batch norm in training refuses one element per channel and changes nothing") {
  nn::Sequential net(nn::Dense(4, 3), nn::BatchNorm(3));
  CHECK(throws<ValueError>(
      [&] {
        net(ones({1, 4}));
      },
      "Sequential[1] BatchNorm(3): one element per channel: got [1, 3]; expected more than one when "
      "training: leave out a last batch of one sample, or call eval() first"));
  CHECK(net.at<nn::BatchNorm>(1).num_batches_tracked.item<std::int64_t>() == 0);
  net.eval();
  CHECK(net(ones({1, 4})).shape() == Shape{1, 3});
  CHECK(throws<ShapeError>(
      [] {
        nn::BatchNorm(3)(ones({2, 4, 5}));
      },
      "BatchNorm(3): input has 4 channels: got [2, 4, 5]; expected [N, 3, ...]; for this input use BatchNorm(4)"));
  nn::BatchNorm norm(3);
  CHECK(norm(zeros({0, 3})).shape() == Shape{0, 3});
  CHECK(norm.num_batches_tracked.item<std::int64_t>() == 0);
  CHECK(number(norm.running_var) == 1);
}

TEST_CASE("other norms say which size fits") {
  CHECK(throws<ShapeError>(
      [] {
        nn::LayerNorm(3)(ones({2, 4}));
      },
      "LayerNorm(3): input has the last sizes [4]: got [2, 4]; expected [3]; for this input use LayerNorm(4)"));
  CHECK(throws<ShapeError>([] { nn::LayerNorm({3, 4})(ones({4})); }, "got [4]; expected [3, 4]"));
  CHECK(throws<ShapeError>([] { nn::GroupNorm(2, 4)(ones({1, 6, 2})); }, "for this input use GroupNorm(2, 6)"));
  CHECK(throws<ShapeError>([] { nn::InstanceNorm(4)(ones({1, 6, 2})); }, "for this input use InstanceNorm(6)"));
}

TEST_CASE("dropout draws in training and is the identity in evaluation") {
  manual_seed(4);
  nn::Dropout drop(0.5);
  const Tensor x = ones({1000});
  const Tensor y = drop(x);
  const double kept = number((y > 0.).to(float64).sum());
  CHECK(kept > 400);
  CHECK(kept < 600);
  CHECK(number(y.max()) == 2);
  drop.eval();
  CHECK(same_bytes(drop(x).array(), x.array()));
  nn::SpatialDropout channels(0.5);
  const Tensor z = channels(ones({50, 4, 3}));
  CHECK(same_bytes(amax(z, 2).array(), amin(z, 2).array()));  // whole channels
}

TEST_CASE("reshape finds one size of a sample, in an empty batch too") {
  CHECK(nn::Reshape({2, -1})(ones({3, 8})).shape() == Shape{3, 2, 4});
  CHECK(nn::Reshape({2, -1})(ones({0, 8})).shape() == Shape{0, 2, 4});
  CHECK(throws<ShapeError>(
      [] {
        nn::Reshape({3, -1})(ones({3, 8}));
      },
      "input has 8 elements per sample: got [3, 8]; expected as many as [N, 3, -1] has"));
  CHECK(throws<ShapeError>([] { nn::Reshape({3, 2})(ones({3, 8})); }, "expected as many as [N, 3, 2] has"));
}

TEST_CASE("a residual adds its input or its shortcut, of the same shape") {
  nn::Residual twice((nn::Identity()));
  CHECK(number(twice(ones({1, 2}))) == 2);
  CHECK(twice.str() == "Residual(Identity())\n  (body): Sequential(Identity())\n    (0): Identity()");
  nn::Residual wrong(nn::Dense(4, 1));  // would broadcast
  CHECK(throws<ShapeError>(
      [&] {
        wrong(ones({2, 4}));
      },
      "the summands differ: got [2, 1] from the body, [2, 4] as its input; expected the same shape; "
      "a .shortcut(...) can change the input's"));
}

TEST_CASE("modules of several inputs add and join them") {
  const Tensor a = ones({2, 3}), b = ones({2, 1});
  CHECK(number(nn::Add()(a, a, a)) == 3);
  CHECK(throws<ShapeError>([&] { nn::Add()(a, b); }, "Add(): the summands differ: got [2, 3] and [2, 1]"));
  CHECK(nn::Concat()(a, b).shape() == Shape{2, 4});
  const std::vector<Tensor> both{a, a};
  CHECK(nn::Concat(0)(std::span<const Tensor>(both)).shape() == Shape{4, 3});
}

TEST_CASE("embeddings take indices of any shape and leave the padding row alone") {
  nn::Embedding words(4, 2, {.padding_idx = 0});
  const Tensor y = words(tensor({{0, 1}, {3, 1}}, int64));
  CHECK(y.shape() == Shape{2, 2, 2});
  y.sum().backward();
  const Tensor g = words.weight.grad();
  CHECK(number(g[0]) == 0);
  CHECK(number(g[1]) == 2);
  CHECK(number(g[2]) == 0);
  CHECK(number(g[3]) == 1);
  CHECK(throws<IndexError>([&] { words(tensor({4}, int64)); }, "Embedding(4, 2, {.padding_idx = 0}): embedding"));
  CHECK(throws<DTypeError>([&] { words(ones({2})); }, "Embedding(4, 2, {.padding_idx = 0}): embedding"));
}

TEST_SUITE_END();
