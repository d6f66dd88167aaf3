// What tapes get wrong: leaks, stolen gradients, stale values, races.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <thread>
#include <vector>

#include "autograd/autograd.hpp"
#include "tensor/memory.hpp"
#include "tests/throws.hpp"

using namespace xgrad;

namespace {
constexpr float kInf = std::numeric_limits<float>::infinity();
std::int64_t live() { return memory_stats().live_bytes; }
}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("a node that keeps its own output is freed with it") {
  Tensor x = ones({1000}).requires_grad_();
  const std::int64_t before = live();
  for (int i = 0; i < 3; ++i) Tensor y = tanh(exp(x));
  {
    const Tensor y = sum(exp(x));
    CHECK(live() > before);
    y.backward();
  }
  x.set_grad({});
  CHECK(live() == before);
}

TEST_CASE("recorded gradients in a leaf are a cycle, which clearing the gradient opens") {
  const std::int64_t before = live();
  {
    Tensor x = ones({1000}).requires_grad_();
    sum(x * x * x).backward({}, false, true);
    CHECK(x.grad().requires_grad());
    x.set_grad({});
  }
  CHECK(live() == before);
}

TEST_CASE("an operation that needs only a shape does not keep the buffer alive") {
  Tensor x = ones({100000}).requires_grad_();
  const std::int64_t before = live();
  const Tensor y = sum(x * 2.f);
  CHECK(live() - before < 10000);
  const Tensor z = reshape(slice(expand(sum(x * 3.f), {100000}), 0, 0, 2), {2, 1});
  CHECK(live() - before < 20000);
  (y + sum(z)).backward();
  CHECK(x.grad().values<float>()[7] == 8.f);
}

TEST_CASE("a gradient that the user holds does not change under a further backward") {
  Tensor x = tensor({1., 2.}).requires_grad_();
  sum(x * x).backward();
  const Tensor held = x.grad();
  sum(x * x).backward();
  CHECK(held.values<float>()[1] == 4.f);
  CHECK(x.grad().values<float>()[1] == 8.f);

  const Tensor shown = x.grad().reshape({2, 1});  // a view of it, likewise
  sum(x * x).backward();
  CHECK(shown.values<float>()[1] == 8.f);
  CHECK(x.grad().values<float>()[1] == 12.f);
}

TEST_CASE("reshaped gradients are not taken over by two leaves") {
  Tensor a = ones({2, 3}).requires_grad_(), b = ones({6}).requires_grad_();
  const Tensor seed = ones({3, 2});
  (reshape(a, {3, 2}) + reshape(b, {3, 2})).backward(seed);
  Tensor ga = a.grad();
  ga.mutable_data<float>()[0] = 99.f;
  CHECK(b.grad().values<float>()[0] == 1.f);
  CHECK(seed.values<float>()[0] == 1.f);
}

TEST_CASE("leaves reached before an exception keep their sums, and nothing is left behind in the graph") {
  Tensor early = tensor(1.).requires_grad_(), late = tensor(1.).requires_grad_();
  const std::int64_t before = live();
  {
    const Tensor bad = record(
        "bad", late.array().clone(), [](Ctx&) { throw ValueError("planted"); }, Edge{late});
    const Tensor y = bad * 2 + early * 3;
    CHECK(throws<ValueError>([&] { y.backward(); }, "planted"));
  }
  CHECK(early.grad().item<double>() == 3.);
  CHECK_FALSE(late.grad().defined());
  early.set_grad({});
  CHECK(live() == before);
}

TEST_CASE("a second backward is an error also where nothing had been saved") {
  Tensor x = tensor({1., 2.}).requires_grad_();
  const Tensor y = sum(x + 1);
  y.backward();
  CHECK(throws<AutogradError>([&] { y.backward(); }, "'sum' was freed"));
}

TEST_CASE("an infinite gradient meets a closed gate as 0, not as NaN; NaN passes relu both ways") {
  Tensor x = tensor({-1., 1., std::nan("")}).requires_grad_();
  relu(x).backward(tensor({kInf, kInf, 1.f}));
  CHECK(x.grad().values<float>()[0] == 0.f);
  CHECK(x.grad().values<float>()[1] == kInf);
  CHECK(x.grad().values<float>()[2] == 1.f);
  CHECK(std::isnan(relu(x).values<float>()[2]));

  Tensor a = tensor({1., 2.}).requires_grad_(), b = tensor({1., 2.}).requires_grad_();
  where(a > 1.5f, a, b).backward(tensor({kInf, 5.f}));
  CHECK(a.grad().values<float>()[0] == 0.f);
  CHECK(b.grad().values<float>()[0] == kInf);
  CHECK(b.grad().values<float>()[1] == 0.f);
}

TEST_CASE("threads that differentiate graphs over clones of the leaves do not meet") {
  const Tensor weight = tensor({1., 2., 3.});
  const Tensor shared = tensor({1., 1., 2.});  // data that all of them read
  std::vector<Tensor> own;
  for (int t = 0; t < 4; ++t) own.push_back(weight.clone().detach().requires_grad_());
  std::vector<std::thread> threads;
  for (Tensor& w : own)
    threads.emplace_back([&w, &shared] {
      for (int i = 0; i < 200; ++i) sum(w * shared * w).backward();
    });
  for (std::thread& t : threads) t.join();
  for (const Tensor& w : own) CHECK(w.grad().values<float>()[2] == 200.f * 2 * 2 * 3);
}

TEST_CASE("a hook on a leaf sees the sum of all contributions, once") {
  Tensor x = tensor(2.).requires_grad_();
  int calls = 0;
  double seen = 0.;
  x.register_hook([&](const Tensor& g) {
    ++calls;
    seen = g.item<double>();
    return Tensor();
  });
  (x * x + exp(x * 0) + x * 3).backward();
  CHECK(calls == 1);
  CHECK(seen == 7.);
  CHECK(x.grad().item<double>() == 7.);
}

TEST_CASE("a hook that captures nothing of its tensor leaves no cycle") {
  const std::int64_t before = live();
  {
    Tensor x = ones({1000}).requires_grad_();
    Tensor y = x * 2.f;
    y.register_hook([](const Tensor& g) { return g * 0.5f; });
    sum(y).backward();
    CHECK(x.grad().values<float>()[0] == 1.f);
  }
  CHECK(live() == before);
}

TEST_SUITE_END();
