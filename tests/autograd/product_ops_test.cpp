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

      // sums over named axes
      Row("einsum, matrix product", [](In x) { return einsum("ij,jk->ik", x[0], x[1]); },
          {spread({2, 3}), spread({3, 4}, -1, 1, 1)})
          .also({spread({2, 1}), spread({3, 4}, -1, 1, 1)})  // j broadcast
          .also({spread({2, 0}), spread({0, 4}, -1, 1, 1)})
          .also({spread({1, 3}), spread({1, 1}, 1, 2)})
          .large({spread({300, 400}), spread({400, 300}, -1, 1, 1)})
          .fails<ShapeError>(
              [] {
                einsum("ij,jk->ik", ones({2, 3}), ones({4, 5}));
              },
              "einsum: equation 'ij,jk->ik', operand 1 of shape [4, 5]: size 4 of 'j' is 3 in an operand")
          .fails<ShapeError>(
              [] {
                einsum("ij,jk", ones({2}), ones({2, 3}));
              },
              "operand 0 of shape [2]: got 1 axes")
          .fails<ShapeError>([] { einsum("i...j", ones({2})); }, "expected at least 2")
          .fails<ShapeError>(
              [] {
                einsum("ii", ones({2, 3}));
              },
              "'i' is repeated for sizes 2 and 3")
          .fails<ShapeError>(
              [] {
                einsum("...i,...i", ones({2, 3}), ones({4, 3}));
              },
              "size 4 of an axis of '...' is 2")
          .fails<ShapeError>(
              [] {
                einsum("abcde,fghij", ones({1, 1, 1, 1, 1}), ones({1, 1, 1, 1, 1}));
              },
              "the result has 10 axes; expected at most 8")
          .fails<ValueError>(
              [] {
                einsum("ij,jk", {ones({2, 3})});
              },
              "it names 2 operands, got 1")
          .fails<ValueError>(
              [] {
                einsum("ij->ii", ones({2, 3}));
              },
              "'i' is twice in the result")
          .fails<ValueError>(
              [] {
                einsum("ij->k", ones({2, 3}));
              },
              "'k' is in the result, but in no operand")
          .fails<ValueError>(
              [] {
                einsum("i1", ones({2, 3}));
              },
              "'1' is not a letter")
          .fails<ValueError>(
              [] {
                einsum("ij-", ones({2, 3}));
              },
              "'-' is not a letter")
          .fails<ValueError>(
              [] {
                einsum("ij->i->j", ones({2, 3}));
              },
              "'-' is not a letter")
          .fails<ValueError>(
              [] {
                einsum("..i", ones({2, 3}));
              },
              "'.' is not a letter")
          .fails<ValueError>(
              [] {
                einsum("...i...", ones({2, 3}));
              },
              "more than one '...'")
          .fails<ValueError>(
              [] {
                einsum("ij->i,j", ones({2, 3}));
              },
              "',' is not a letter")
          .fails<ValueError>([] { einsum("i", std::span<const Tensor>()); }, "got no operands")
          .fails<DTypeError>([] { einsum("i,i", ones({2}), ones({2}, float64)); }, "einsum: operands of different"),
      {"einsum, implicit result",
       [](In x) { return einsum("ba, cb", x[0], x[1]); },
       {spread({2, 3}), spread({4, 2}, -1, 1, 1)}},
      {"einsum, batch of A B^T",
       [](In x) { return einsum("bij,bkj->bik", x[0], x[1]); },
       {spread({2, 3, 2}), spread({2, 2, 2}, -1, 1, 1)}},
      {"einsum, ellipsis",
       [](In x) { return einsum("...ij,...jk->...ik", x[0], x[1]); },
       {spread({2, 1, 2, 3}), spread({3, 3, 2}, -1, 1, 1)}},
      {"einsum, ellipsis summed over",
       [](In x) { return einsum("...i,i->i", x[0], x[1]); },
       {spread({2, 2, 3}), spread({3}, -1, 1, 1)}},
      {"einsum, diagonal", [](In x) { return einsum("iji->ji", x[0]); }, {spread({3, 2, 3})}},
      {"einsum, trace of a product",
       [](In x) { return einsum("ij,ji->", x[0], x[1]); },
       {spread({2, 3}), spread({3, 2}, -1, 1, 1)}},
      {"einsum, bilinear form",
       [](In x) { return einsum("i,ij,j->", x[0], x[1], x[2]); },
       {spread({2}), spread({2, 3}, -1, 1, 1), spread({3}, -1, 1, 2)}},
      {"einsum, four operands",
       [](In x) { return einsum("ij,jk,kl,l->i", x[0], x[1], x[2], x[3]); },
       {spread({2, 2}), spread({2, 3}, -1, 1, 1), spread({3, 2}, -1, 1, 2), spread({2}, -1, 1, 3)}},
      {"einsum, three of one letter",
       [](In x) { return einsum("i,i,i->i", x[0], x[1], x[2]); },
       {spread({3}), spread({3}, -1, 1, 1), spread({1}, 1, 2)}},

      Row("tensordot", [](In x) { return tensordot(x[0], x[1], 1); }, {spread({2, 3}), spread({3, 4}, -1, 1, 1)})
          .also({spread({2, 1}), spread({3, 2}, -1, 1, 1)})  // of size 1: broadcast
          .also({spread({3}), spread({3}, -1, 1, 1)})
          .also({spread({2, 0}), spread({0, 2})})
          .large({spread({300, 400}), spread({400, 300}, -1, 1, 1)})
          .fails<ShapeError>(
              [] {
                tensordot(ones({2, 3}), ones({2, 3}), 1);
              },
              "tensordot: got A [2, 3], B [2, 3]; expected A.shape[1] == B.shape[0]")
          .fails<ValueError>(
              [] {
                tensordot(ones({2, 3}), ones({2}), 2);
              },
              "got 2 axes for A [2, 3], B [2]; expected")
          .fails<ValueError>([] { tensordot(ones({2}), ones({2}), -1); }, "got -1 axes")
          .fails<ValueError>(
              [] {
                tensordot(ones({2, 2}), ones({2, 2}), {0, -2}, {0, 1});
              },
              "expected each once")
          .fails<ValueError>(
              [] {
                tensordot(ones({2, 2}), ones({2, 2}), {0, 1}, {1, 1});
              },
              "expected each once")
          .fails<ValueError>(
              [] {
                tensordot(ones({2, 2}), ones({2, 2}), {0, 1}, {1});
              },
              "got 2 axes of A and 1 of B")
          .fails<IndexError>(
              [] {
                tensordot(ones({2, 2}), ones({2, 2}), {2}, {0});
              },
              "tensordot: axis out of range")
          .fails<IndexError>([] { tensordot(ones({}), ones({2}), {0}, {0}); }, "a scalar has no axes")
          .fails<ShapeError>(
              [] {
                tensordot(ones({1, 1, 1, 1, 1}), ones({1, 1, 1, 1}), 0);
              },
              "at most 8 axes"),
      {"tensordot, lists of axes",
       [](In x) { return tensordot(x[0], x[1], {0, -1}, {1, 0}); },
       {spread({2, 2, 3}), spread({3, 2, 2}, -1, 1, 1)}},
      {"tensordot, no axes", [](In x) { return tensordot(x[0], x[1], 0); }, {spread({2}), spread({2, 2}, -1, 1, 1)}},

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

