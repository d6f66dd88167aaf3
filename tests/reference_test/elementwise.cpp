/// Rows: elementwise operations and comparisons.

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/functions.hpp"
#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

void add_elementwise(Table& table) {
  table.operations({
      {"add", [](C& c) { return c[0] + c[1]; }},
      {"sub subtract", [](C& c) { return c[0] - c[1]; }},
      {"mul multiply", [](C& c) { return c[0] * c[1]; }},
      {"div divide true_divide", [](C& c) { return c[0] / c[1]; }},
      {"where", [](C& c) { return where(c.mask(0), c[1], c[2]); }},
      {"neg negative", [](C& c) { return -c[0]; }},
      {"exp", [](C& c) { return exp(c[0]); }},
      {"log", [](C& c) { return log(c[0]); }},
      {"sqrt", [](C& c) { return sqrt(c[0]); }},
      {"square", [](C& c) { return square(c[0]); }},
      {"tanh", [](C& c) { return tanh(c[0]); }},
      {"sigmoid expit", [](C& c) { return sigmoid(c[0]); }},
      {"relu", [](C& c) { return relu(c[0]); }},
      {"eq equal", [](C& c) { return eq(c[0], c[1]); }},
      {"ne not_equal", [](C& c) { return ne(c[0], c[1]); }},
      {"lt less", [](C& c) { return lt(c[0], c[1]); }},
      {"le less_equal", [](C& c) { return le(c[0], c[1]); }},
      {"gt greater", [](C& c) { return gt(c[0], c[1]); }},
      {"ge greater_equal", [](C& c) { return ge(c[0], c[1]); }},
  });
}

}  // namespace xgrad::reference
