#include "train/repeat.hpp"

#include <cmath>

#include "tests/throws.hpp"
#include "tests/train/runs.hpp"

using namespace xgrad;

TEST_SUITE_BEGIN("train");

TEST_CASE("Student's t: published quantiles, and closed forms for 1 and 2 degrees of freedom") {
  CHECK(train::student_t_quantile(0.975, 4) == doctest::Approx(2.7764451051977987).epsilon(1e-12));
  CHECK(train::student_t_quantile(0.975, 9) == doctest::Approx(2.262157162798205).epsilon(1e-12));
  CHECK(train::student_t_quantile(0.95, 30) == doctest::Approx(1.6972608865939574).epsilon(1e-12));
  CHECK(train::student_t_quantile(0.025, 4) ==
        doctest::Approx(-train::student_t_quantile(0.975, 4)).epsilon(1e-13));  // 1 - 0.975 is not quite 0.025
  for (const double t : {-3., -0.1, 0., 0.5, 20.}) {
    CHECK(train::student_t_cdf(t, 1) == doctest::Approx(0.5 + std::atan(t) / std::acos(-1.)).epsilon(1e-13));
    CHECK(train::student_t_cdf(t, 2) == doctest::Approx(0.5 + t / (2 * std::sqrt(2 + t * t))).epsilon(1e-13));
  }
  CHECK(train::student_t_cdf(1e200, 3) == 1);
  CHECK(throws<ValueError>([] { train::student_t_quantile(1, 3); }, "p: got 1"));
  CHECK(throws<ValueError>([] { train::student_t_cdf(1, 0); }, "df: got 0"));
}

TEST_CASE("summarize: mean, deviation with n - 1, and interval of a sample computed by hand") {
  const auto s = train::summarize({1, 2, 3, 4, 5});
  CHECK(s.mean == 3);
  CHECK(s.std == doctest::Approx(std::sqrt(2.5)));
  CHECK(s.high - s.mean == doctest::Approx(2.7764451051977987 * std::sqrt(2.5 / 5)));
  CHECK(s.mean - s.low == doctest::Approx(s.high - s.mean));
  CHECK(std::isnan(train::summarize({1}).std));
  CHECK(std::isnan(train::summarize({1}).low));
  CHECK(throws<ValueError>([] { train::summarize({}); }, "n: got 0"));
  CHECK(throws<ValueError>([] { train::summarize({1}, 1); }, "confidence: got 1"));
}

TEST_CASE("repeat: each run has its seed, and the caller's generator is left alone") {
  manual_seed(11);
  const auto counter = default_generator().counter();
  std::vector<std::uint64_t> seeds;
  const auto draw = [&](std::uint64_t seed) {
    seeds.push_back(seed);
    return default_generator().uniform();
  };
  const auto a = train::repeat(3, draw, {.seed = 5}), b = train::repeat(2, draw, {.seed = 6});
  CHECK(seeds == std::vector<std::uint64_t>{5, 6, 7, 6, 7});
  CHECK(a.values[1] == b.values[0]);
  CHECK(a.values[0] != a.values[1]);
  CHECK(default_generator().counter() == counter);
}

TEST_CASE("repeat: of an experiment that measures several things, a sample for each under its name") {
  const auto measure = [](std::uint64_t seed) {
    const auto s = static_cast<double>(seed);
    return train::Logs{{"loss", s}, {"accuracy", s * s}};
  };
  const train::Samples samples = train::repeat(3, measure, {.seed = 1});
  CHECK(samples["loss"].mean == 2);
  CHECK(samples["loss"].std == 1);
  CHECK(samples["accuracy"].values == std::vector<double>{1, 4, 9});
  CHECK(samples.begin()->first == "loss");
  CHECK(throws<ValueError>([&] { samples["f1"]; }, "there is no \"f1\"; there are: loss, accuracy"));
  const auto changing = [](std::uint64_t seed) { return seed == 0 ? train::Logs{{"a", 1.}} : train::Logs{{"b", 1.}}; };
  CHECK(throws<ValueError>([&] { train::repeat(2, changing); }, "run 1 measured other things than run 0"));
  CHECK(throws<ValueError>([&] { train::repeat(0, measure); }, "n: got 0; expected 1 or more"));
}

TEST_CASE("repeat: several runs at a time give what one after the other gives, each in its place") {
  const auto train_one = [](std::uint64_t seed) {
    const Tensor x = randn({64, 4}), y = x.sum(1, true);
    nn::Dense net(4, 1);
    optim::SGD sgd(net.parameters(), {.lr = 0.05});
    const auto history = train::fit(net, sgd, nn::MSE{}, x, y, {.epochs = 3, .seed = seed});
    return train::Logs{{"loss", history["loss"].back()}, {"seed", static_cast<double>(seed)}};
  };
  const train::Samples one = train::repeat(6, train_one, {.seed = 3});
  for (const int jobs : {2, 4, -1}) {
    const train::Samples several = train::repeat(6, train_one, {.seed = 3, .n_jobs = jobs});
    CHECK(several["loss"].values == one["loss"].values);
    CHECK(several["seed"].values == std::vector<double>{3, 4, 5, 6, 7, 8});
  }
  CHECK(throws<ValueError>([&] { train::repeat(2, train_one, {.n_jobs = 0}); }, "train::repeat: n_jobs: got 0"));
  const auto failing = [](std::uint64_t seed) -> double {
    if (seed == 1) throw IoError("run 1");
    return 0;
  };
  CHECK(throws<IoError>([&] { train::repeat(4, failing, {.n_jobs = 2}); }, "run 1"));
}

TEST_CASE("compare: the paired t-test of differences computed by hand") {
  const std::vector<double> noise{10, -4, 7, 1, 3}, gain{1, 2, 3, 4, 5};
  const auto c = train::compare(
      5, [&](std::uint64_t i) { return noise[i] + gain[i]; }, [&](std::uint64_t i) { return noise[i]; });
  CHECK(c.difference.mean == doctest::Approx(3));
  CHECK(c.t == doctest::Approx(3 / std::sqrt(2.5 / 5)));
  CHECK(c.p == doctest::Approx(0.0132358).epsilon(1e-4));
  const auto same = train::compare(
      2, [](std::uint64_t) { return 1.; }, [](std::uint64_t) { return 1.; });
  CHECK(same.p == 1);
  CHECK(throws<ValueError>([] { train::compare(1, {}, {}); }, "n: got 1; expected 2 or more"));
}
