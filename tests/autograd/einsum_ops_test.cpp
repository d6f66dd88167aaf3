// Sums over named axes: rows, the definition written as loops, and how equations are read.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;

namespace {

const Rows& rows() {
  static const Rows all = {
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
       [](In x) {
         return tensordot(x[0], x[1], {0, -1}, {1, 0});
       },
       {spread({2, 2, 3}), spread({3, 2, 2}, -1, 1, 1)}},
      {"tensordot, no axes", [](In x) { return tensordot(x[0], x[1], 0); }, {spread({2}), spread({2, 2}, -1, 1, 1)}},
  };
  return all;
}

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

TEST_SUITE_BEGIN("autograd");

TEST_CASE("sums over named axes") { check(rows()); }

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