namespace {

/// einsum by its definition, for operands and a result of letters that are told apart and of equal sizes n.
Tensor by_loops(const std::vector<std::string>& terms, const std::string& result, const std::vector<Tensor>& x,
                std::int64_t n) {
  std::string letters;
  for (const std::string& term : terms)
    for (const char c : term)
      if (letters.find(c) == std::string::npos) letters += c;
  Array y = Array::zeros(Shape(std::vector<std::int64_t>(result.size(), n)), float64);
  std::vector<std::int64_t> index(letters.size(), 0);
  const auto at = [&](const std::string& term) {
    std::int64_t place = 0;
    for (const char c : term) place = place * n + index[letters.find(c)];
    return place;
  };
  while (true) {
    double product = 1;
    for (std::size_t i = 0; i < terms.size(); ++i) product *= x[i].data<double>()[at(terms[i])];
    y.mutable_data<double>()[at(result)] += product;
    std::size_t k = 0;
    while (k < index.size() && ++index[k] == n) index[k++] = 0;
    if (k == index.size()) return y;
  }
}

}  // namespace

TEST_CASE("einsum is the sum that its letters say") {
  struct Case {
    std::vector<std::string> terms;
    std::string result;
  };
  const Case cases[] = {{{"ij", "jk"}, "ik"},
                        {{"ij", "jk"}, "ki"},
                        {{"ji", "jk"}, "ik"},
                        {{"ji", "kj"}, "ik"},
                        {{"ij", "ij"}, ""},
                        {{"ij", "ij"}, "ji"},
                        {{"ij", "kl"}, "likj"},
                        {{"bij", "bjk"}, "bik"},
                        {{"ibj", "jkb"}, "kbi"},
                        {{"abcd", "dcef"}, "fabe"},
                        {{"abcd", "cbef"}, "adef"},
                        {{"ijk"}, "kij"},
                        {{"ijk"}, "j"},
                        {{"ijk"}, ""},
                        {{"iij"}, "ij"},
                        {{"iji"}, "j"},
                        {{"iii"}, "i"},
                        {{"iijj"}, "ji"},
                        {{"iij", "jkk"}, "ik"},
                        {{"i", "i", "i"}, "i"},
                        {{"ij", "jk", "kl", "li"}, ""},
                        {{"ij", "ik", "il"}, "jkl"},
                        {{"a", "b", "c", "ab", "bc"}, "ac"},
                        {{"AbC", "CbA"}, "Ab"},
                        {{"ij", "k"}, "k"}};
  for (const Case& c : cases) {
    std::string equation;
    std::vector<Tensor> x;
    for (std::size_t i = 0; i < c.terms.size(); ++i) {
      equation += (i == 0 ? "" : ",") + c.terms[i];
      x.push_back(spread(Shape(std::vector<std::int64_t>(c.terms[i].size(), 3)), -1, 1, static_cast<int>(i)));
    }
    equation += "->" + c.result;
    CAPTURE(equation);
    const Tensor got = einsum(equation, x), want = by_loops(c.terms, c.result, x, 3);
    REQUIRE(got.shape() == want.shape());
    for (std::int64_t i = 0; i < want.numel(); ++i)
      CHECK(got.data<double>()[i] == doctest::Approx(want.data<double>()[i]).epsilon(1e-13));
  }
}

