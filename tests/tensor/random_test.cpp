#include "tensor/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "tensor/kernels/philox.hpp"
#include "tensor/kernels/random.hpp"
#include "tests/tensor/arrays.hpp"

TEST_SUITE_BEGIN("tensor");

using namespace xgrad;
using namespace xgrad::test;

namespace {
using Words = std::array<std::uint32_t, 4>;

/// Philox4x32-10 as the paper has it (Salmon et al., 2011, section 3.3).
Words philox_by_hand(std::uint64_t seed, std::uint64_t position) {
  Words c{static_cast<std::uint32_t>(position), static_cast<std::uint32_t>(position >> 32), 0, 0};
  auto k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
    const std::uint64_t p = std::uint64_t{0xD2511F53u} * c[0], q = std::uint64_t{0xCD9E8D57u} * c[2];
    c = {static_cast<std::uint32_t>(q >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(q),
         static_cast<std::uint32_t>(p >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(p)};
  }
  return c;
}

/// The largest distance between the values' distribution and F (Kolmogorov and Smirnov), times the root of n; above
/// 1.95 with probability 1e-3.
template <class F>
double ks_distance(Values values, const F& cumulative) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double f = cumulative(values[i]), k = static_cast<double>(i);
    distance = std::max({distance, f - k / n, (k + 1) / n - f});
  }
  return distance * std::sqrt(n);
}
double normal_cumulative(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.)); }

/// The mean of the values to the k-th power.
double moment(const Values& values, int k) {
  double sum = 0;
  for (const double v : values) sum += std::pow(v, k);
  return sum / static_cast<double>(values.size());
}
double correlation(const Values& a, const Values& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum / static_cast<double>(a.size());
}

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
}  // namespace

TEST_CASE("the generator is Philox4x32-10: Random123's known answer for counter 0 and key 0") {
  CHECK(kernels::philox(0, 0) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(Generator(0).bits() == 0x6627e8d5e169c58du);
  std::mt19937_64 any(1);
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t seed = any(), position = any();
    CHECK(kernels::philox(seed, position) == philox_by_hand(seed, position));
  }
}

TEST_CASE("arrays are made of the words of the blocks they reserve, in order") {
  Generator g(42, 7);
  const Array a = kernels::uniform({2, 3}, float32, 0, 1, g);
  CHECK(g.counter() == 9);  // six words: two blocks
  const Array b = kernels::uniform({3}, float64, 0, 1, g);
  CHECK(g.counter() == 11);
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(a.data<float>()[i] == static_cast<float>(philox_by_hand(42, 7 + i / 4)[i % 4] >> 8) / 16777216.f);
  for (std::size_t i = 0; i < 3; ++i) {
    const Words w = philox_by_hand(42, 9 + i / 2);
    const std::uint64_t bits = std::uint64_t{w[2 * (i % 2)]} << 32 | w[2 * (i % 2) + 1];
    CHECK(b.data<double>()[i] == static_cast<double>(bits >> 11) / 9007199254740992.);
  }
}

TEST_CASE("seed and counter are the whole state: a copy goes on with the same numbers") {
  Generator g(5);
  kernels::normal({1001}, float32, 0, 1, g);
  g.uniform();
  Generator again(g.seed(), g.counter()), copy = g;
  const Array a = kernels::normal({500}, float64, 0, 1, g);
  CHECK(same_bytes(a, kernels::normal({500}, float64, 0, 1, again)));
  CHECK(same_bytes(a, kernels::normal({500}, float64, 0, 1, copy)));
  CHECK_FALSE(same_bytes(a, kernels::normal({500}, float64, 0, 1, g)));
  g.manual_seed(5);
  CHECK(g.counter() == 0);
  CHECK(g.seed() == 5);
  copy = g;
  CHECK(copy.bits() == Generator(5).bits());
  CHECK(Generator(5).bits() != Generator(6).bits());
}

