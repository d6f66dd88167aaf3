// The tape itself: accumulation, graphs kept and freed, in-place changes, hooks, and the traps of such engines.

#include <thread>

#include "tests/operations/oracle.hpp"
#include "tests/throws.hpp"

using namespace xgrad;

TEST_SUITE_BEGIN("autograd");

TEST_CASE("gradients of a leaf add up over uses and over calls of backward") {
  Tensor x = tensor({1., 2.}).requires_grad_();
  sum(x * x + x).backward();
  CHECK(x.grad().values<float>()[0] == 3.f);
  CHECK(x.grad().values<float>()[1] == 5.f);
  const Tensor kept = x.grad();
  sum(x).backward();
  CHECK(x.grad().values<float>()[0] == 4.f);
  CHECK_MESSAGE(kept.values<float>()[0] == 3.f, "a gradient the user holds does not change under him");
  x.set_grad({});
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("backward on other than one element needs a gradient of the right shape and dtype") {
  Tensor x = tensor({1., 2.}).requires_grad_();
  const Tensor y = x * 2;
  CHECK(throws<AutogradError>([&] { y.backward(); }, "got shape [2]; expected one element"));
  CHECK(throws<ShapeError>([&] { y.backward(ones({3})); }, "got [3]; expected the tensor's shape [2]"));
  CHECK(throws<DTypeError>([&] { y.backward(ones({2}, float64)); }, "float64"));
  y.backward(tensor({1., 10.}));
  CHECK(x.grad().values<float>()[1] == 20.f);
  CHECK(throws<AutogradError>([&] { tensor(1.).backward(); }, "requires_grad"));
}

TEST_CASE("a second backward through a freed graph is an error that names the operation, retain_graph allows it") {
  Tensor x = tensor(3.).requires_grad_();
  const Tensor y = x * x;
  y.backward({}, true);
  y.backward();
  CHECK(x.grad().item<double>() == 12.);
  CHECK(throws<AutogradError>([&] { y.backward(); }, "the graph of 'mul' was freed"));
  const Tensor z = x + 1;  // saved nothing; freed all the same
  z.backward();
  CHECK(throws<AutogradError>([&] { z.backward(); }, "'add' was freed"));
}

TEST_CASE("a value changed in place that the tape still needs is an error") {
  Tensor x = tensor({1., 2.}).requires_grad_();
  const Tensor c = tensor({3., 4.});
  Tensor changed = c;
  const Tensor y = sum(x * changed);
  changed.mutable_data<float>()[0] = 9.f;
  CHECK(throws<AutogradError>([&] { y.backward(); }, "changed in place"));

  const Tensor view = c.reshape({1, 2});  // the version belongs to the buffer: views count too
  const Tensor z = sum(x * c);
  Tensor(view).copy_(tensor({{0., 0.}}));
  CHECK(throws<AutogradError>([&] { z.backward(); }, "input 1 of 'mul'"));

  Tensor w = tensor({1., 2.}).requires_grad_();
  const Tensor unaffected = sum(w + c);  // needs no value
  w.copy_(tensor({5., 5.}));
  CHECK_NOTHROW(unaffected.backward());

  const Tensor e = exp(w);
  const Array seen = e.array();
  Array same = seen;
  same.mutable_data<float>()[0] = 0.f;
  CHECK(throws<AutogradError>([&] { sum(e).backward(); }, "the output of 'exp'"));
  CHECK(throws<AutogradError>([&] { Tensor(w * 2).copy_(w); }, "computed tensor"));

  const Tensor q = sum(square(w));
  w.set_data(Array::of({7., 7.}));
  CHECK(throws<AutogradError>([&] { q.backward(); }, "changed in place"));
}

TEST_CASE("grad differentiates by leaves and by computed tensors, and touches no grad()") {
  Tensor x = tensor({1., 2.}, float64).requires_grad_();
  Tensor unused = tensor(1., float64).requires_grad_();
  const Tensor h = x * x;
  const Tensor y = sum(h * h);
  const auto g = grad({y}, {h, x}, {}, {.retain_graph = true});
  CHECK(g[0].values<double>()[1] == 8.);
  CHECK(g[1].values<double>()[1] == 32.);
  CHECK_FALSE(x.grad().defined());
  CHECK(throws<AutogradError>([&] { grad(y, unused, {.retain_graph = true}); }, "do not depend on input 0"));
  CHECK_FALSE(grad({y}, {unused}, {}, {.retain_graph = true, .allow_unused = true})[0].defined());
  CHECK(throws<AutogradError>([&] { grad(y, tensor(1.), {.retain_graph = true}); }, "input 0 does not require"));
  CHECK(grad(y, y, {.retain_graph = true}).item<double>() == 1.);
  CHECK(throws<ValueError>([&] { grad({y}, {x}, {tensor(1., float64), tensor(1., float64)}); }, "2 grad_outputs"));
}

TEST_CASE("grad with create_graph goes to any order: the derivatives of x^5") {
  Tensor x = tensor(2., float64).requires_grad_();
  Tensor y = x * x * x * x * x;
  const double expected[] = {80., 160., 240., 240., 120.};
  for (const double d : expected) {
    y = grad(y, x, {.create_graph = true});
    CHECK(y.item<double>() == doctest::Approx(d).epsilon(1e-14));
  }
}

TEST_CASE("NoGradGuard records nothing, detach leaves the history behind, and integers carry none") {
  Tensor x = tensor({1., 2.}).requires_grad_();
  {
    const NoGradGuard guard;
    CHECK_FALSE((x * 2).requires_grad());
  }
  CHECK((x * 2).requires_grad());
  const Tensor d = (x * 2).detach();
  CHECK_FALSE(d.requires_grad());
  CHECK_FALSE(Tensor((x * 2).array()).requires_grad());
  CHECK_FALSE(argmax(x).requires_grad());
  CHECK(throws<DTypeError>([&] { tensor({1, 2}).requires_grad_(); }, "int64"));
  CHECK(throws<AutogradError>([&] { Tensor(x * 2).requires_grad_(false); }, "leaf"));
  Tensor shared = x;
  shared.requires_grad_(false);
  CHECK_MESSAGE(!x.requires_grad(), "handles share the tensor");
}

TEST_CASE("an Array taken from a tensor never carries its node, and a tensor made from it has none") {
  Tensor x = tensor({1., 2.}).requires_grad_();
  Tensor y = x * 2;
  const Array a = y.array();
  y = Tensor();
  CHECK_FALSE(Tensor(a).requires_grad());
  const Array plain = Array::of({1., 2.});
  Tensor leaf(plain);
  leaf.requires_grad_();
  CHECK_FALSE(Tensor(plain).requires_grad());
}

TEST_CASE("hooks see the whole gradient once, may replace it, and may not change its shape") {
  Tensor x = tensor({1., 2.}).requires_grad_();
  int calls = 0;
  x.register_hook([&](const Tensor& g) {
    ++calls;
    CHECK(g.values<float>()[0] == 3.f);
    return g * 10;
  });
  Tensor h = x * 1;
  sum(h + x * 2).backward();
  CHECK(calls == 1);
  CHECK(x.grad().values<float>()[0] == 30.f);
  Tensor w = tensor({1., 2.}).requires_grad_();
  Tensor z = w * 3;
  z.register_hook([](const Tensor& g) { return sum(g); });
  CHECK(throws<AutogradError>([&] { sum(z).backward(); }, "expected that of the tensor"));
}

TEST_CASE("retain_grad keeps the gradient of a computed tensor") {
  Tensor x = tensor({1., 2.}).requires_grad_();
  Tensor h = x * x;
  h.retain_grad();
  sum(h * 3).backward();
  CHECK(h.grad().values<float>()[1] == 3.f);
}

TEST_CASE("an exception inside a vjp reaches the caller and leaves the tape usable") {
  Tensor x = tensor(1.).requires_grad_();
  const Tensor bad = record(
      "bad", x.array().clone(), [](Ctx&) { throw ValueError("planted"); }, Edge{x});
  const Tensor y = bad * 2 + x * 3;
  CHECK(throws<ValueError>([&] { y.backward(); }, "planted"));
  CHECK(GradMode::enabled());
  Tensor z = tensor(1.).requires_grad_();
  (z * 4).backward();
  CHECK(z.grad().item<double>() == 4.);
}

TEST_CASE("a vjp that gives the wrong dtype is an error") {
  Tensor x = tensor(1.).requires_grad_();
  const Tensor y = record(
      "odd", x.array().clone(), [](Ctx& c) { c.give(0, c.grad().to(float64)); }, Edge{x});
  CHECK(throws<AutogradError>([&] { y.backward(); }, "got float64; expected float32"));
}

TEST_CASE("backward inside a vjp works, as recomputing operations need it") {
  Tensor x = tensor(3.).requires_grad_();
  const Tensor y = record(
      "recompute", (x * x).array(),
      [](Ctx& c) {
        const GradMode on(true);
        Tensor inner = c.in(0).detach().requires_grad_();
        (inner * inner).backward(c.grad());
        c.give(0, inner.grad());
      },
      Save{x});
  (y * 2).backward();
  CHECK(x.grad().item<double>() == 12.);
}

TEST_CASE("a chain of 1,000,000 operations is recorded, differentiated and freed without recursion") {
  Tensor x = tensor(1.).requires_grad_();
  const Tensor c = tensor(1e-6);
  {
    Tensor y = x;
    for (int i = 0; i < 1'000'000; ++i) y = y + c;
    y.backward();
  }
  CHECK(x.grad().item<double>() == 1.);
  {
    Tensor never = x;  // dropped without backward
    for (int i = 0; i < 1'000'000; ++i) never = never * c;
  }
}

TEST_CASE("a parameter may die before the graph, and a graph may be freed on another thread") {
  Tensor y;
  {
    Tensor x = tensor(2.).requires_grad_();
    y = x * x;
  }
  CHECK_NOTHROW(y.backward({}, true));
  std::thread([moved = std::move(y)]() mutable { moved = Tensor(); }).join();
}

TEST_CASE("graphs made on different threads can be joined: order follows the inputs' numbers") {
  Tensor x = tensor(2.).requires_grad_();
  Tensor h = x;
  for (int i = 0; i < 100; ++i) h = h * 1.01;
  Tensor y;
  std::thread([&] { y = h * h + h; }).join();  // that thread's counter starts at 0
  y.backward();
  const double factor = std::pow(1.01, 100.);
  CHECK(x.grad().item<double>() == doctest::Approx(2 * 2 * factor * factor + factor).epsilon(1e-5));
}

TEST_CASE("the gradient handed to several inputs is not shared between leaves") {
  Tensor a = tensor({1., 1.}).requires_grad_(), b = tensor({1., 1.}).requires_grad_();
  Tensor seed = ones({2});
  (a + b).backward(seed);
  Tensor ga = a.grad();
  ga.mutable_data<float>()[0] = 99.f;
  CHECK(b.grad().values<float>()[0] == 1.f);
  CHECK(seed.values<float>()[0] == 1.f);
  (a + b).backward(seed);
  CHECK(b.grad().values<float>()[0] == 2.f);
  CHECK(seed.values<float>()[0] == 1.f);
}

TEST_CASE("requires_grad set after an operation does not reach into what was recorded before") {
  Tensor w = tensor(2.).requires_grad_();
  Tensor x = tensor(3.);
  const Tensor y = w * x;
  x.requires_grad_();
  y.backward();
  CHECK_FALSE(x.grad().defined());
  CHECK(w.grad().item<double>() == 3.);
}

TEST_CASE("set_grad checks shape, dtype and requires_grad") {
  Tensor x = zeros({2}).requires_grad_();
  CHECK(throws<ShapeError>([&] { x.set_grad(zeros({3})); }, "got [3]; expected [2]"));
  CHECK(throws<DTypeError>([&] { x.set_grad(zeros({2}, float64)); }, "float64"));
  CHECK(throws<AutogradError>([&] { zeros({2}).set_grad(zeros({2})); }, "requires_grad_()"));
}

TEST_CASE("set_data changes every handle in place and keeps the tensor a leaf with gradients") {
  Tensor x = tensor({1., 2.}).requires_grad_();
  const Tensor held = x;
  x.set_data(Array::of({{1., 2., 3.}}, float64));
  CHECK(held.shape() == Shape{1, 3});
  CHECK(held.dtype() == float64);
  sum(held * 2).backward();
  CHECK(x.grad().values<double>()[2] == 2.);
  x.set_data(x.array());
  CHECK(held.values<double>()[2] == 3.);
}

TEST_CASE("undefined tensors say so") {
  const Tensor none;
  CHECK_FALSE(none.defined());
  CHECK(throws<ValueError>([&] { (void)none.shape(); }, "undefined"));
  CHECK(throws<ValueError>([&] { (void)(none + none); }, "undefined"));
  CHECK(throws<ValueError>([&] { none.grad(); }, "undefined"));
}

TEST_SUITE_END();
