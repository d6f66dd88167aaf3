#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "autograd/autograd.hpp"
#include "nn/nn.hpp"
#include "tests/throws.hpp"

using namespace xgrad;

namespace {

/// A convolution with what it tells the summary.
struct Conv : nn::Module {
  std::int64_t stride, dilation;
  Tensor weight;
  Conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride_ = 1, std::int64_t dilation_ = 1)
      : stride(stride_), dilation(dilation_), weight(zeros({out, in, kernel, kernel}).requires_grad_()) {}
  void members(Members& m) override { m("weight", weight); }
  Tensor forward(const Tensor& x) override { return conv2d(x, weight, {}, {.stride = stride, .dilation = dilation}); }
  nn::Cost cost(std::span<const Shape>, const Shape& y) const override {
    const Shape& w = weight.shape();
    const nn::Window window{.kernel = w[2], .stride = static_cast<double>(stride), .dilation = dilation};
    return {.multiply_adds = y.numel() * w[1] * w[2] * w[3], .windows = {window, window}};
  }
};

struct Pool : nn::Module {
  Tensor forward(const Tensor& x) override { return max_pool2d(x, 2); }
  nn::Cost cost(std::span<const Shape>, const Shape&) const override {
    return {.windows = {{.kernel = 2, .stride = 2}, {.kernel = 2, .stride = 2}}};
  }
};

/// 2 C trained and 2 C not, and a counter.
struct Norm : nn::Module {
  Tensor weight = ones({4}).requires_grad_(), bias = zeros({4}).requires_grad_();
  Tensor mean = zeros({4}), var = ones({4}), count = zeros({}, int64);
  void members(Members& m) override {
    m("weight", weight)("bias", bias).buffer("mean", mean).buffer("var", var).buffer("count", count);
  }
  Tensor forward(const Tensor& x) override { return x * reshape(weight, {1, 4, 1, 1}); }
};

/// Calls one layer twice, holds a scale beside its members, has a layer that is never called.
struct Odd : nn::Module {
  nn::Dense twice{4, 4}, idle{2, 2};
  Tensor scale = ones({4}).requires_grad_();
  void members(Members& m) override { m("twice", twice)("idle", idle)("scale", scale); }
  Tensor forward(const Tensor& x) override { return twice(relu(twice(x))) * scale; }
};

struct TwoInputs : nn::Module {
  nn::Dense a{3, 4}, b{5, 4};
  void members(Members& m) override { m("a", a)("b", b); }
  Tensor forward(std::span<const Tensor> x) override {
    const Tensor y = a(x[0]);
    return y + b(x[1]);
  }
};

struct Table : nn::Module {
  Tensor weight = zeros({7, 3}).requires_grad_();
  void members(Members& m) override { m("weight", weight); }
  Tensor forward(const Tensor& x) override { return embedding(x, weight); }
};

/// Functions between the layers, and two branches.
struct Branches : nn::Module {
  Conv stem{1, 2, 3}, left{2, 2, 3}, right{2, 2, 3, 1, 2};
  nn::Dense out{2 * 22 * 22, 5};
  void members(Members& m) override { m("stem", stem)("left", left)("right", right)("out", out); }
  Tensor forward(const Tensor& x) override {
    const Tensor y = relu(stem(x));
    const Tensor l = slice(slice(left(y), 2, 1, 23), 3, 1, 23);
    return out(flatten(relu(l + right(y)), 1));
  }
};

using Field = std::vector<std::int64_t>;

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE("summary prints what Keras prints, and on request multiply-adds, memory and receptive field") {
  nn::Sequential net(Conv(1, 4, 3), Norm(), nn::ReLU(), Pool(), nn::Flatten(), nn::Dense(4 * 13 * 13, 10));
  CHECK(nn::summary(net, {1, 28, 28}).str() ==
        "Model: Sequential\n"
        "____________________________________________________________\n"
        "Layer (type)                Output Shape             Param #\n"
        "============================================================\n"
        "0 (Conv)                    (None, 4, 26, 26)             36\n"
        "1 (Norm)                    (None, 4, 26, 26)             16\n"
        "2 (ReLU)                    (None, 4, 26, 26)              0\n"
        "3 (Pool)                    (None, 4, 13, 13)              0\n"
        "4 (Flatten)                 (None, 676)                    0\n"
        "5 (Dense)                   (None, 10)                 6,770\n"
        "============================================================\n"
        "Total params: 6,822\n"
        "Trainable params: 6,814\n"
        "Non-trainable params: 8\n");
  const nn::Summary full =
      nn::summary(net, {1, 28, 28}, {.multiply_adds = true, .activation_memory = true, .receptive_field = true});
  const std::string text = full.str();
  for (const char* line :
       {"Layer (type)                Output Shape             Param #  Multiply-adds       Memory  Receptive field\n",
        "0 (Conv)                    (None, 4, 26, 26)             36         24,336     10.6 KiB            3 x 3\n",
        "3 (Pool)                    (None, 4, 13, 13)              0              0      2.6 KiB            4 x 4\n",
        "4 (Flatten)                 (None, 676)                    0              0          0 B            4 x 4\n",
        "5 (Dense)                   (None, 10)                 6,770          6,760         40 B          28 x 28\n",
        "Multiply-adds per sample: 31,096\n", "Activation memory per sample: 34.4 KiB\n"})
    CHECK_MESSAGE(text.find(line) != std::string::npos, text);
  CHECK(full.bytes == 3 * 4 * 4 * 26 * 26 + 4 * 4 * 13 * 13 + 40);
}