TEST_CASE("uniform numbers have the moments and the distribution of [low, high)") {
  Generator g(1);
  for (const DType t : {float32, float64}) {
    const Values u = values_of(kernels::uniform({200'000}, t, 0, 1, g));
    CHECK(*std::min_element(u.begin(), u.end()) >= 0);
    CHECK(*std::max_element(u.begin(), u.end()) < 1);
    CHECK(moment(u, 1) == doctest::Approx(0.5).epsilon(0.005));
    CHECK(moment(u, 2) == doctest::Approx(1. / 3).epsilon(0.01));
    CHECK(ks_distance(u, [](double x) { return x; }) < 1.95);
    const Values v = values_of(kernels::uniform({50'000}, t, -3, 5, g));
    CHECK(ks_distance(v, [](double x) { return (x + 3) / 8; }) < 1.95);
  }
}

TEST_CASE("uniform never reaches its upper bound by rounding") {
  const Words w = philox_by_hand(0, 2330056);
  CHECK(std::count_if(w.begin(), w.end(), [](std::uint32_t v) { return v >> 8 == 0xFFFFFF; }) == 1);
  Generator g(0, 2330056);
  const Array a = kernels::uniform({4}, float32, 1, 2, g);
  CHECK(std::all_of(a.data<float>(), a.data<float>() + 4, [](float v) { return v < 2.f; }));
}

TEST_CASE("normal numbers have the moments and the distribution of a standard normal") {
  Generator g(2);
  for (const DType t : {float32, float64}) {
    const Values z = values_of(kernels::normal({200'000}, t, 0, 1, g));
    CHECK(std::abs(moment(z, 1)) < 0.01);
    CHECK(moment(z, 2) == doctest::Approx(1).epsilon(0.01));
    CHECK(std::abs(moment(z, 3)) < 0.03);
    CHECK(moment(z, 4) == doctest::Approx(3).epsilon(0.03));
    CHECK(ks_distance(z, normal_cumulative) < 1.95);
    const Values even(z.begin(), z.end() - 1), next(z.begin() + 1, z.end());  // the two of a pair, and of two pairs
    CHECK(std::abs(correlation(even, next)) < 0.01);
    const Values s = values_of(kernels::normal({50'000}, t, 10, 0.5, g));
    CHECK(ks_distance(s, [](double x) { return normal_cumulative((x - 10) / 0.5); }) < 1.95);
  }
}

TEST_CASE("an odd number of elements is the beginning of a larger one") {
  for (const DType t : {float32, float64}) {
    Generator a(3), b(3);
    const Values few = values_of(kernels::normal({7}, t, 0, 1, a)), many = values_of(kernels::normal({8}, t, 0, 1, b));
    CHECK(std::equal(few.begin(), few.end(), many.begin()));
    CHECK(a.counter() == b.counter());
    CHECK(kernels::normal({0, 3}, t, 0, 1, a).shape() == Shape{0, 3});
    CHECK(a.counter() == b.counter());
  }
}

TEST_CASE("integers are uniform in [low, high)") {
  Generator g(4);
  const Array a = kernels::integers({60'000}, int64, -2, 4, g);
  std::map<std::int64_t, double> counts;
  for (const auto v : a.values<std::int64_t>()) ++counts[v];
  CHECK(counts.begin()->first == -2);
  CHECK(counts.rbegin()->first == 3);
  double chi = 0;
  for (const auto& [v, n] : counts) chi += (n - 10'000) * (n - 10'000) / 10'000;
  CHECK(chi < 20.5);  // 5 degrees of freedom: above with probability 1e-3
  CHECK(difference(kernels::integers({5}, int64, 7, 8, g), {5}, Values(5, 7)) == "");
  const Array bytes = kernels::integers({10'000}, uint8, 0, 256, g);
  CHECK(bytes.dtype() == uint8);
  CHECK(std::set<std::uint8_t>(bytes.data<std::uint8_t>(), bytes.data<std::uint8_t>() + 10'000).size() == 256);
  CHECK(kernels::integers({3}, float32, 0, 3, g).dtype() == float32);
}

TEST_CASE("integers of the full range reach both halves and both ends") {
  Generator g(5);
  const Array a = kernels::integers({20'000}, int64, kLowest, kLargest, g);
  Values unit;
  for (const auto v : a.values<std::int64_t>()) unit.push_back(std::ldexp(static_cast<double>(v), -64) + 0.5);
  CHECK(ks_distance(unit, [](double x) { return x; }) < 1.95);
  CHECK(kernels::integers({1}, int64, kLargest - 1, kLargest, g).item<std::int64_t>() == kLargest - 1);
  CHECK(kernels::integers({1}, int64, kLowest, kLowest + 1, g).item<std::int64_t>() == kLowest);
  CHECK(kernels::below(~std::uint64_t{0}, 10) == 9);
  CHECK(kernels::below(0, 10) == 0);
  CHECK(kernels::below(~std::uint64_t{0}, ~std::uint64_t{0}) == ~std::uint64_t{1});
}

TEST_CASE("bernoulli gives ones with its probability, in any dtype") {
  Generator g(6);
  for (const DType t : kTypes) {
    const Values v = values_of(kernels::bernoulli({50'000}, t, 0.3, g));
    CHECK(moment(v, 1) == doctest::Approx(0.3).epsilon(0.03));
    CHECK(moment(v, 2) == moment(v, 1));
    CHECK(moment(values_of(kernels::bernoulli({1001}, t, 0, g)), 1) == 0);
    CHECK(moment(values_of(kernels::bernoulli({1001}, t, 1, g)), 1) == 1);
  }
}

TEST_CASE("a permutation holds each number once") {
  Generator g(7);
  for (const std::int64_t n : {0, 1, 2, 3, 10, 1000}) {
    const Array p = kernels::permutation(n, g);
    std::vector<std::int64_t> seen(p.data<std::int64_t>(), p.data<std::int64_t>() + n);
    std::sort(seen.begin(), seen.end());
    for (std::int64_t i = 0; i < n; ++i) CHECK(seen[static_cast<std::size_t>(i)] == i);
  }
}

TEST_CASE("all permutations are equally likely") {
  std::map<std::vector<std::int64_t>, double> counts;
  for (std::uint64_t seed = 0; seed < 6000; ++seed) {
    Generator g(seed);
    const Array p = kernels::permutation(3, g);
    ++counts[{p.data<std::int64_t>(), p.data<std::int64_t>() + 3}];
  }
  CHECK(counts.size() == 6);
  double chi = 0;
  for (const auto& [order, n] : counts) chi += (n - 1000) * (n - 1000) / 1000;
  CHECK(chi < 20.5);
  Generator g(8);
  double first = 0;  // where 0 goes in longer ones
  for (int i = 0; i < 2000; ++i) first += static_cast<double>(kernels::permutation(101, g).data<std::int64_t>()[0]);
  CHECK(first / 2000 == doctest::Approx(50).epsilon(0.05));
}

TEST_CASE("single draws: uniform in [0, 1), standard normal, below n, one block each") {
  Generator g(9);
  Values u, z;
  std::int64_t least = 100, most = -1;
  for (int i = 0; i < 20'000; ++i) {
    u.push_back(g.uniform());
    z.push_back(g.normal());
    const std::int64_t k = g.below(10);
    least = std::min(least, k);
    most = std::max(most, k);
  }
  CHECK(g.counter() == 60'000);
  CHECK(ks_distance(u, [](double x) { return x; }) < 1.95);
  CHECK(ks_distance(z, normal_cumulative) < 1.95);
  CHECK(least == 0);
  CHECK(most == 9);
  CHECK(g.below(1) == 0);
}

TEST_CASE("fork draws nothing and gives streams of their own, by index, seed and position") {
  Generator g(10);
  Generator a = g.fork(0), b = g.fork(1), again = g.fork(0);
  CHECK(g.counter() == 0);
  CHECK(a.bits() == again.bits());
  std::set<std::uint64_t> seeds{g.seed(), a.seed(), b.seed(), Generator(11).fork(0).seed()};
  g.bits();
  seeds.insert(g.fork(0).seed());
  for (std::uint64_t i = 2; i < 1000; ++i) seeds.insert(g.fork(i).seed());
  CHECK(seeds.size() == 5 + 998);
  const Values x = values_of(kernels::normal({20'000}, float64, 0, 1, a));
  CHECK(std::abs(correlation(x, values_of(kernels::normal({20'000}, float64, 0, 1, b)))) < 0.03);
  CHECK(std::abs(correlation(x, values_of(kernels::normal({20'000}, float64, 0, 1, g)))) < 0.03);
}

TEST_CASE("a GeneratorGuard changes the default generator of its thread until it ends") {
  Generator& process = default_generator();
  Generator a(1), b(2);
  {
    const GeneratorGuard outer(a);
    CHECK(&default_generator() == &a);
    {
      const GeneratorGuard inner(b);
      CHECK(&default_generator() == &b);
      manual_seed(77);
      CHECK(b.seed() == 77);
    }
    CHECK(&default_generator() == &a);
    Generator* elsewhere = nullptr;
    std::thread([&] { elsewhere = &default_generator(); }).join();
    CHECK(elsewhere == &process);
  }
  CHECK(&default_generator() == &process);
  CHECK(a.seed() == 1);
}

TEST_CASE("drawing from one generator on several threads hands out every block once") {
  Generator g(11);
  std::vector<std::uint64_t> drawn[4];
  std::vector<std::thread> threads;
  for (auto& list : drawn)
    threads.emplace_back([&g, &list] {
      for (int i = 0; i < 2000; ++i) list.push_back(g.bits());
    });
  for (std::thread& thread : threads) thread.join();
  std::set<std::uint64_t> all, want;
  for (const auto& list : drawn) all.insert(list.begin(), list.end());
  Generator serial(11);
  for (int i = 0; i < 8000; ++i) want.insert(serial.bits());
  CHECK(all == want);
  CHECK(g.counter() == 8000);
}
