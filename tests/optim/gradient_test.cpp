/// What happens to gradients between backward and step, and to weights after it.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "autograd/autograd.hpp"
#include "optim/optim.hpp"
#include "tensor/parallel.hpp"
#include "tests/throws.hpp"

using namespace xgrad;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity(), kNan = std::numeric_limits<double>::quiet_NaN();

Tensor with_gradient(const std::vector<double>& g, DType dtype = float64) {
  Tensor p = Tensor(Array::zeros({static_cast<std::int64_t>(g.size())}, dtype)).requires_grad_();
  p.set_grad(Tensor(Array::copy_of(g).to(dtype)));
  return p;
}

double element(const Tensor& p, std::size_t i) { return p.grad().array().to(float64).values<double>()[i]; }

}  // namespace

TEST_SUITE_BEGIN("optim");

TEST_CASE("clip_grad_norm reports the norm of all gradients and scales them to max_norm / (norm + 1e-6)") {
  for (const DType dtype : {float32, float64}) {
    Tensor a = with_gradient({3., 0.}, dtype), b = with_gradient({-4.}, dtype), none = ones({2}).requires_grad_();
    CHECK(optim::grad_norm({a, none, b}) == 5.);
    CHECK(optim::clip_grad_norm({a, none, b}, 10.) == 5.);
    CHECK(element(a, 0) == 3.);
    CHECK(optim::clip_grad_norm({a, none, b}, 1.) == 5.);
    CHECK(element(a, 0) == doctest::Approx(3. / (5. + 1e-6)).epsilon(1e-7));
    CHECK(element(b, 0) == doctest::Approx(-4. / (5. + 1e-6)).epsilon(1e-7));
    CHECK_FALSE(none.grad().defined());
  }
  Tensor a = with_gradient({3., -4.}), b = with_gradient({0.5});
  CHECK(optim::grad_norm({a, b}, 1.) == 7.5);
  CHECK(optim::grad_norm({a, b}, kInf) == 4.);
  CHECK(optim::grad_norm({a, b}, 3.) == doctest::Approx(std::cbrt(27 + 64 + 0.125)).epsilon(1e-14));
  CHECK(optim::grad_norm({a, b}, 0.5) ==
        doctest::Approx(std::pow(std::sqrt(3.) + 2. + std::sqrt(0.5), 2)).epsilon(1e-14));
  CHECK(optim::grad_norm({}) == 0.);
  CHECK(optim::grad_norm({with_gradient({})}) == 0.);
  CHECK(optim::grad_norm({with_gradient({0., 0.})}, 3.) == 0.);
  CHECK(optim::clip_grad_norm({a, b}, 0.) > 0.);
  CHECK(element(a, 1) == 0.);
}

TEST_CASE("norms of huge and tiny gradients neither overflow nor vanish") {
  for (const double unit : {1e300, 1e-300, 1e200, 5e-324}) {
    CAPTURE(unit);
    CHECK(optim::grad_norm({with_gradient({3 * unit}), with_gradient({4 * unit})}) ==
          doctest::Approx(5 * unit).epsilon(1e-14));
    CHECK(optim::grad_norm({with_gradient({unit, unit})}, 4.) ==
          doctest::Approx(std::pow(2., 0.25) * unit).epsilon(1e-14));
  }
  CHECK(optim::grad_norm({with_gradient({3e38, 3e38}, float32)}) == doctest::Approx(3e38 * std::sqrt(2.)));
  Tensor p = with_gradient({3e200, 4e200});
  CHECK(optim::clip_grad_norm({p}, 1.) == doctest::Approx(5e200));
  CHECK(element(p, 0) == doctest::Approx(0.6));
}

TEST_CASE("norms that are not finite, and wrong arguments") {
  Tensor inf = with_gradient({1., kInf}), nan = with_gradient({1., kNan}), fine = with_gradient({1., 2.});
  CHECK(optim::grad_norm({inf}) == kInf);
  CHECK(std::isnan(optim::grad_norm({nan})));
  CHECK(std::isnan(optim::grad_norm({nan, fine}, kInf)));
  CHECK(std::isnan(optim::grad_norm({fine, nan}, kInf)));
  CHECK(throws<ValueError>([&] { optim::clip_grad_norm({fine, inf}, 1., 2., true); }, "norm of the gradients is inf"));
  CHECK(throws<ValueError>([&] { optim::clip_grad_norm({fine, nan}, 1., 2., true); }, "norm of the gradients is nan"));
  CHECK(element(fine, 1) == 2.);
  CHECK(optim::clip_grad_norm({fine, inf}, kInf) == kInf);  // measures only
  CHECK(element(fine, 1) == 2.);
  optim::clip_grad_norm({fine, inf}, 1.);
  CHECK(element(fine, 1) == 0.);
  CHECK(std::isnan(element(inf, 1)));
  CHECK(throws<ValueError>([&] { optim::clip_grad_norm({fine}, -1.); }, "clip_grad_norm: max_norm: got -1"));
  CHECK(throws<ValueError>([&] { optim::clip_grad_norm({fine}, kNan); }, "max_norm: got nan"));
  CHECK(throws<ValueError>([&] { optim::clip_grad_norm({fine}, 1., 0.); }, "norm_type: got 0"));
  CHECK(throws<ValueError>([&] { optim::clip_grad_norm({fine}, 1., kNan); }, "norm_type: got nan"));
  CHECK(throws<ValueError>([&] { optim::clip_grad_value({fine}, -1.); }, "clip_value: got -1"));
}