TEST_CASE("summary: a layer called twice has two rows and is counted once; other parameters have rows of their own") {
  Odd net;
  const nn::Summary s = nn::summary(net, {4}, {.multiply_adds = true});
  REQUIRE(s.rows.size() == 4);
  CHECK(s.rows[0].parameters == 20);
  CHECK(s.rows[1].reused);
  CHECK(s.rows[1].parameters == 0);
  CHECK(s.rows[2].type == "Odd");
  CHECK(s.rows[2].parameters == 4);
  CHECK(s.rows[3].name == "idle");
  CHECK_FALSE(s.rows[3].called);
  CHECK(s.total == 20 + 4 + 6);
  CHECK(s.multiply_adds == 2 * 16);
  CHECK(s.str().find("twice (Dense)               (None, 4)                 reused             16\n") !=
        std::string::npos);
  CHECK(s.str().find("idle (Dense)                not called                     6              -\n") !=
        std::string::npos);
}

TEST_CASE("summary: frozen parameters are not trainable") {
  Odd net;
  net.twice.requires_grad_(false);
  CHECK(nn::summary(net, {4}).trainable == 10);
}

TEST_CASE("summary takes several inputs as shapes or as tensors, and another dtype") {
  TwoInputs net;
  const nn::Summary s = nn::summary(net, std::vector<Shape>{{3}, {5}}, {.receptive_field = true});
  REQUIRE(s.rows.size() == 2);
  CHECK(s.rows[1].output == Shape{1, 4});
  CHECK(s.rows[1].receptive_field.empty());
  CHECK(nn::summary(net, {ones({6, 3}), ones({6, 5})}, {.multiply_adds = true}).rows[0].multiply_adds == 12);
  CHECK(nn::summary(net, {ones({6, 3}), ones({6, 5})}).str().find("(None, 4)") != std::string::npos);
  CHECK(throws<ValueError>([&] { nn::summary(net, std::vector<Shape>{}); }, "summary: got no inputs"));
  Table table;
  CHECK(nn::summary(table, {9}, {.dtype = int64}).rows[0].output == Shape{1, 9, 3});
  CHECK_THROWS_AS(nn::summary(table, {9}), DTypeError);
}

TEST_CASE("summary: receptive fields follow strides, dilations, branches, and functions between layers") {
  nn::Sequential deep(Conv(1, 1, 7, 2), Pool(), Conv(1, 1, 3, 1, 2), nn::ReLU(), Conv(1, 1, 3, 2), Conv(1, 1, 3));
  const nn::Summary s = nn::summary(deep, {1, 112, 112}, {.receptive_field = true});
  // 7; + 1 * 2; + 2 * 2 * 4; the same; + 2 * 4; + 2 * 8
  const std::int64_t expected[] = {7, 9, 25, 25, 33, 49};
  for (std::size_t i = 0; i < 6; ++i) CHECK(s.rows[i].receptive_field == Field{expected[i], expected[i]});

  Branches net;
  net.requires_grad_(false);  // the input alone must do
  const nn::Summary b = nn::summary(net, {1, 28, 28}, {.receptive_field = true});
  CHECK(b.rows[1].receptive_field == Field{5, 5});
  CHECK(b.rows[2].receptive_field == Field{7, 7});
  CHECK(b.rows[3].receptive_field == Field{28, 28});
  CHECK_FALSE(net.out.weight.requires_grad());
  CHECK_FALSE(net.out.weight.grad().defined());
}

TEST_CASE("summary leaves modes as they were also when the model throws") {
  nn::Sequential net(nn::Dense(2, 2));
  CHECK_THROWS_AS(nn::summary(net, {3}), ShapeError);
  CHECK(net.training());
  CHECK_THROWS_AS(nn::summary(net, {-1}), ShapeError);
}

TEST_SUITE_END();
