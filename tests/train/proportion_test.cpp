#include "train/proportion.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tensor/error.hpp"

using namespace xgrad;

TEST_CASE("proportion gives the intervals that Newcombe (1998, table I, method 3) has") {
  const auto check = [](std::int64_t successes, std::int64_t n, double low, double high) {
    const train::Proportion p = train::proportion(successes, n);
    CHECK(p.value == static_cast<double>(successes) / static_cast<double>(n));
    CHECK(std::abs(p.low - low) < 5.1e-5);
    CHECK(std::abs(p.high - high) < 5.1e-5);
  };
  check(81, 263, .2553, .3662);
  check(15, 148, .0624, .1605);
  check(0, 20, 0, .1611);
  check(1, 29, .0061, .1718);
}

TEST_CASE("the ends of proportion's interval are where the score test just rejects") {
  const double z95 = 1.959963984540054, z99 = 2.5758293035489004, z50 = 0.6744897501960817;
  for (const auto& [confidence, z] : {std::pair(.95, z95), std::pair(.99, z99), std::pair(.5, z50)}) {
    const train::Proportion p = train::proportion(185, 200, confidence);
    for (const double end : {p.low, p.high})
      CHECK(std::abs(p.value - end) == doctest::Approx(z * std::sqrt(end * (1 - end) / 200)).epsilon(1e-10));
    CHECK(p.low < p.value);
    CHECK(p.value < p.high);
  }
}

TEST_CASE("proportion of all and of none are mirror images, with an end at 1 and 0") {
  const train::Proportion none = train::proportion(0, 10), all = train::proportion(10, 10);
  CHECK(none.low == 0);
  CHECK(all.high == 1);
  CHECK(none.high == doctest::Approx(1 - all.low).epsilon(1e-14));
  const double z2 = 1.959963984540054 * 1.959963984540054;
  CHECK(none.high == doctest::Approx(z2 / (10 + z2)).epsilon(1e-12));
}

TEST_CASE("proportion says what is wrong with its arguments") {
  CHECK_THROWS_WITH_AS(train::proportion(0, 0), "train::proportion: n: got 0; expected 1 or more", ValueError);
  CHECK_THROWS_WITH_AS(train::proportion(-1, 5), "train::proportion: successes: got -1; expected 0 to 5", ValueError);
  CHECK_THROWS_WITH_AS(train::proportion(6, 5), "train::proportion: successes: got 6; expected 0 to 5", ValueError);
  for (const double wrong : {0., 1., -1., std::nan("")}) CHECK_THROWS_AS(train::proportion(1, 5, wrong), ValueError);
}
