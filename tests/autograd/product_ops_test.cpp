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
  };
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("matrix operations") { check(rows()); }

TEST_SUITE_END();
