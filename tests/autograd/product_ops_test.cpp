// One row per matrix operation; a new one adds its row here.

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;

namespace {

const Rows& rows() {
  static const Rows all = {
      // products
      {"matmul, vectors", [](In x) { return matmul(x[0], x[1]); }, {spread({3}), spread({3}, -1, 1, 1)}},
      {"matmul, matrix by vector", [](In x) { return matmul(x[0], x[1]); }, {spread({2, 3}), spread({3}, -1, 1, 1)}},
      {"matmul, vector by matrix", [](In x) { return matmul(x[0], x[1]); }, {spread({3}), spread({3, 2}, -1, 1, 1)}},
      {"matmul", [](In x) { return matmul(x[0], x[1]); }, {spread({2, 3}), spread({3, 4}, -1, 1, 1)}},
      {"matmul, batch by matrix",
       [](In x) { return matmul(x[0], x[1]); },
       {spread({2, 2, 3}), spread({3, 2}, -1, 1, 1)}},
      {"matmul, matrix by batch",
       [](In x) { return matmul(x[0], x[1]); },
       {spread({2, 3}), spread({2, 3, 2}, -1, 1, 1)}},
      {"matmul, broadcast batches",
       [](In x) { return matmul(x[0], x[1]); },
       {spread({2, 1, 2, 3}), spread({3, 3, 2}, -1, 1, 1)}},
      {"matmul, batch by vector", [](In x) { return matmul(x[0], x[1]); }, {spread({2, 2, 3}), spread({3}, -1, 1, 1)}},
      {"bmm, A transposed",
       [](In x) { return bmm(x[0], x[1], true, false); },
       {spread({2, 3, 2}), spread({2, 3, 4}, -1, 1, 1)}},
      {"bmm, B transposed",
       [](In x) { return bmm(x[0], x[1], false, true); },
       {spread({2, 3}), spread({4, 3}, -1, 1, 1)}},
      {"bmm, both transposed",
       [](In x) { return bmm(x[0], x[1], true, true); },
       {spread({3, 2}), spread({4, 3}, -1, 1, 1)}},
      {"linear",
       [](In x) { return linear(x[0], x[1], x[2]); },
       {spread({2, 3}), spread({4, 3}, -1, 1, 1), spread({4}, -1, 1, 2)}},
      {"linear without bias, one more axis",
       [](In x) { return linear(x[0], x[1]); },
       {spread({2, 2, 3}), spread({4, 3}, -1, 1, 1)}},
      {"linear of one sample",
       [](In x) { return square(linear(x[0], x[1], x[2])); },
       {spread({3}), spread({2, 3}, -1, 1, 1), spread({2}, -1, 1, 2)}},
      Row("linear with relu", [](In x) { return linear(x[0], x[1], x[2], Epilogue::relu); },
          {spread({2, 3}), spread({4, 3}, -1, 1, 1), spread({4}, -1, 1, 2)})
          .also({spread({3}), spread({2, 3}, -1, 1, 1), spread({2}, -1, 1, 2)})
          .also({spread({2, 0}), spread({2, 0}), spread({2}, -1, 1, 2)})
          .fails<DTypeError>(
              [] {
                linear(ones({1, 2}, int64), ones({1, 2}, int64), {}, Epilogue::relu);
              },
              "linear: an epilogue of int64; expected float32 or float64"),
      {"linear with sigmoid",
       [](In x) { return linear(x[0], x[1], x[2], Epilogue::sigmoid); },
       {spread({2, 2, 3}), spread({4, 3}, -1, 1, 1), spread({4}, -1, 1, 2)}},
      {"linear with tanh, without bias",
       [](In x) { return linear(x[0], x[1], {}, Epilogue::tanh); },
       {spread({2, 3}), spread({4, 3}, -1, 1, 1)}},
      {"linear, no outputs",
       [](In x) { return linear(x[0], x[1], x[2]); },
       {spread({2, 3}), spread({0, 3}), spread({0})}},
      {"linear, no inputs",
       [](In x) { return linear(x[0], x[1], x[2]); },
       {spread({2, 2, 0}), spread({3, 0}), spread({3})}},
      {"matmul, batches of rank 3 and 4, none of them",
       [](In x) { return matmul(x[0], x[1]); },
       {spread({0, 2, 3}), spread({3, 2}, -1, 1, 1)}},
      Row("mm", [](In x) { return mm(x[0], x[1]); }, {spread({2, 3}), spread({3, 4}, -1, 1, 1)})
          .also({spread({2, 0}), spread({0, 3})})
          .also({spread({1, 1}), spread({1, 1}, 2, 3)})
          .fails<ShapeError>(
              [] {
                mm(ones({2, 2, 2}), ones({2, 2}));
              },
              "mm: A: got shape [2, 2, 2]; expected a matrix"),
      Row("mv", [](In x) { return mv(x[0], x[1]); }, {spread({2, 3}), spread({3}, -1, 1, 1)})
          .also({spread({2, 0}), spread({0})})
          .fails<ShapeError>(
              [] {
                mv(ones({2, 2}), ones({2, 1}));
              },
              "mv: x: got shape [2, 1]; expected a vector"),
      Row("dot", [](In x) { return dot(x[0], x[1]); }, {spread({5}), spread({5}, -1, 1, 1)})
          .also({spread({0}), spread({0})})
          .also({spread({1}), spread({1}, 1, 2)})
          .large({spread({600'000}), spread({600'000}, -1, 1, 1)})
          .fails<ShapeError>([] { dot(ones({2}), ones({3})); }, "dot: got x [2], y [3]; expected equal sizes")
          .fails<ShapeError>(
              [] {
                dot(ones({2, 2}), ones({2}));
              },
              "dot: x: got shape [2, 2]; expected a vector")
          .fails<DTypeError>([] { dot(tensor({true}), tensor({true})); }, "got bool and bool"),
      Row("inner", [](In x) { return inner(x[0], x[1]); }, {spread({2, 3}), spread({4, 3}, -1, 1, 1)})
          .also({spread({3}), spread({3}, -1, 1, 1)})
          .also({spread({2, 2, 3}), spread({3}, -1, 1, 1)})
          .also({spread({}), spread({2, 3}, -1, 1, 1)})
          .fails<ShapeError>(
              [] {
                inner(ones({2, 3}), ones({2, 4}));
              },
              "expected last axes of one size")
          .fails<ShapeError>(
              [] {
                inner(ones({3, 1}), ones({2, 3}));
              },
              "inner: got x [3, 1], y [2, 3]"),
      Row("outer", [](In x) { return outer(x[0], x[1]); }, {spread({3}), spread({4}, -1, 1, 1)})
          .also({spread({0}), spread({2})})
          .also({spread({1}), spread({1}, 1, 2)})
          .large({spread({700}), spread({600}, -1, 1, 1)})
          .fails<ShapeError>(
              [] {
                outer(ones({2, 2}), ones({2}));
              },
              "outer: x: got shape [2, 2]; expected a vector"),
      Row("kron", [](In x) { return kron(x[0], x[1]); }, {spread({2, 3}), spread({3, 2}, -1, 1, 1)})
          .also({spread({2}), spread({3}, -1, 1, 1)})
          .also({spread({2}), spread({2, 2}, -1, 1, 1)})
          .also({spread({}), spread({2, 2}, -1, 1, 1)})
          .also({spread({0, 2}), spread({1, 2}, -1, 1, 1)})
          .fails<ShapeError>(
              [] {
                kron(ones({1, 1, 1, 1, 1}), ones({2}));
              },
              "kron: got x [1, 1, 1, 1, 1], y [2]"),

      // diagonals and triangles
      Row("diagonal", [](In x) { return diagonal(x[0]); }, {spread({3, 4})})
          .also({spread({4, 3})})
          .also({spread({2, 2, 3})})
          .also({spread({0, 3})})
          .also({spread({1, 1})})
          .fails<ShapeError>([] { diagonal(ones({3})); }, "diagonal: got shape [3]; expected at least two axes")
          .fails<ValueError>(
              [] {
                diagonal(ones({3, 3}), 0, 1, -1);
              },
              "expected two different ones")
          .fails<IndexError>(
              [] {
                diagonal(ones({3, 3}), 0, 0, 2);
              },
              "diagonal: axis out of range"),
      Row("diagonal, above, of the last two axes", [](In x) { return diagonal(x[0], 1, -2, -1); }, {spread({2, 3, 4})})
          .also({spread({2, 3, 1})}),
      {"diagonal, below, of other axes", [](In x) { return diagonal(x[0], -1, 2, 0); }, {spread({2, 3, 4})}},
      Row("diag_embed", [](In x) { return diag_embed(x[0]); }, {spread({2, 3})})
          .also({spread({0})})
          .also({spread({2, 0})})
          .fails<ShapeError>([] { diag_embed(ones({})); }, "diag_embed: got a scalar")
          .fails<ShapeError>([] { diag_embed(ones({2}), INT64_MIN); }, "too large")
          .fails<ShapeError>([] { diag_embed(ones({2}), INT64_MAX); }, "too large")
          .fails<ValueError>(
              [] {
                diag_embed(ones({3, 3}), 0, 1, -2);
              },
              "expected two different ones"),
      {"diag_embed, above", [](In x) { return diag_embed(x[0], 1, 0, 2); }, {spread({2, 3})}},
      {"diag_embed, below, first axes swapped", [](In x) { return diag_embed(x[0], -2, 1, 0); }, {spread({2, 3})}},
      Row("diag", [](In x) { return diag(x[0]); }, {spread({3})})
          .also({spread({3, 2})})
          .also({spread({0})})
          .also({spread({0, 0})})
          .fails<ShapeError>([] { diag(ones({})); }, "diag: got shape []; expected a vector or a matrix")
          .fails<ShapeError>(
              [] {
                diag(ones({2, 2, 2}));
              },
              "diag: got shape [2, 2, 2]"),
      {"diag, offset", [](In x) { return diag(x[0], -1); }, {spread({3})}},
      {"diag of a matrix, offset", [](In x) { return diag(x[0], 1); }, {spread({3, 3})}},
      Row("trace", [](In x) { return trace(x[0]); }, {spread({3, 3})})
          .also({spread({4, 2})})
          .also({spread({2, 4})})
          .also({spread({0, 0})})
          .fails<ShapeError>(
              [] {
                trace(ones({2, 2, 2}));
              },
              "trace: got shape [2, 2, 2]; expected a matrix")
          .fails<ShapeError>([] { trace(ones({2})); }, "trace: got shape [2]"),
      Row("tril", [](In x) { return tril(x[0]); }, {spread({3, 4})})
          .also({spread({2, 3, 2})})
          .also({spread({0, 3})})
          .also({spread({2, 0})})
          .also({spread({1, 1})})
          .large({spread({600, 700})})
          .fails<ShapeError>([] { tril(ones({3})); }, "tril: got shape [3]; expected at least two axes"),
      {"tril, above", [](In x) { return tril(x[0], 1); }, {spread({3, 4})}},
      {"tril, below", [](In x) { return tril(x[0], -2); }, {spread({4, 3})}},
      Row("triu", [](In x) { return triu(x[0]); }, {spread({3, 4})})
          .also({spread({2, 3, 2})})
          .also({spread({0, 3})})
          .also({spread({2, 0})})
          .large({spread({600, 700})})
          .fails<ShapeError>([] { triu(ones({})); }, "triu: got shape []; expected at least two axes"),
      {"triu, above", [](In x) { return triu(x[0], 2); }, {spread({3, 4})}},
      {"triu, below", [](In x) { return triu(x[0], -1); }, {spread({4, 3})}},
  };
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("matrix operations") { check(rows()); }

TEST_CASE("products of integers are integers, and wrap around") {
  const Tensor a = tensor({{1, 2}, {3, 4}}), b = tensor({{5, 6}, {7, 8}});
  CHECK(same_bytes(matmul(a, b).array(), tensor({{19, 22}, {43, 50}}).array()));
  CHECK(same_bytes(bmm(a, b, true, false).array(), tensor({{26, 30}, {38, 44}}).array()));
  CHECK(same_bytes(bmm(a, b, false, true).array(), tensor({{17, 23}, {39, 53}}).array()));
  CHECK(same_bytes(bmm(a, b, true, true).array(), tensor({{23, 31}, {34, 46}}).array()));
  CHECK(same_bytes(matmul(stack({a, b}), tensor({1, -1})).array(), tensor({{-1, -1}, {-1, -1}}).array()));
  CHECK(same_bytes(linear(a, b, tensor({1, 2})).array(), tensor({{18, 25}, {40, 55}}).array()));
  CHECK(same_bytes(einsum("ij,jk->k", a, b).array(), tensor({62, 72}).array()));
  CHECK(dot(arange(3), arange(3)).item<std::int64_t>() == 5);
  CHECK(trace(a).item<std::int64_t>() == 5);
  CHECK(trace(full({2, 2}, 200).to(uint8)).item<std::int64_t>() == 400);
  const Tensor most = tensor({INT64_MAX});
  CHECK(dot(most, most).item<std::int64_t>() == 1);
  const Tensor bytes = full({2, 2}, 20).to(uint8);
  CHECK(same_bytes(matmul(bytes, bytes).array(), full({2, 2}, 32).to(uint8).array()));
  CHECK(einsum("ij,ij", bytes, bytes).dtype() == uint8);
  CHECK(einsum("ij->", bytes).dtype() == uint8);
  CHECK(matmul(a, bytes).dtype() == int64);
  CHECK(matmul(a, ones({2, 2}, float64)).dtype() == float64);
  CHECK(same_bytes(tril(tensor({{true, true}, {true, true}})).array(), tensor({{true, false}, {true, true}}).array()));
  CHECK(same_bytes(diag(tensor({1, 2})).array(), tensor({{1, 0}, {0, 2}}).array()));
}

TEST_CASE("sums over nothing are zero") {
  CHECK(same_bytes(matmul(ones({2, 0}), ones({0, 3})).array(), zeros({2, 3}).array()));
  CHECK(same_bytes(matmul(ones({4, 2, 0}), ones({0, 3})).array(), zeros({4, 2, 3}).array()));
  CHECK(same_bytes(matmul(ones({2, 0}, int64), ones({0, 3}, int64)).array(), zeros({2, 3}, int64).array()));
  CHECK(same_bytes(linear(ones({2, 0}), ones({3, 0}), tensor({1., 2., 3.})).array(),
                   tensor({{1., 2., 3.}, {1., 2., 3.}}).array()));
  CHECK(dot(ones({0}), ones({0})).item<float>() == 0);
  CHECK(einsum("ij->", ones({0, 3})).item<float>() == 0);
  CHECK(same_bytes(tensordot(ones({2, 0}), ones({0, 2}), 1).array(), zeros({2, 2}).array()));
  CHECK(trace(ones({0, 3})).item<float>() == 0);
}

TEST_CASE("NaN and infinity go through products of any size, against zeros too") {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  for (const DType t : {float32, float64})
    for (const std::int64_t n : {3, 40, 200})
      for (const double odd : {inf, nan})
        for (const bool ta : {false, true})
          for (const bool tb : {false, true}) {
            Array a = Array::zeros({n, n}, float64);
            a.mutable_data<double>()[n + 2] = odd;  // row 1, column 2
            const Tensor y = bmm(Tensor(a.to(t)), zeros({n, n}, t), ta, tb).to(float64);
            const std::int64_t row = ta ? 2 : 1;
            std::int64_t wrong = 0;
            for (std::int64_t i = 0; i < n * n; ++i) wrong += std::isnan(y.data<double>()[i]) != (i / n == row);
            CHECK(wrong == 0);
          }
  CHECK(dot(tensor({inf, 1.}), tensor({1., 1.})).item<double>() == inf);
  CHECK(std::isnan(dot(tensor({inf, 1.}), tensor({0., 1.})).item<double>()));
  CHECK(std::isnan(einsum("ij->", tensor({{inf, -inf}})).item<double>()));
}

TEST_CASE("triangles and diagonals select, they do not multiply") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor x = tensor({{1., nan}, {3., 4.}});
  CHECK(same_bytes(tril(x).array(), tensor({{1., 0.}, {3., 4.}}).array()));
  CHECK(same_bytes(triu(x, -5).array(), x.array()));
  CHECK(same_bytes(tril(x, INT64_MIN).array(), zeros({2, 2}).array()));
  CHECK(same_bytes(tril(x, INT64_MAX).array(), x.array()));
  CHECK(same_bytes(triu(x, INT64_MAX).array(), zeros({2, 2}).array()));
  CHECK(same_bytes(triu(x, INT64_MIN).array(), x.array()));
  CHECK(trace(x).item<float>() == 5);
  for (const std::int64_t k : {std::int64_t{2}, std::int64_t{-2}, INT64_MAX, INT64_MIN}) {
    CHECK(diagonal(x, k).shape() == Shape{0});
    CHECK(diag(x, k).shape() == Shape{0});
  }
  CHECK(same_bytes(diag_embed(zeros({0}), -2).array(), zeros({2, 2}).array()));
  // An inf behind the mask must not become NaN on the way back.
  const Tensor at = x.detach().requires_grad_();
  CHECK(same_bytes(grad(sum(tril(at) * full({2, 2}, 2.f)), at).array(), tensor({{2., 0.}, {2., 2.}}).array()));
}

TEST_SUITE_END();
