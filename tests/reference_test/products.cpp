/// Rows: matrix products and linear algebra.

#include "autograd/ops/product.hpp"
#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

void add_products(Table& table) {
  table.operations({
      {"matmul mm bmm mv", [](C& c) { return matmul(c[0], c[1]); }},
      {"linear", [](C& c) { return c.n_inputs() > 2 ? linear(c[0], c[1], c[2]) : linear(c[0], c[1]); }},
  });
}

}  // namespace xgrad::reference
