#include "tensor/parallel.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tensor/kernels/arithmetic.hpp"
#include "tensor/kernels/cross_entropy.hpp"
#include "tensor/kernels/functions.hpp"
#include "tensor/kernels/layout.hpp"
#include "tensor/kernels/matmul.hpp"
#include "tensor/kernels/random.hpp"
#include "tensor/kernels/reduce.hpp"
#include "tensor/kernels/softmax.hpp"
#include "tests/tensor/arrays.hpp"

TEST_SUITE_BEGIN("tensor");

using namespace xgrad;
using namespace xgrad::test;

namespace {

/// Puts the number of threads back.
struct Threads {
  explicit Threads(int n) : before(num_threads()) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  int before;
};

using Pieces = std::set<std::pair<std::int64_t, std::int64_t>>;
Pieces pieces_of(std::int64_t n, std::int64_t grain) {
  Pieces pieces;
  std::mutex mutex;
  parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::lock_guard lock(mutex);
    CHECK(pieces.emplace(begin, end).second);
  });
  return pieces;
}

thread_local bool inside = false;

/// The result of `make` with 1, 2 and 5 threads, which must have equal bits.
void check_same(const char* what, const std::function<Array()>& make) {
  CAPTURE(what);
  Array first;
  for (const int n : {1, 2, 5, 5}) {
    const Threads threads(n);
    const Array result = make();
    if (!first.defined()) first = result;
    CAPTURE(n);
    CHECK(same_bytes(result, first));
  }
}
}  // namespace

TEST_CASE("parallel_for covers the range exactly once, in pieces no longer than the grain") {
  for (const int threads : {1, 2, 5}) {
    const Threads guard(threads);
    for (const std::int64_t n : {1, 2, 7, 100, 1001}) {
      for (const std::int64_t grain : {1, 2, 3, 64, 1000, 5000}) {
        std::int64_t at = 0;
        for (const auto& [begin, end] : pieces_of(n, grain)) {
          CHECK(begin == at);
          CHECK(end - begin >= 1);
          CHECK(end - begin <= grain);
          at = end;
        }
        CHECK(at == n);
      }
    }
  }
  CHECK(pieces_of(0, 4).empty());
  CHECK(pieces_of(-5, 4).empty());
  CHECK(pieces_of(3, 0).size() == 3);
}

TEST_CASE("where parallel_for cuts does not depend on the number of threads") {
  Pieces first;
  for (const int threads : {1, 2, 5}) {
    const Threads guard(threads);
    const Pieces pieces = pieces_of(1'000'003, 4096);
    if (first.empty()) first = pieces;
    CHECK(pieces == first);
  }
}

TEST_CASE("an exception in the body reaches the caller, and the next region works") {
  for (const int threads : {1, 2, 5}) {
    const Threads guard(threads);
    for (const std::int64_t grain : {1, 1000}) {
      CHECK(error_of<std::out_of_range>([&] {
              parallel_for(100, grain, [](std::int64_t begin, std::int64_t end) {
                if (begin <= 42 && 42 < end) throw std::out_of_range("42");
              });
            }) == "42");
    }
    std::atomic<std::int64_t> sum{0};
    parallel_for(100, 1, [&](std::int64_t begin, std::int64_t) { sum += begin; });
    CHECK(sum == 4950);
  }
}

TEST_CASE("regions lie inside each other, and a waiting thread takes no other piece of the outer one") {
  const Threads guard(5);
  std::atomic<std::int64_t> sum{0};
  std::atomic<int> intrusions{0};
  parallel_for(40, 1, [&](std::int64_t i, std::int64_t) {
    if (inside) ++intrusions;
    inside = true;
    parallel_for(50, 1, [&](std::int64_t k, std::int64_t) {
      parallel_for(4, 2, [&](std::int64_t begin, std::int64_t end) { sum += (i * 50 + k) * (end - begin); });
    });
    inside = false;
  });
  CHECK(sum == 4 * 1999 * 2000 / 2);
  CHECK(intrusions == 0);
}

