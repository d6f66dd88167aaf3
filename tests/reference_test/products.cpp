/// Rows: matrix products and linear algebra.

#include <optional>
#include <utility>
#include <vector>

#include "autograd/ops/diagonal.hpp"
#include "autograd/ops/einsum.hpp"
#include "autograd/ops/linalg.hpp"
#include "autograd/ops/product.hpp"
#include "autograd/ops/spectral.hpp"
#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

namespace {

Tensor tensordots(C& c) {
  if (c.has("dims_a")) return tensordot(c[0], c[1], c.list("dims_a"), c.list("dims_b"));
  return tensordot(c[0], c[1], c.integer("dims", 2));
}

/// The orders are names or numbers.
Tensor matrix_norms(C& c) {
  const bool keepdim = c.flag("keepdim");
  for (const char* name : {"ord", "p"})
    if (c.has(name)) {
      try {
        return matrix_norm(c[0], c.number(name), keepdim);
      } catch (const ValueError&) {
        return matrix_norm(c[0], c.text(name).c_str(), keepdim);
      }
    }
  return matrix_norm(c[0], "fro", keepdim);
}

char triangle(C& c) { return c.text("UPLO", c.text("uplo", "L"))[0]; }
std::optional<double> rtol(C& c) {
  return c.has("rtol")    ? std::optional(c.number("rtol"))
         : c.has("rcond") ? std::optional(c.number("rcond"))
                          : std::nullopt;
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
      {"det", [](C& c) { return det(c[0]); }},
      {"logdet", [](C& c) { return logdet(c[0]); }},
      {"slogdet",
       [](C& c) {
         const SlogDet d = slogdet(c[0]);
         return std::pair(d.sign, d.logabsdet);
       }},
      {"inverse inv", [](C& c) { return inverse(c[0]); }},
      {"solve", [](C& c) { return solve(c[0], c[1]); }},
      {"solve_triangular triangular_solve",
       [](C& c) { return solve_triangular(c[0], c[1], c.flag("upper", true), c.flag("unitriangular")); }},
      {"cholesky", [](C& c) { return cholesky(c[0], c.flag("upper")); }},
      {"matrix_power", [](C& c) { return matrix_power(c[0], c.integer("n")); }},
      {"pinverse pinv", [](C& c) { return pinverse(c[0], rtol(c)); }},
      {"lstsq", [](C& c) { return lstsq(c[0], c[1], rtol(c)); }},
      {"eigh",
       [](C& c) {
         const Eigh e = eigh(c[0], triangle(c));
         return std::pair(e.eigenvalues, e.eigenvectors);
       }},
      {"eigvalsh", [](C& c) { return eigvalsh(c[0], triangle(c)); }},
      {"svd",
       [](C& c) {
         const Svd d = svd(c[0]);
         return std::vector{d.U, d.S, d.Vh};
       }},
      {"svdvals", [](C& c) { return svdvals(c[0]); }},
      {"matrix_norm", matrix_norms},
  });
}

}  // namespace xgrad::reference