TEST_CASE("clip_grad_value clamps, keeps NaN, and reports the largest magnitude") {
  Tensor p = with_gradient({-3., 0.2, 0.4, kInf}), q = with_gradient({-0.4});
  CHECK(optim::clip_grad_value({p, q}, 0.4) == kInf);
  const double expected[] = {-0.4, 0.2, 0.4, 0.4};
  for (std::size_t i = 0; i < 4; ++i) CHECK(element(p, i) == expected[i]);
  CHECK(element(q, 0) == -0.4);
  CHECK(optim::clip_grad_value({p, q}, 0.) == 0.4);
  CHECK(element(p, 0) == 0.);
  Tensor n = with_gradient({kNan, 2.});
  CHECK(std::isnan(optim::clip_grad_value({n}, 1.)));
  CHECK(std::isnan(element(n, 0)));
  CHECK(element(n, 1) == 1.);
}

TEST_CASE("a gradient that two parameters share, or that the tape knows, is scaled once for each") {
  Tensor a = with_gradient({2., 0.}), b = ones({2}, float64).requires_grad_();
  b.set_grad(a.grad());
  const Tensor kept = a.grad();
  CHECK(optim::clip_grad_norm({a, b}, 1.) == doctest::Approx(std::sqrt(8.)));
  CHECK(element(a, 0) == doctest::Approx(2. / std::sqrt(8.)).epsilon(1e-6));
  CHECK(element(b, 0) == doctest::Approx(2. / std::sqrt(8.)).epsilon(1e-6));
  CHECK(kept.values<double>()[0] == 2.);

  Tensor x = tensor({3.}, float64).requires_grad_(), y = tensor({5.}, float64).requires_grad_();
  (sum(x + y) * 7.).backward();
  optim::scale_grad({x, y}, 0.5);
  CHECK(element(x, 0) == 3.5);
  CHECK(element(y, 0) == 3.5);

  Tensor z = tensor({3.}, float64).requires_grad_();
  sum(z * z * z).backward({}, true, true);
  optim::clip_grad_value({z}, 1.);
  CHECK(element(z, 0) == 1.);
  z.set_grad({});
}

TEST_CASE("Keras clips by its own norms, without the 1e-6") {
  Tensor a = with_gradient({3., 4.}), b = with_gradient({0.5});
  CHECK(optim::keras::clipnorm({a, b}, 1.) == 5.);
  CHECK(element(a, 0) == doctest::Approx(0.6).epsilon(1e-14));
  CHECK(element(b, 0) == 0.5);
  Tensor c = with_gradient({3., 0.}), d = with_gradient({4.});
  CHECK(optim::keras::global_clipnorm({c, d}, 10.) == 5.);
  CHECK(optim::keras::global_clipnorm({c, d}, 1.) == 5.);
  CHECK(element(c, 0) == doctest::Approx(0.6).epsilon(1e-14));
  CHECK(element(d, 0) == doctest::Approx(0.8).epsilon(1e-15));
  CHECK(optim::keras::clipvalue({c, d}, 0.5) == doctest::Approx(0.8));
  CHECK(throws<ValueError>([&] { optim::keras::clipnorm({c}, kNan); }, "clipnorm: got nan"));
}

TEST_CASE("norms of large gradients have the same bits on 1, 2 and 5 threads") {
  std::vector<double> g(3'000'017);
  for (std::size_t i = 0; i < g.size(); ++i) g[i] = std::sin(static_cast<double>(i * i % 1000));
  const int before = num_threads();
  for (const double p : {2., 1., 3., kInf}) {
    Tensor parameter = with_gradient(g, float32);
    std::vector<double> norms;
    for (const int threads : {1, 2, 5}) {
      set_num_threads(threads);
      norms.push_back(optim::grad_norm({parameter}, p));
    }
    CHECK(norms[0] == norms[1]);
    CHECK(norms[0] == norms[2]);
  }
  set_num_threads(before);
  long double sum = 0;
  for (const double v : g) sum += static_cast<long double>(v) * v;
  CHECK(optim::grad_norm({with_gradient(g)}) == doctest::Approx(static_cast<double>(std::sqrt(sum))).epsilon(1e-13));
}

