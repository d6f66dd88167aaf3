// One row per matrix operation; a new one adds its row here.

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

TEST_SUITE_END();
