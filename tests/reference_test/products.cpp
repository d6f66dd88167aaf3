/// Rows: matrix products and linear algebra.

#include "autograd/ops/diagonal.hpp"
#include "autograd/ops/einsum.hpp"
#include "autograd/ops/product.hpp"
#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

namespace {

Tensor tensordots(C& c) {
  if (c.has("dims_a")) return tensordot(c[0], c[1], c.list("dims_a"), c.list("dims_b"));
  return tensordot(c[0], c[1], c.integer("dims", 2));
}

}  // namespace

void add_products(Table& table) {
  table.operations({
      {"matmul mm bmm mv", [](C& c) { return matmul(c[0], c[1]); }},
      {"linear", [](C& c) { return c.n_inputs() > 2 ? linear(c[0], c[1], c[2]) : linear(c[0], c[1]); }},
      {"dot vdot", [](C& c) { return dot(c[0], c[1]); }},
      {"inner", [](C& c) { return inner(c[0], c[1]); }},
      {"outer ger", [](C& c) { return outer(c[0], c[1]); }},
      {"kron", [](C& c) { return kron(c[0], c[1]); }},
      {"einsum", [](C& c) { return einsum(c.text("equation"), c.inputs()); }},
      {"tensordot", tensordots},
      {"trace", [](C& c) { return trace(c[0]); }},
      {"diag", [](C& c) { return diag(c[0], c.integer("diagonal", 0)); }},
      {"diagonal",
       [](C& c) { return diagonal(c[0], c.integer("offset", 0), c.integer("dim1", 0), c.integer("dim2", 1)); }},
      {"diag_embed",
       [](C& c) { return diag_embed(c[0], c.integer("offset", 0), c.integer("dim1", -2), c.integer("dim2", -1)); }},
      {"tril", [](C& c) { return tril(c[0], c.integer("diagonal", 0)); }},
      {"triu", [](C& c) { return triu(c[0], c.integer("diagonal", 0)); }},
  });
}

}  // namespace xgrad::reference