TEST_CASE("einsum reads equations as PyTorch does") {
  const Tensor a = spread({2, 3}), b = spread({3, 4}), c = spread({2, 3, 4});
  const auto same = [](const Tensor& x, const Tensor& y) { return same_bytes(x.array(), y.array()); };
  CHECK(same(einsum("ij,jk", a, b), matmul(a, b)));
  CHECK(same(einsum(" i j , j k -> i k ", a, b), matmul(a, b)));
  CHECK(same(einsum("ba", a), a.t()));
  CHECK(same(einsum("aB", a), a.t()));  // capitals come first
  CHECK(same(einsum("ii", spread({3, 3})), trace(spread({3, 3}))));
  CHECK(same(einsum("b...a", c), permute(c, {1, 2, 0})));
  CHECK(same(einsum("...", c), c));
  CHECK(same(einsum("...->...", c), c));
  CHECK(same(einsum("i...->...i", c), permute(c, {1, 2, 0})));
  CHECK(same(einsum("...i->i", c), sum(c, {0, 1})));
  CHECK(same(einsum("ij->...ij", a), a));
  CHECK(same(einsum("...ij->ij...", c), permute(c, {1, 2, 0})));
  CHECK(same(einsum("...,...", a, spread({1, 3})), a * spread({1, 3})));
  CHECK(einsum("...i,...j->...ij", spread({5, 1, 2}), spread({4, 3})).shape() == Shape{5, 4, 2, 3});
  CHECK(einsum("ij,jk->ik", spread({2, 1}), spread({3, 4})).shape() == Shape{2, 4});
  CHECK(same(einsum("ij,ij->ij", spread({2, 1}), spread({1, 4})), spread({2, 1}) * spread({1, 4})));
  CHECK(same(einsum("ii,i->i", full({1, 1}, 2.), tensor({1., 2., 3.})), tensor({2., 4., 6.})));
  CHECK(same(einsum("", spread({})), spread({})));
  CHECK(same(einsum(",->", spread({}), spread({})), spread({}) * spread({})));
  CHECK(same(einsum("ij,", a, spread({})), a * spread({})));
  CHECK(einsum("ijk,ilm,inop->jklmnop", {ones({1, 1, 2}), ones({1, 2, 1}), ones({1, 1, 2, 1})}).shape() ==
        Shape{1, 2, 2, 1, 1, 2, 1});
}

TEST_CASE("einsum multiplies the cheapest pair first") {
  // From the left, the first product alone would take 4 GB.
  const Tensor x = ones({30'000, 2}), v = ones({30'000});
  CHECK(einsum("ij,kj,k->i", x, x, v).values<float>()[0] == 60'000);
}

TEST_SUITE_END();
