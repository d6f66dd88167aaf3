// One row per operation of dropout and embedding; then exact values and extremes.

#include <cmath>
#include <limits>

#include "tensor/kernels/philox.hpp"
#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor dropped(In x) {
  Generator generator(11);
  return square(dropout(x[0], 0.4, true, generator));
}

Tensor dropped_channels(In x) {
  Generator generator(5);
  return square(dropout2d(x[0], 0.5, true, generator));
}

Rows rows() {
  return {
      Row("dropout", dropped, {spread({3, 30})})
          .also({spread({1})})
          .also({spread({})})
          .also({spread({2, 0})})
          .large({spread({700, 1000})})
          .fails<ValueError>([] { dropout(ones({2}), -0.1); }, "dropout: p: got -0.1; expected 0 to 1")
          .fails<ValueError>([] { dropout(ones({2}), 1.5, false); }, "dropout: p: got 1.5")
          .fails<ValueError>([] { dropout(ones({2}), NAN); }, "dropout: p: got nan"),
      Row("dropout, p = 1", [](In x) { return dropout(x[0], 1.) + x[0]; }, {spread({5})}),
      Row("dropout, evaluation", [](In x) { return square(dropout(x[0], 0.5, false)); }, {spread({5})}),
      Row("dropout2d", dropped_channels, {spread({2, 3, 2, 2})})
          .also({spread({4, 2})})
          .large({spread({10, 10, 60, 60})})
          .fails<ShapeError>([] { dropout2d(ones({3})); }, "dropout2d: got x [3]; expected [N, C, ...]")
          .fails<ValueError>(
              [] {
                dropout2d(ones({3, 2}), 2.);
              },
              "dropout2d: p: got 2"),
      Row("embedding",
          [](In x) {
            return square(embedding(tensor({{0, 2}, {2, 1}}), x[0]));
          },
          {spread({4, 3})})
          .also({spread({3, 1})})
          .also({spread({3, 0})})
          .fails<IndexError>(
              [] {
                embedding(tensor({0, 4}), ones({4, 2}));
              },
              "embedding: index out of range: got 4 at position 1; expected 0 to 3")
          .fails<IndexError>(
              [] {
                embedding(tensor({-1}), ones({4, 2}));
              },
              "got -1 at position 0")
          .fails<DTypeError>(
              [] {
                embedding(tensor({0.}), ones({4, 2}));
              },
              "embedding: indices: got float32")
          .fails<ShapeError>([] { embedding(tensor({0}), ones({4})); },
                             "embedding: weight: got [4]; expected [rows, dim]")
          .fails<ValueError>(
              [] {
                embedding(tensor({0}), ones({4, 2}), 4);
              },
              "embedding: padding_idx: got 4; expected -4 to 3"),
      Row("embedding, many indices",
          [](In x) {
            Generator generator(3);
            return square(embedding(randint(0, x[0].size(0), {2 * x[0].size(0), 3}, int64, generator), x[0]));
          },
          {spread({5, 2})})
          .large({spread({1000, 90})})
          .large({spread({20000, 40})}),
  };
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("dropout and embedding") { check(rows()); }

TEST_CASE("dropout: the mask is that of Philox, kept elements are scaled, the gradient has the same mask") {
  Generator generator(42, 5);
  Tensor x = (spread({1000}, 1, 2)).requires_grad_();
  const Tensor y = dropout(x, 0.3, true, generator);
  CHECK(generator.counter() == 5 + 8 * 32);
  sum(y).backward();
  std::int64_t kept = 0;
  for (std::int64_t i = 0; i < 1000; ++i) {
    const auto words = kernels::philox(42, static_cast<std::uint64_t>(5 + i / 128 * 32 + i % 32));
    const bool keep = words[static_cast<std::size_t>(i % 128 / 32)] >= 0.3 * 4294967296.;
    kept += keep;
    CHECK(y.data<double>()[i] == (keep ? x.data<double>()[i] * (1 / 0.7) : 0.));
    CHECK(x.grad().data<double>()[i] == (keep ? 1 / 0.7 : 0.));
  }
  CHECK(std::abs(static_cast<double>(kept) - 700) < 60);
}

TEST_CASE("dropout: p = 0 and evaluation give x itself and draw nothing, p = 1 gives zeros, dropped infinities are 0") {
  Generator generator(1);
  const Tensor x = full({200}, kInf);
  CHECK(dropout(x, 0., true, generator).array().shares_buffer_with(x.array()));
  CHECK(dropout(x, 0.5, false, generator).array().shares_buffer_with(x.array()));
  CHECK(generator.counter() == 0);
  CHECK(same_bytes(dropout(x, 1., true, generator).array(), zeros({200}).array()));
  const Tensor dropped_ = dropout(x, 0.5, true, generator);
  for (const float v : dropped_.values<float>()) CHECK((v == 0.f || std::isinf(v)));
  CHECK(dropout(tensor({1, 2}), 0.5, false).dtype() == float32);
}

TEST_CASE("dropout2d keeps or drops whole channels") {
  Generator generator(9);
  const Tensor y = dropout2d(ones({20, 10, 3, 3}), 0.5, true, generator);
  std::int64_t kept = 0;
  for (std::int64_t c = 0; c < 200; ++c) {
    const float first = y.data<float>()[c * 9];
    CHECK((first == 0.f || first == 2.f));
    kept += first != 0.f;
    for (std::int64_t i = 1; i < 9; ++i) CHECK(y.data<float>()[c * 9 + i] == first);
  }
  CHECK((kept > 60 && kept < 140));
}

TEST_CASE("embedding: rows by index of any shape; the padding row is read but gets no gradient") {
  Tensor weight = tensor({{1., 2.}, {3., 4.}, {5., 6.}}).requires_grad_();
  CHECK(embedding(tensor(2), weight).str() == "[5. 6.]");
  CHECK(embedding(zeros({0, 3}, int64), weight).shape() == Shape{0, 3, 2});
  CHECK(embedding(ones({1}, uint8), weight).str() == "[[3. 4.]]");
  for (const std::int64_t padding : {1, -2}) {
    weight.set_grad({});
    const Tensor y = embedding(tensor({1, 0, 1, 0, 0}), weight, padding);
    CHECK(y[0].str() == "[3. 4.]");
    sum(y).backward();
    CHECK(weight.grad().str() == "[[3. 3.]\n [0. 0.]\n [0. 0.]]");
  }
  const Tensor y = embedding(tensor({1, 0}), weight, 1);
  const Tensor g = grad(sum(square(y) * y), weight, {.create_graph = true});
  const Tensor second = grad(sum(g), weight);
  CHECK(second.str() == "[[ 6. 12.]\n [ 0.  0.]\n [ 0.  0.]]");
}

TEST_CASE("embedding: the gradient of a row shown 2^25 times is summed without loss") {
  Tensor weight = zeros({2, 1}).requires_grad_();
  sum(embedding(zeros({1 << 25}, uint8), weight)).backward();
  CHECK(weight.grad().data<float>()[0] == 33554432.f);
}

TEST_SUITE_END();
