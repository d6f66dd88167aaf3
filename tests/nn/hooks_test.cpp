#include <doctest/doctest.h>

#include <optional>

#include "autograd/autograd.hpp"
#include "nn/nn.hpp"
#include "tests/throws.hpp"

using namespace xgrad;

namespace {

struct Net : nn::Module {
  nn::Dense hidden{2, 3};
  nn::ModuleList more{nn::Dense(3, 3), [](const Tensor& x) { return x * 2.; }};
  void members(Members& m) override { m("hidden", hidden)("more", more); }
  Tensor forward(const Tensor& x) override { return more[1](more[0](hidden(x))); }
};

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE("forward hooks see inputs and output, in the order they came, and may replace them") {
  nn::Identity m;
  std::string log;
  m.register_forward_hook([&](nn::Module&, std::span<const Tensor>, const Tensor&) { log += "a"; });
  m.register_forward_hook([&](nn::Module&, std::span<const Tensor> in, const Tensor& y) -> Tensor {
    log += "b";
    return y + in[0];
  });
  m.register_forward_pre_hook([&](nn::Module&, std::span<const Tensor> in) -> Tensor {
    log += "0";
    return in[0] * 10.;
  });
  m.register_forward_pre_hook([&](nn::Module&, std::span<const Tensor> in) {
    log += "1";
    CHECK(in[0].item<double>() == 10);
    return std::vector<Tensor>{};  // as it is
  });
  CHECK(m(ones({1})).item<double>() == 20);
  CHECK(log == "01ab");
}

TEST_CASE("hooks are recorded: their changes are differentiated") {
  nn::Dense m(1, 1, {.bias = false});
  m.register_forward_hook([](nn::Module&, std::span<const Tensor>, const Tensor& y) { return y * 3.; });
  m(ones({1, 1})).sum().backward();
  CHECK(m.weight.grad().item<double>() == 3);
}

TEST_CASE("a handle removes its hook everywhere, twice if need be, and may outlive the module") {
  int calls = 0;
  const auto count = [&](nn::Module&, std::span<const Tensor>, const Tensor&) { ++calls; };
  nn::HookHandle handle;
  {
    nn::Identity m;
    handle = m.register_forward_hook(count);
    nn::Identity copy = m;
    nn::Sequential inside(m, nn::clone(m));
    const nn::Sequential moved = std::move(inside);
    copy(ones({1}));
    m(ones({1}));
    CHECK(calls == 2);
    nn::Sequential again = moved;
    again(ones({1}));
    CHECK(calls == 4);
    handle.remove();
    m(ones({1}));
    copy(ones({1}));
    again(ones({1}));
    CHECK(calls == 4);
    handle.remove();
    handle = m.register_forward_hook(count);
  }
  handle.remove();
  nn::HookHandle().remove();
}

TEST_CASE("a hook may remove itself and add others while it runs") {
  nn::Identity m;
  int first = 0, second = 0;
  auto handle = std::make_shared<nn::HookHandle>();
  *handle = m.register_forward_pre_hook([&, handle](nn::Module& self, std::span<const Tensor>) {
    ++first;
    handle->remove();
    self.register_forward_pre_hook([&](nn::Module&, std::span<const Tensor>) { ++second; });
  });
  m(ones({1}));
  m(ones({1}));
  CHECK(first == 1);
  CHECK(second == 1);
}

TEST_CASE("errors in hooks say where, and modules in lists have a path") {
  Net net;
  net.more[0].register_forward_hook([](nn::Module&, std::span<const Tensor>, const Tensor& y) { y.reshape({7}); });
  CHECK(throws<ShapeError>([&] { net(ones({1, 2})); }, "Net.more.0 Dense(3, 3): reshape"));
  CHECK(net.named_parameters()[2].name == "more.0.weight");
  CHECK(throws<ValueError>([&] { net.more(ones({1, 2})); }, "a list of modules has none"));
  CHECK(throws<IndexError>([&] { net.more[2]; }, "ModuleList: got module 2; expected 0 to 1"));
  CHECK(throws<IndexError>([] { nn::Sequential()[0]; }, "Sequential: got module 0; there are none"));
  CHECK(net.more.repr() == "ModuleList(Dense(3, 3), Lambda(...))");
  nn::ModuleList copy = net.more;
  CHECK(copy.size() == 2);
  CHECK(same_bytes(copy.at<nn::Dense>(0).weight.array(), net.more.at<nn::Dense>(0).weight.array()));
}

TEST_CASE("load_state_dict that is not strict returns what it passed over") {
  Net net;
  nn::StateDict state = net.state_dict();
  state[0].name = "surplus";
  const nn::IncompatibleKeys keys = net.load_state_dict(state, false);
  CHECK(keys.missing_keys == std::vector<std::string>{"hidden.weight"});
  CHECK(keys.unexpected_keys == std::vector<std::string>{"surplus"});
}

TEST_SUITE_END();
