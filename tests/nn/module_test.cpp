#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <sstream>

#include "autograd/autograd.hpp"
#include "nn/nn.hpp"
#include "tests/throws.hpp"

using namespace xgrad;

namespace {

struct Net : nn::Module {
  nn::Dense hidden{4, 3}, out{3, 2};
  void members(Members& m) override { m("hidden", hidden)("out", out); }
  Tensor forward(const Tensor& x) override { return out(relu(hidden(x))); }
};

/// Two layers that share one weight, and a buffer.
struct Tied : nn::Module {
  nn::Dense a{3, 3}, b{3, 3};
  Tensor count = zeros({}, int64);
  Tied() { b.weight = a.weight; }
  void members(Members& m) override { m("a", a)("b", b).buffer("count", count); }
  Tensor forward(const Tensor& x) override { return b(a(x)); }
};

struct Sum : nn::Module {
  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor total = inputs[0];
    for (std::size_t i = 1; i < inputs.size(); ++i) total += inputs[i];
    return total;
  }
};

struct Nothing : nn::Module {};

std::vector<std::string> names(const std::vector<nn::NamedTensor>& tensors) {
  std::vector<std::string> result;
  for (const auto& t : tensors) result.push_back(t.name);
  return result;
}

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE("a module lists its parameters under dotted names, in the order of its members") {
  Net net;
  CHECK(names(net.named_parameters()) ==
        std::vector<std::string>{"hidden.weight", "hidden.bias", "out.weight", "out.bias"});
  CHECK(net.parameters().size() == 4);
  CHECK(net.num_parameters() == 4 * 3 + 3 + 3 * 2 + 2);
  CHECK(net.named_modules().size() == 3);
  CHECK(net.named_modules()[1].name == "hidden");
}

TEST_CASE("a parameter that two modules share is listed once, and stays shared in a clone") {
  Tied net;
  CHECK(names(net.named_parameters()) == std::vector<std::string>{"a.weight", "a.bias", "b.bias"});
  CHECK(names(net.named_buffers()) == std::vector<std::string>{"count"});
  Tied copy = nn::clone(net);
  copy.a.weight.mutable_data<float>()[0] = 42.f;
  CHECK(copy.b.weight.values<float>()[0] == 42.f);
  CHECK(net.a.weight.values<float>()[0] != 42.f);
}

TEST_CASE("copying shares parameters, clone does not, moving leaves nothing behind") {
  nn::Sequential net(nn::Dense(2, 2), nn::ReLU(), [](const Tensor& x) { return x * 2; });
  nn::Sequential copy = net;
  copy.at<nn::Dense>(0).weight.mutable_data<float>()[0] = 7.f;
  CHECK(net.at<nn::Dense>(0).weight.values<float>()[0] == 7.f);
  nn::Sequential own = nn::clone(net);
  own.at<nn::Dense>(0).weight.mutable_data<float>()[0] = 8.f;
  CHECK(net.at<nn::Dense>(0).weight.values<float>()[0] == 7.f);
  CHECK(own.at<nn::Dense>(0).weight.requires_grad());
  const nn::Sequential moved = std::move(copy);
  CHECK(moved.size() == 3);
  nn::Sequential assigned;
  assigned = moved;
  CHECK(assigned.size() == 3);
  CHECK(assigned(ones({1, 2})).shape() == Shape{1, 2});
}

TEST_CASE("Sequential applies its modules in order, nests, and prints as its constructor calls") {
  nn::Sequential inner(nn::Dense(3, 2, {.bias = false}), nn::Tanh());
  nn::Sequential net(nn::Flatten(), inner, nn::Softmax());
  const Tensor x = randn({5, 1, 3});
  const Tensor expected = softmax(tanh(matmul(x.reshape({5, 3}), inner.at<nn::Dense>(0).weight.t())), 1);
  const Tensor got = net(x);
  for (std::int64_t i = 0; i < 10; ++i)
    CHECK(got.values<float>()[static_cast<std::size_t>(i)] ==
          doctest::Approx(expected.values<float>()[static_cast<std::size_t>(i)]).epsilon(1e-5));
  CHECK(net.repr() == "Sequential(Flatten(), Sequential(Dense(3, 2, {.bias = false}), Tanh()), Softmax())");
  CHECK(names(net.named_parameters()) == std::vector<std::string>{"1.0.weight"});
  CHECK(net.str() ==
        "Sequential(Flatten(), Sequential(Dense(3, 2, {.bias = false}), Tanh()), Softmax())\n"
        "  (0): Flatten()\n  (1): Sequential(Dense(3, 2, {.bias = false}), Tanh())\n"
        "    (0): Dense(3, 2, {.bias = false})\n    (1): Tanh()\n  (2): Softmax()");
  CHECK(nn::Sequential()(x).shape() == x.shape());
  CHECK(throws<IndexError>([&] { net[3]; }, "got module 3; expected 0 to 2"));
  CHECK(throws<ValueError>([&] { net.at<nn::Dense>(0); }, "is a Flatten()"));
}

TEST_CASE("modules with several inputs override the other forward") {
  Sum add;
  CHECK(add(ones({2}), ones({2}), ones({2})).values<float>()[0] == 3.f);
  CHECK(add(ones({2})).values<float>()[0] == 1.f);
  Net net;
  CHECK(throws<ValueError>([&] { net(ones({1, 4}), ones({1, 4})); }, "Net: forward: got 2 inputs; expected one"));
  Nothing nothing;
  CHECK(throws<ValueError>([&] { nothing(ones({1})); }, "overrides forward"));
}

