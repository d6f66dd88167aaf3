// One row per elementwise operation; a new one adds its row here.

#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;

namespace {

const Rows& rows() {
  static const Rows all = {
      // arithmetic
      {"add", [](In x) { return x[0] + x[1]; }, {spread({2, 3}), spread({3}, -1, 1, 1)}},
      {"add, scalar operand", [](In x) { return square(x[0]) + x[1]; }, {spread({2, 3}), spread({}, -1, 1, 1)}},
      {"sub", [](In x) { return x[0] - x[1] * x[1]; }, {spread({2, 1, 3}), spread({4, 1}, -1, 1, 1)}},
      {"mul", [](In x) { return x[0] * x[1]; }, {spread({2, 3}), spread({2, 1}, -1, 1, 1)}},
      {"mul by itself", [](In x) { return x[0] * x[0] * x[0]; }, {spread({4})}},
      {"div", [](In x) { return x[0] / x[1]; }, {spread({2, 3}), spread({3}, 0.7, 2, 1)}},
      {"with numbers", [](In x) { return (2. - 3 * x[0]) / 4. + 1 / (x[0] - 5.); }, {spread({5})}},
      {"neg", [](In x) { return -square(x[0]); }, {spread({3})}},
      {"where", [](In x) { return where(x[0] > 0, square(x[0]), x[1] * x[0]); }, {spread({2, 3}), spread({3}, 1, 2)}},
      // functions
      {"exp", [](In x) { return exp(x[0]); }, {spread({5})}},
      {"log", [](In x) { return log(x[0]); }, {spread({5}, 0.5, 3)}},
      {"sqrt", [](In x) { return sqrt(x[0]); }, {spread({5}, 0.5, 3)}},
      {"square", [](In x) { return square(x[0]); }, {spread({5})}},
      {"tanh", [](In x) { return tanh(x[0]); }, {spread({5})}},
      {"sigmoid", [](In x) { return sigmoid(x[0]); }, {spread({5})}},
      {"relu", [](In x) { return relu(square(x[0]) - 0.5); }, {spread({7})}},
  };
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("elementwise operations") { check(rows()); }

TEST_SUITE_END();