TEST_CASE("set_num_threads takes 1 to 1024, anything else is a ValueError") {
  const int before = num_threads();
  CHECK(before >= 1);
  for (const int n : {1, 2, 5}) {
    const Threads guard(n);
    CHECK(num_threads() == n);
  }
  CHECK(num_threads() == before);
  for (const int bad : {0, -1, 1025, -2'000'000'000}) CHECK(throws<ValueError>([&] { set_num_threads(bad); }));
  CHECK(error_of<ValueError>([] { set_num_threads(0); }) == "set_num_threads: got 0; expected 1 to 1024");
  CHECK(num_threads() == before);
}

TEST_CASE("random arrays have the same bits with 1, 2 and 5 threads") {
  const auto drawn = [](auto draw) {
    return [draw] {
      Generator g(3, 11);
      return draw(g);
    };
  };
  check_same("uniform", drawn([](Generator& g) { return kernels::uniform({300'001}, float32, -1, 1, g); }));
  check_same("normal", drawn([](Generator& g) { return kernels::normal({100'001}, float32, 0, 1, g); }));
  check_same("normal", drawn([](Generator& g) { return kernels::normal({50'001}, float64, 0, 1, g); }));
  check_same("integers", drawn([](Generator& g) { return kernels::integers({100'001}, int64, -9, 9, g); }));
  check_same("bernoulli", drawn([](Generator& g) { return kernels::bernoulli({300'001}, bool_, 0.5, g); }));
}

TEST_CASE("elementwise kernels have the same bits with 1, 2 and 5 threads") {
  Generator g(1);
  const Array a = kernels::normal({1000, 1001}, float32, 0, 1, g), b = kernels::normal({1000, 1001}, float32, 0, 1, g);
  const Array row = kernels::normal({1001}, float32, 0, 1, g), column = kernels::normal({1000, 1}, float32, 0, 1, g);
  const Array mask = kernels::less(a, b);
  check_same("mul", [&] { return kernels::mul(a, b); });
  check_same("add row", [&] { return kernels::add(a, row); });
  check_same("div column", [&] { return kernels::div(a, column); });
  check_same("rsub", [&] { return kernels::rsub(a, 1.5); });
  check_same("less", [&] { return kernels::less(a, b); });
  check_same("where", [&] { return kernels::where(mask, a, b); });
  check_same("exp", [&] { return kernels::exp(a); });
  check_same("log", [&] { return kernels::log(a); });
  check_same("tanh", [&] { return kernels::tanh(a); });
  check_same("sigmoid", [&] { return kernels::sigmoid(a); });
  check_same("softplus", [&] { return kernels::softplus(a); });
  check_same("relu_backward", [&] { return kernels::relu_backward(a, b); });
  check_same("expand", [&] { return kernels::expand(row, {1000, 1001}); });
  check_same("to", [&] { return a.to(int64); });
}

TEST_CASE("reductions have the same bits with 1, 2 and 5 threads") {
  Generator g(2);
  const Array a = kernels::uniform({3'000'000}, float32, 0, 1, g);
  const Array m = a.reshape({3000, 1000}), flat = a.reshape({3, 1000, 1000}), tall = a.reshape({1'000'000, 3});
  check_same("sum of all", [&] { return kernels::sum(a, 1, false); });
  check_same("sum of rows", [&] { return kernels::sum(m, 2, false); });
  check_same("sum of columns", [&] { return kernels::sum(m, 1, false); });
  check_same("sum of tall columns", [&] { return kernels::sum(tall, 1, false); });
  check_same("sum of the middle", [&] { return kernels::sum(flat, 2, false); });
  check_same("sum of both ends", [&] { return kernels::sum(flat, 5, false); });
  check_same("sum in float64", [&] { return kernels::sum(a.to(float64), 1, false); });
  check_same("amax", [&] { return kernels::amax(m, 2, false); });
  check_same("amin", [&] { return kernels::amin(a, 1, false); });
  check_same("argmax", [&] { return kernels::argmax(m, 1, false); });
}

TEST_CASE("products have the same bits with 1, 2 and 5 threads") {
  Generator g(3);
  const Array a = kernels::normal({300, 300}, float32, 0, 1, g), b = kernels::normal({300, 300}, float32, 0, 1, g);
  const Array batch = kernels::normal({16, 70, 80}, float32, 0, 1, g),
              wide = kernels::normal({2100, 300}, float32, 0, 1, g);
  for (const bool ta : {false, true})
    for (const bool tb : {false, true}) check_same("bmm", [&] { return kernels::bmm(a, b, ta, tb); });
  check_same("bmm float64", [&] { return kernels::bmm(a.to(float64), b.to(float64), false, false); });
  check_same("bmm of a batch", [&] { return kernels::bmm(batch, batch, false, true); });
  check_same("linear", [&] { return kernels::linear(a, wide, Array::zeros({2100})); });
}

TEST_CASE("softmax and cross-entropy have the same bits with 1, 2 and 5 threads") {
  Generator g(4);
  const Array x = kernels::normal({50'000, 10}, float32, 0, 3, g), w = kernels::normal({50, 5000}, float32, 0, 3, g);
  const Array labels = kernels::integers({50'000}, int64, 0, 10, g);
  for (const Array& a : {x, w})
    for (const int axis : {0, 1}) {
      check_same("softmax", [&] { return kernels::softmax(a, axis); });
      check_same("log_softmax", [&] { return kernels::log_softmax(a, axis); });
      check_same("softmax_backward", [&] { return kernels::softmax_backward(a, a, axis); });
    }
  check_same("cross_entropy", [&] { return kernels::cross_entropy(x, labels).loss; });
  const auto rows = kernels::cross_entropy(x, labels);
  check_same("cross_entropy_backward",
             [&] { return kernels::cross_entropy_backward(rows.loss, x, labels, rows.log_sum); });
  check_same("cross_entropy of many classes",
             [&] { return kernels::cross_entropy(w, Array::zeros({50}, int64)).loss; });
}