TEST_CASE("errors inside a module say the path and how the module was made") {
  Net net;
  CHECK(throws<ShapeError>(
      [&] {
        net(ones({2, 5}));
      },
      "Net.hidden Dense(4, 3): input has 5 features: got [2, 5]; expected [..., 4]"));
  nn::Sequential deep(nn::Flatten(), nn::Dense(4, 3), nn::Dense(4, 2));
  CHECK(throws<ShapeError>(
      [&] {
        deep(ones({2, 4}));
      },
      "Sequential[2] Dense(4, 2): input has 3 features: got [2, 3]; expected [..., 4]; for this "
      "input use Dense(3, 2)"));
  CHECK(throws<ShapeError>([&] { nn::Dense(784, 10)(ones({2, 28, 28})); }, "put a Flatten() in front"));
  CHECK(throws<ValueError>([] { nn::Dense(0, 3); }, "Dense: got sizes 0 and 3"));
  CHECK_MESSAGE(throws<ShapeError>([] { reshape(ones({2}), {3}); }, "reshape:"), "and outside no path");
}

TEST_CASE("load_state_dict copies by name, and on any mismatch lists them all and changes nothing") {
  Net a, b;
  b.load_state_dict(a.state_dict());
  CHECK(same_bytes(a.hidden.weight.array(), b.hidden.weight.array()));
  CHECK_FALSE(a.hidden.weight.array().shares_buffer_with(b.hidden.weight.array()));
  Net c;
  const Array before = c.hidden.weight.array().clone();
  nn::StateDict wrong = a.state_dict();
  wrong[1].name = "surplus";
  wrong[2].tensor = zeros({9});
  wrong[3].tensor = zeros({2}, int64);
  try {
    c.load_state_dict(wrong);
    FAIL("no error");
  } catch (const ValueError& e) {
    const std::string text = e.what();
    for (const char* part : {"missing: hidden.bias [3]", "unexpected: surplus [3]",
                             "out.weight: got [9], expected [2, 3]", "out.bias: got int64, expected float32"})
      CHECK_MESSAGE(text.find(part) != std::string::npos, text);
  }
  CHECK(same_bytes(c.hidden.weight.array(), before));
  wrong = a.state_dict();
  wrong.erase(wrong.begin() + 1);
  wrong.push_back({"surplus", zeros({1})});
  CHECK_NOTHROW(c.load_state_dict(wrong, false));
}

TEST_CASE("train, eval, freezing and zero_grad reach every member") {
  Net net;
  net.eval();
  CHECK_FALSE(net.out.training());
  net.train();
  CHECK(net.out.training());
  net.requires_grad_(false);
  CHECK_FALSE(net(ones({1, 4})).requires_grad());
  net.requires_grad_();
  sum(net(ones({1, 4}))).backward();
  CHECK(net.out.bias.grad().defined());
  net.zero_grad();
  CHECK_FALSE(net.out.bias.grad().defined());
}

TEST_CASE("to(float64) changes parameters in place, so that handles elsewhere stay bound") {
  Net net;
  const Tensor held = net.hidden.weight;
  net.to(float64);
  CHECK(held.dtype() == float64);
  CHECK(held.requires_grad());
  CHECK(net(ones({1, 4}, float64)).dtype() == float64);
  CHECK(throws<DTypeError>([&] { net.to(int64); }, "got int64"));
}

TEST_CASE("reset_parameters draws fresh values everywhere, apply visits members before owners") {
  Net net;
  const Array before = net.out.weight.array().clone();
  net.reset_parameters();
  CHECK_FALSE(same_bytes(before, net.out.weight.array()));
  std::vector<std::string> order;
  net.apply([&](nn::Module& m) { order.push_back(m.type_name()); });
  CHECK(order == std::vector<std::string>{"Dense", "Dense", "Net"});
}

TEST_CASE("the same seed gives the same initial weights") {
  manual_seed(5);
  const Net a;
  manual_seed(5);
  const Net b;
  CHECK(same_bytes(a.hidden.weight.array(), b.hidden.weight.array()));
  CHECK(same_bytes(a.out.bias.array(), b.out.bias.array()));
}

TEST_CASE("summary lists layers, output shapes and parameters, and leaves the model as it was") {
  Net net;
  net.out.eval();
  const nn::Summary s = nn::summary(net, {4});
  REQUIRE(s.rows.size() == 2);
  CHECK(s.rows[0].name == "hidden");
  CHECK(s.rows[0].output == Shape{1, 3});
  CHECK(s.rows[1].parameters == 8);
  CHECK(s.total == 23);
  CHECK(net.training());
  CHECK_FALSE(net.out.training());
  std::ostringstream text;
  text << s;
  CHECK(text.str().find("out (Dense)                 (None, 2)                      8") != std::string::npos);
  CHECK(text.str().find("Total params: 23\nTrainable params: 23\nNon-trainable params: 0") != std::string::npos);
  Tied tied;
  CHECK(nn::summary(tied, {3}).total == 15);
  CHECK(nn::summary(tied, {3}).rows[1].parameters == 3);
  CHECK_THROWS_AS(nn::summary(net, {5}), ShapeError);
  nn::Dense big(784, 512);
  CHECK(nn::summary(big, {784}).str().find("401,920") != std::string::npos);
}

TEST_SUITE_END();
