// Users' own operations, and recomputation in place of storing.

#include "autograd/function.hpp"

#include <doctest/doctest.h>

#include "autograd/autograd.hpp"
#include "tensor/memory.hpp"
#include "tests/operations/oracle.hpp"
#include "tests/throws.hpp"

using namespace xgrad;
using oracle::spread;

TEST_SUITE_BEGIN("autograd");

TEST_CASE("a Function's vjp is what backward uses, to any order, and gradcheck takes it as it is") {
  const Function cube(
      "cube", [](const Tensor& x) { return x * x * x; },
      [](const Tensor& x, const Tensor&, const Tensor& g) { return g * 3. * square(x); });
  const Tensor x = spread({2, 3});
  CHECK(gradcheck(cube, {x}));
  CHECK(gradgradcheck(cube, {x}));
  const Function wrong(
      "wrong", [](const Tensor& t) { return t * t * t; },
      [](const Tensor& t, const Tensor&, const Tensor& g) { return g * 2. * square(t); });
  CHECK(gradcheck(wrong, {x}).verdict == Verdict::wrong);
}

TEST_CASE("a Function uses its output, takes several inputs, broadcasts, and may leave gradients out") {
  const Function ratio(
      "ratio", [](const Tensor& a, const Tensor& b) { return a / b; },
      [](const Tensor&, const Tensor& b, const Tensor& y, const Tensor& g) { return std::pair(g / b, -(g * y) / b); });
  CHECK(gradcheck(ratio, {spread({2, 3}), spread({3}, 0.5, 2, 1)}));
  CHECK(gradgradcheck(ratio, {spread({2, 3}), spread({3}, 0.5, 2, 1)}));
  const Function stop(
      "stop", [](const Tensor& a) { return a; }, [](const Tensor&, const Tensor&, const Tensor&) { return Tensor(); });
  Tensor x = ones({2}).requires_grad_();
  sum(stop(x) + x).backward();
  CHECK(x.grad().values<float>()[0] == 1.f);
  const Function total(
      "total", [](const std::vector<Tensor>& all) { return all[0] + all[1] + all[2] * 2.; },
      [](const std::vector<Tensor>&, const Tensor&, const Tensor& g) {
        return std::vector<Tensor>{g, g, g * 2.};
      });
  CHECK(gradcheck(total, {spread({2}), spread({2}), spread({2})}));
}

TEST_CASE("a Function's mistakes are named") {
  const Function few(
      "few", [](const Tensor& a, const Tensor& b) { return a + b; },
      [](const Tensor&, const Tensor&, const Tensor&, const Tensor& g) { return g; });
  Tensor x = ones({2}).requires_grad_();
  CHECK(throws<AutogradError>([&] { sum(few(x, x)).backward(); }, "vjp of 'few' returned 1 gradients; expected 2"));
  CHECK(throws<ValueError>([&] { few(x); }, "got 1 inputs; expected 2"));
  const Function shape(
      "shape", [](const Tensor& a) { return a; },
      [](const Tensor&, const Tensor&, const Tensor&) { return ones({5}); });
  CHECK_THROWS_AS(sum(shape(x)).backward(), ShapeError);
  const Function same(
      "same", [](const Tensor& a) { return a * 1.f; },
      [](const Tensor& a, const Tensor&, const Tensor& g) { return g * a; });
  Tensor w = ones({2}).requires_grad_();
  const Tensor y = sum(same(w));
  w.mutable_data<float>()[0] = 3.f;
  CHECK(throws<AutogradError>([&] { y.backward(); }, "input 0 of 'same' was changed in place"));
}

TEST_CASE("checkpoint gives the same gradients to inputs, parameters and earlier results, and keeps less") {
  Tensor w = spread({4, 4}).requires_grad_(), x = spread({3, 4}, -1, 1, 1).requires_grad_();
  const auto body = [&](const Tensor& side) {
    return [&w, side](const Tensor& t) {
      Tensor y = t;
      for (int i = 0; i < 4; ++i) y = tanh(matmul(y, w) + side);
      return y;
    };
  };
  const Tensor side = exp(x * 0.1), plain = sum(square(body(side)(x)));
  const auto expected = grad(std::vector{plain}, std::vector{w, x}, {}, {});
  const Tensor again = exp(x * 0.1), y = sum(square(checkpoint(body(again), x)));
  CHECK(y.item<double>() == plain.item<double>());
  const auto found = grad(std::vector{y}, std::vector{w, x}, {}, {.retain_graph = true});
  for (std::size_t k = 0; k < 2; ++k) CHECK(same_bytes(found[k].array(), expected[k].array()));
  y.backward();
  CHECK(same_bytes(w.grad().array(), expected[0].array()));
  CHECK(same_bytes(x.grad().array(), expected[1].array()));

  const Tensor big = ones({1000, 100}).requires_grad_();
  const auto chain = [](const Tensor& t) {
    Tensor v = t;
    for (int i = 0; i < 10; ++i) v = sigmoid(v);
    return v;
  };
  const std::int64_t before = memory_stats().live_bytes;
  const Tensor stored = chain(big);
  const std::int64_t kept = memory_stats().live_bytes - before;
  const Tensor recomputed = checkpoint(chain, big);
  CHECK(memory_stats().live_bytes - before - kept < kept / 5);
  sum(recomputed).backward();
}

TEST_CASE("checkpoint goes to second derivatives, nests, and draws the same random numbers again") {
  const auto f = [](const Tensor& x) { return checkpoint([](const Tensor& t) { return tanh(t * t); }, x) * x; };
  CHECK(gradcheck(f, {spread({3})}));
  CHECK(gradgradcheck(f, {spread({3})}));
  const auto nested = [&](const Tensor& x) { return checkpoint([&](const Tensor& t) { return f(t) + exp(t); }, x); };
  CHECK(gradcheck(nested, {spread({3})}));

  Tensor x = ones({50}, float64).requires_grad_();
  const Tensor y = checkpoint([](const Tensor& t) { return t * rand({50}, float64); }, x);
  sum(y).backward();
  CHECK(same_bytes(x.grad().array(), y.array()));
}

TEST_CASE("a hook on a parameter inside checkpoint is called once, with the whole gradient") {
  Tensor w = tensor({2.}, float64).requires_grad_();
  int calls = 0;
  w.register_hook([&](const Tensor&) {
    ++calls;
    return Tensor();
  });
  const Tensor x = tensor({3.}, float64);
  sum(checkpoint([&](const Tensor& t) { return t * w * w; }, x) + w).backward();
  CHECK(calls == 1);
  CHECK(w.grad().item<double>() == 13.);
}

TEST_SUITE_END();