TEST_CASE("accumulating four batches is one step of the mean, and flush takes the rest") {
  const auto loss = [](const Tensor& p, double x) { return sum(square(p - x)); };
  for (const bool mean : {true, false}) {
    Tensor p = tensor({1., 2.}, float64).requires_grad_(), q = tensor({1., 2.}, float64).requires_grad_();
    optim::SGD sgd({p}, {.lr = 0.1, .momentum = 0.9}), once({q}, {.lr = 0.1, .momentum = 0.9});
    optim::Accumulation gather(sgd, 4, mean);
    for (int round = 0; round < 3; ++round) {
      const int batches = round < 2 ? 4 : 2;
      once.zero_grad();
      Tensor total = loss(q, 0.);
      for (int i = 1; i < batches; ++i) total = total + loss(q, i);
      (mean ? total / batches : total).backward();
      once.step();
      for (int i = 0; i < batches; ++i) {
        loss(p, i).backward();
        CHECK(gather.gathered() == i);
        CHECK(gather.step() == (i == 3));
      }
    }
    CHECK(gather.flush());
    CHECK_FALSE(gather.flush());
    CHECK_FALSE(p.grad().defined());
    for (std::size_t i = 0; i < 2; ++i)
      CHECK(p.values<double>()[i] == doctest::Approx(q.values<double>()[i]).epsilon(1e-13));
  }
  Tensor p = ones({1}).requires_grad_();
  optim::SGD sgd({p});
  CHECK(throws<ValueError>([&] { optim::Accumulation(sgd, 0); }, "every: got 0"));
}

TEST_CASE("the moving average follows a = d a + (1 - d) p from the first weights, or is their plain mean") {
  Tensor p = tensor({1., -2.}, float64).requires_grad_();
  optim::MovingAverage average({p}, {.decay = 0.9}), equal({p}, {.equal = true});
  double a = 1., sum = 0.;
  for (int t = 1; t <= 10; ++t) {
    p.mutable_data<double>()[0] = t;
    average.update();
    equal.update();
    a = 0.9 * a + 0.1 * t;
    sum += t;
  }
  CHECK(average.average(0).values<double>()[0] == doctest::Approx(a).epsilon(1e-14));
  CHECK(equal.average(0).values<double>()[0] == doctest::Approx(sum / 10).epsilon(1e-14));
  CHECK(average.average(0).values<double>()[1] == doctest::Approx(-2.).epsilon(1e-14));
  {
    const optim::Averaged here(average);
    CHECK(p.values<double>()[0] == doctest::Approx(a).epsilon(1e-14));
    CHECK(throws<ValueError>([&] { average.update(); }, "swap() first"));
    CHECK(throws<ValueError>([&] { (void)average.state_dict(); }, "in place of the parameters"));
  }
  CHECK(p.values<double>()[0] == 10.);

  Tensor q = tensor({1., -2.}, float64).requires_grad_();
  optim::MovingAverage other({q}, {.decay = 0.9});
  other.load_state_dict(average.state_dict());
  CHECK(other.updates() == 10);
  CHECK(same_bytes(other.average(0), average.average(0)));
  CHECK_FALSE(other.average(0).shares_buffer_with(average.average(0)));
  Tensor wide = ones({3}, float64).requires_grad_();
  optim::MovingAverage wrong({wide});
  CHECK(throws<ValueError>([&] { wrong.load_state_dict(average.state_dict()); }, "shape [2]; expected [3]"));
  CHECK(throws<ValueError>([&] { optim::MovingAverage({p}, {.decay = kNan}); }, "decay: got nan"));
  CHECK(throws<ValueError>([&] { optim::MovingAverage({p}, {.decay = 1.5}); }, "decay: got 1.5"));
  CHECK(throws<ValueError>([&] { optim::MovingAverage(std::vector<Tensor>{}); }, "no parameters"));
}

TEST_CASE("every so many updates the average overwrites the weights") {
  Tensor p = tensor({0.}, float64).requires_grad_();
  optim::MovingAverage average({p}, {.decay = 0.5, .overwrite_every = 2});
  p.mutable_data<double>()[0] = 1.;
  average.update();
  CHECK(p.item<double>() == 1.);
  average.update();
  CHECK(p.item<double>() == 0.75);
}

TEST_SUITE_END();
