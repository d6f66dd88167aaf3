// One row per operation of linear algebra, and the matrices at the edges.

#include <cmath>

#include "tests/autograd/matrices.hpp"
#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;
using namespace matrices;

namespace {

/// The gradient of the sum of f(x) at x, recorded; for rows about higher derivatives.
template <class F>
Tensor derivative(const F& f, const Tensor& x) {
  const GradMode on(true);
  const Tensor at = x.requires_grad() ? x : x.detach().requires_grad_();
  return grad(sum(f(at)), at, {.create_graph = true});
}

const Rows& rows() {
  static const Rows all = {
      Row("det", [](In x) { return det(x[0]); }, {regular({4, 4})})
          .also({regular({2, 1, 3, 3})})
          .also({spread({1, 1})})
          .also({spread({0, 0})})
          .also({spread({2, 0, 0})})
          .also({spread({0, 2, 2})})
          .also({matrix({{1., 2.}, {2., 4.}})})                                // rank 1 of 2
          .also({matrix({{1., 2., 3.}, {4., 5., 6.}, {7., 8., 9.}})})          // rank 2 of 3
          .also({matrix({{1., 2., 3.}, {2., 4., 6.}, {-1., -2., -3.}})})       // rank 1 of 3
          .also({zeros({1, 1}, float64)})
          .also({zeros({3, 3}, float64)})
          .also({eye(4, {}, float64)})                                         // repeated singular values
          .large({regular({300, 12, 12})})
          .fails<ShapeError>([] { det(ones({2, 3})); }, "det: got shape [2, 3]; expected square matrices")
          .fails<ShapeError>([] { det(ones({3})); }, "det: got shape [3]; expected square matrices")
          .fails<ShapeError>([] { det(ones({})); }, "det: got shape []"),
      {"det, third derivatives",
       [](In x) { return derivative([](const Tensor& a) { return det(a); }, x[0]); },
       {regular({3, 3})}},
      Row("slogdet", [](In x) { return slogdet(x[0]).logabsdet; }, {regular({4, 4})})
          .also({regular({2, 3, 3})})
          .also({-regular({3, 3})})
          .also({spread({0, 0})})
          .also({spread({1, 1})})
          .fails<ShapeError>([] { slogdet(ones({2, 3})); }, "slogdet: got shape [2, 3]")
          .fails<ValueError>(
              [] {
                const Tensor x = zeros({2, 2}).requires_grad_();
                slogdet(x).logabsdet.backward();
              },
              "slogdet (backward): the matrix is singular"),
      Row("logdet", [](In x) { return logdet(spd(x[0])); }, {spread({3, 3})})
          .also({spread({2, 2, 2})})
          .fails<ShapeError>([] { logdet(ones({2, 3})); }, "logdet: got shape [2, 3]"),
      Row("inv", [](In x) { return inv(x[0]); }, {regular({2, 2})}),
      Row("inverse", [](In x) { return inverse(x[0]); }, {regular({3, 3})})
          .also({regular({2, 2, 2})})
          .also({spread({1, 1})})
          .also({spread({0, 0})})
          .also({spread({3, 0, 0})})
          .large({regular({300, 12, 12})})
          .large({regular({150, 150}) * 8})
          .loose(2e-4, 2e-3)
          .fails<ShapeError>([] { inverse(ones({2, 3})); }, "inverse: got shape [2, 3]; expected square matrices")
          .fails<ValueError>([] { inverse(ones({2, 2})); },
                             "inverse: the matrix is singular: got a zero pivot in column 1; expected an invertible")
          .fails<ValueError>([] { inverse(stack({eye(2), eye(2), zeros({2, 2})})); },
                             "inverse: matrix [2] of the batch [3] is singular")
          .fails<ValueError>([] { inverse(zeros({2, 3, 2, 2})); }, "matrix [0, 0] of the batch [2, 3]")
          .fails<ValueError>([] { inverse(matrix({{1., kNaN}, {0., 1.}})); },
                             "inverse: the matrix is not finite: got nan at [0, 1]")
          .fails<ValueError>([] { inverse(matrix({{1., 0.}, {-kInf, 1.}})); }, "got -inf at [1, 0]"),
      Row("solve", [](In x) { return solve(x[0], x[1]); }, {regular({3, 3}), spread({3, 2}, -1, 1, 1)})
          .also({regular({3, 3}), spread({3}, -1, 1, 1)})
          .also({regular({2, 3, 3}), spread({2, 3}, -1, 1, 1)})           // a batch of vectors
          .also({regular({2, 1, 2, 2}), spread({3, 2, 1}, -1, 1, 1)})     // broadcast batches
          .also({regular({2, 2}), spread({2, 2, 3}, -1, 1, 1)})
          .also({spread({0, 0}), spread({0, 2})})
          .also({spread({0, 0}), spread({0})})
          .also({regular({2, 2}), spread({2, 0})})
          .also({spread({0, 2, 2}), spread({0, 2, 1})})
          .also({spread({1, 1}), spread({1})})
          .large({regular({300, 12, 12}), spread({300, 12, 2})})
          .fails<ShapeError>([] { solve(ones({2, 3}), ones({2})); }, "solve: got shape [2, 3]; expected square matrices")
          .fails<ShapeError>([] { solve(eye(2), ones({3})); }, "solve: got A [2, 2], B [3, 1]; expected B.shape[-2] == 2")
          .fails<ShapeError>([] { solve(eye(2), ones({})); }, "solve: got A [2, 2], B []")
          .fails<ShapeError>([] { solve(ones({2, 3, 3}), ones({4, 3, 1})); }, "solve: ")
          .fails<DTypeError>([] { solve(eye(2), ones({2}, float64)); }, "solve: operands of different precision")
          .fails<ValueError>([] { solve(ones({2, 2}), ones({2})); }, "solve: the matrix is singular")
          .fails<ValueError>([] { solve(zeros({2, 2}), zeros({2, 0})); }, "solve: the matrix is singular")
          .fails<ValueError>([] { solve(stack({eye(1), zeros({1, 1})}), ones({2, 1, 1})); },
                             "solve: matrix [1] of the batch [2] is singular"),
      Row("solve_triangular, lower",
          [](In x) { return solve_triangular(x[0], x[1], false); },
          {regular({3, 3}), spread({3, 2}, -1, 1, 1)})
          .also({regular({2, 1, 2, 2}), spread({3, 2, 1}, -1, 1, 1)})
          .also({spread({0, 0}), spread({0, 2})})
          .also({regular({2, 2}), spread({2, 0})})
          .fails<ShapeError>([] { solve_triangular(ones({2, 3}), ones({2, 1}), true); }, "expected square matrices")
          .fails<ShapeError>([] { solve_triangular(eye(2), ones({2}), true); }, "expected B.shape[-2] == 2")
          .fails<ValueError>([] { solve_triangular(tensor({{1., 0.}, {1., 0.}}), ones({2, 1}), false); },
                             "solve_triangular: the matrix is singular: got a zero pivot in column 1"),
      {"solve_triangular, upper",
       [](In x) { return solve_triangular(x[0], x[1], true); },
       {regular({3, 3}), spread({3, 2}, -1, 1, 1)}},
      {"solve_triangular, upper with ones",
       [](In x) { return solve_triangular(x[0], x[1], true, true); },
       {spread({3, 3}), spread({3, 2}, -1, 1, 1)}},
      {"solve_triangular, lower with ones",
       [](In x) { return solve_triangular(x[0], x[1], false, true); },
       {spread({3, 3}), spread({3, 1}, -1, 1, 1)}},
      Row("cholesky", [](In x) { return cholesky(spd(x[0])); }, {spread({3, 3})})
          .also({spread({2, 2, 2})})
          .also({spread({1, 1})})
          .also({spread({0, 0})})
          .large({spread({300, 12, 12})})
          .fails<ShapeError>([] { cholesky(ones({2, 3})); }, "cholesky: got shape [2, 3]; expected square matrices")
          .fails<ValueError>([] { cholesky(tensor({{1., 2.}, {2., 1.}})); },
                             "cholesky: the matrix is not positive definite: the leading minor of 2 rows is not")
          .fails<ValueError>([] { cholesky(stack({eye(2), -eye(2)})); },
                             "cholesky: matrix [1] of the batch [2] is not positive definite")
          .fails<ValueError>([] { cholesky(zeros({1, 1})); }, "not positive definite")
          .fails<ValueError>([] { cholesky(matrix({{kNaN}})); }, "cholesky: the matrix is not finite: got nan at [0, 0]"),
      {"cholesky, upper", [](In x) { return cholesky(spd(x[0]), true); }, {spread({3, 3})}},
      Row("matrix_power", [](In x) { return matrix_power(x[0], 5); }, {spread({3, 3})})
          .also({spread({2, 2, 2})})
          .fails<ShapeError>([] { matrix_power(ones({2, 3}), 2); }, "matrix_power: got shape [2, 3]")
          .fails<ValueError>([] { matrix_power(zeros({2, 2}), -1); }, "singular")
          .fails<ValueError>([] { matrix_power(eye(2), INT64_MIN); }, "exponent"),
      {"matrix_power, negative", [](In x) { return matrix_power(x[0], -2); }, {regular({3, 3})}},
      Row("pinv", [](In x) { return pinv(x[0]); }, {spread({2, 3})}),
      Row("pinverse", [](In x) { return pinverse(x[0]); }, {spread({4, 2})})
          .also({spread({2, 3})})
          .also({regular({2, 3, 3})})
          .also({spread({0, 3})})
          .loose(1e-4, 2e-3)
          .fails<ShapeError>([] { pinverse(ones({3})); }, "pinverse: got shape [3]; expected at least two axes")
          .fails<ValueError>([] { pinverse(eye(2), -1.); }, "rtol: got -1")
          .fails<ValueError>([] { pinverse(eye(2), kNaN); }, "rtol: got nan")
          .fails<ValueError>([] { pinverse(matrix({{kInf}})); }, "pinverse: the matrix is not finite"),
      Row("lstsq", [](In x) { return lstsq(x[0], x[1]); }, {spread({4, 2}), spread({4}, -1, 1, 1)})
          .also({spread({2, 3}), spread({2, 2}, -1, 1, 1)})
          .loose(1e-4, 2e-3)
          .fails<ShapeError>([] { lstsq(ones({3, 2}), ones({2})); }, "lstsq: got A [3, 2], B [2]; expected B.shape[0]"),

      Row("eigh, values", [](In x) { return eigh(sym(x[0])).eigenvalues; }, {spread({3, 3})})
          .also({spread({2, 2, 2})})
          .also({spread({1, 1})})
          .also({spread({0, 0})})
          .large({spread({100, 12, 12})})
          .fails<ShapeError>([] { eigh(ones({2, 3})); }, "eigh: got shape [2, 3]; expected square matrices")
          .fails<ValueError>([] { eigh(eye(2), 'X'); }, "eigh: uplo: got 'X'; expected 'L' or 'U'")
          .fails<ValueError>([] { eigh(stack({eye(1, {}, float64), matrix({{kInf}})})); },
                             "eigh: matrix [1] of the batch [2] is not finite: got inf at [0, 0]"),
      Row("eigh, vectors", [](In x) { return square(eigh(sym(x[0])).eigenvectors); }, {spread({3, 3})})
          .also({spread({2, 2, 2})})
          .also({spread({1, 1})})
          .loose(1e-4, 5e-3),
      {"eigh, vectors and values",
       [](In x) {
         const auto [w, v] = eigh(sym(x[0]), 'U');
         return matmul(v * unsqueeze(exp(w), -2), T(v));
       },
       {spread({3, 3})}},
      Row("eigvalsh", [](In x) { return eigvalsh(sym(x[0])); }, {spread({3, 3})})
          .fails<ShapeError>([] { eigvalsh(ones({3})); }, "eigvalsh: got shape [3]"),
      Row("svdvals", [](In x) { return svdvals(x[0]); }, {spread({3, 3})})
          .also({spread({4, 2})})
          .also({spread({2, 2, 3})})
          .also({spread({1, 1})})
          .also({spread({0, 3})})
          .also({spread({2, 3, 0})})
          .large({spread({100, 12, 10})})
          .loose(1e-4, 5e-3)
          .fails<ShapeError>([] { svdvals(ones({3})); }, "svdvals: got shape [3]; expected at least two axes")
          .fails<ValueError>([] { svdvals(matrix({{1., kNaN}})); }, "svdvals: the matrix is not finite: got nan at [0, 1]"),
Row("matrix_norm", [](In x) { return matrix_norm(x[0]); }, {spread({3, 2})})
          .also({spread({2, 2, 3})})
          .also({spread({0, 2})})
          .also({spread({2, 0, 3})})
          .fails<ShapeError>([] { matrix_norm(ones({3})); }, "matrix_norm: got shape [3]; expected at least two axes")
          .fails<ValueError>([] { matrix_norm(eye(2), "two"); }, "order: got \"two\"; expected \"fro\" or \"nuc\"")
          .fails<ValueError>([] { matrix_norm(eye(2), 3); }, "matrix_norm: order: got 3")
          .fails<ValueError>([] { matrix_norm(eye(2), kNaN); }, "matrix_norm: order: got nan")
          .fails<ShapeError>([] { matrix_norm(ones({2, 0}), 1); }, "expected at least one element"),
      Row("matrix_norm, nuclear", [](In x) { return matrix_norm(x[0], "nuc", true); }, {spread({3, 2})})
          .also({spread({2, 0})}),
      {"matrix_norm, 2", [](In x) { return matrix_norm(x[0], 2); }, {spread({2, 3, 2})}},
      {"matrix_norm, -2", [](In x) { return matrix_norm(x[0], -2, true); }, {spread({3, 3})}},
      {"matrix_norm, 1", [](In x) { return matrix_norm(x[0], 1); }, {spread({2, 3, 2})}},
      {"matrix_norm, -1", [](In x) { return matrix_norm(x[0], -1, true); }, {spread({3, 2})}},
      {"matrix_norm, inf", [](In x) { return matrix_norm(x[0], kInf); }, {spread({3, 3}, -1, 2)}},
      {"matrix_norm, -inf", [](In x) { return matrix_norm(x[0], -kInf); }, {spread({3, 3}, -1, 2)}},
      Row("matrix_rank", [](In x) { return matrix_rank(x[0]); }, {spread({3, 2})})
          .also({regular({2, 3, 3})})
          .without_gradient()
          .fails<ShapeError>([] { matrix_rank(ones({3})); }, "matrix_rank: got shape [3]"),
            Row("svd, left vectors", [](In x) { return square(svd(x[0]).U); }, {spread({3, 3})})
          .also({spread({4, 2})})
          .also({spread({2, 3})})
          .loose(1e-4, 5e-3)
          .fails<ShapeError>([] { svd(ones({})); }, "svd: got shape []"),
      Row("svd, right vectors", [](In x) { return square(svd(x[0]).Vh); }, {spread({3, 3})})
          .also({spread({4, 2})})
          .also({spread({2, 2, 3})})
          .loose(1e-4, 5e-3),
      Row("svd, all",
          [](In x) {
            const auto [u, s, vh] = svd(x[0]);
            return matmul(u * unsqueeze(square(s), -2), vh);
          },
          {spread({3, 3})})
          .also({spread({4, 2})})
          .also({spread({2, 3})})
          .loose(1e-4, 5e-3),
  };
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("linear algebra") { check(rows()); }

TEST_CASE("the gradient of a determinant is that of its cofactors, for singular matrices too") {
  const auto cofactors = [](const Tensor& x) { return gradient([](const Tensor& v) { return sum(det(v)); }, x); };
  const Tensor rank2 = matrix({{1., 2., 3.}, {4., 5., 6.}, {7., 8., 9.}});
  CHECK(apart(cofactors(rank2), matrix({{-3., 6., -3.}, {6., -12., 6.}, {-3., 6., -3.}})) < 1e-13);
  CHECK(apart(cofactors(matrix({{1., 2.}, {2., 4.}})), matrix({{4., -2.}, {-2., 1.}})) < 1e-14);
  CHECK(same_bytes(cofactors(zeros({1, 1}, float64)).array(), ones({1, 1}, float64).array()));
  CHECK(apart(cofactors(zeros({3, 3}, float64)), zeros({3, 3}, float64)) == 0);
  CHECK(apart(cofactors(matrix({{0., 0.}, {0., 7.}})), matrix({{7., 0.}, {0., 0.}})) < 1e-14);
  CHECK(cofactors(zeros({0, 0}, float64)).shape() == Shape{0, 0});
  // Beyond the range of the determinant's factors, on the way.
  CHECK(apart(cofactors(diag(matrix({1e200, 1e200, 1e-200, 1e-200}))) * 1e-200, diag(matrix({0., 0., 1., 1.}))) <
        1e-14);
}

TEST_CASE("determinants of special matrices are exact") {
  CHECK(det(zeros({0, 0})).item<float>() == 1);
  CHECK(det(zeros({2, 0, 0})).values<float>()[1] == 1);
  CHECK(det(zeros({3, 3})).item<float>() == 0);
  CHECK(det(tensor({{1., 2.}, {2., 4.}})).item<float>() == 0);
  CHECK(det(tensor({{0., 1.}, {1., 0.}})).item<float>() == -1);
  CHECK(det(tensor({{1, 2}, {3, 4}})).dtype() == float32);
  CHECK(det(tensor({{-2.5}})).item<float>() == -2.5f);
  CHECK(det(diag(matrix({1e200, 1e200, 1e-200, 1e-200}))).item<double>() == doctest::Approx(1).epsilon(1e-15));
  CHECK(det(diag(matrix({1e200, 1e200}))).item<double>() == kInf);
  CHECK(det(diag(matrix({1e200, -1e200}))).item<double>() == -kInf);
  CHECK(std::isnan(det(matrix({{1., 0.}, {0., kNaN}})).item<double>()));
  CHECK(std::isnan(det(matrix({{0., 0.}, {kNaN, 0.}})).item<double>()));
  CHECK(det(matrix({{kInf, 0.}, {0., 2.}})).item<double>() == kInf);
  CHECK(slogdet(zeros({0, 0})).sign.item<float>() == 1);
  CHECK(slogdet(zeros({0, 0})).logabsdet.item<float>() == 0);
  CHECK(slogdet(zeros({2, 2})).sign.item<float>() == 0);
  CHECK(slogdet(zeros({2, 2})).logabsdet.item<double>() == -kInf);
  CHECK(slogdet(-eye(3)).sign.item<float>() == -1);
  CHECK(slogdet(diag(matrix({1e200, -1e200}))).logabsdet.item<double>() == doctest::Approx(2 * std::log(1e200)));
  CHECK(std::isnan(slogdet(matrix({{kNaN}})).sign.item<double>()));
  CHECK(std::isnan(slogdet(matrix({{kNaN}})).logabsdet.item<double>()));
  CHECK(std::isnan(logdet(-eye(3)).item<float>()));
  CHECK(logdet(zeros({2, 2})).item<float>() == -kInf);
  CHECK_FALSE(slogdet(eye(2).requires_grad_()).sign.requires_grad());
  CHECK(
      std::isnan(gradient([](const Tensor& v) { return det(v); }, matrix({{1., kNaN}, {0., 1.}})).values<double>()[0]));
}

TEST_CASE("a determinant of one not finite matrix of a batch leaves the others alone") {
  const Tensor batch = stack({matrix({{kNaN, 0.}, {0., 1.}}), matrix({{2., 0.}, {0., 3.}})}).requires_grad_();
  const Tensor d = det(batch);
  CHECK(std::isnan(d.values<double>()[0]));
  CHECK(d.values<double>()[1] == 6);
  const Tensor g = grad(sum(d), batch);
  CHECK(std::isnan(g.values<double>()[0]));
  CHECK(apart(g[1], matrix({{3., 0.}, {0., 2.}})) < 1e-15);
}

TEST_CASE("cholesky and eigh read one triangle, and give symmetric gradients") {
  const Tensor whole = matrix({{4., 2.}, {2., 3.}}), lower = matrix({{4., kNaN}, {2., 3.}}), upper = T(lower);
  CHECK(same_bytes(cholesky(lower).array(), cholesky(whole).array()));
  CHECK(same_bytes(cholesky(upper, true).array(), cholesky(whole, true).array()));
  CHECK(cholesky(whole).values<double>()[1] == 0);
  CHECK(apart(matmul(T(cholesky(whole, true)), cholesky(whole, true)), whole) < kSmall);
  CHECK(same_bytes(eigvalsh(lower).array(), eigvalsh(whole).array()));
  CHECK(same_bytes(eigvalsh(upper, 'U').array(), eigvalsh(whole).array()));
  CHECK(throws<ValueError>([&] { eigvalsh(upper); }, "not finite"));
  for (const auto& f : {oracle::Function([](In x) {
                          return sum(cholesky(x[0]) * spread({2, 2}));
                        }),
                        oracle::Function([](In x) {
                          return sum(eigh(x[0]).eigenvectors * spread({2, 2}));
                        })}) {
    const Tensor g = gradient([&](const Tensor& x) { return f({x}); }, whole);
    CHECK(apart(g, T(g)) < 1e-15);
  }
}

TEST_CASE("factorisations have the gradients that PyTorch 1.13 gives") {
  const Tensor a = matrix({{4., 2.}, {2., 3.}}), c = matrix({{1., 2.}, {3., -1.}});
  CHECK(apart(gradient([&](const Tensor& x) { return sum(square(square(eigh(x).eigenvectors)) * c); }, a),
              matrix({{0.709080363407289, -0.177270090851822}, {-0.177270090851822, -0.709080363407289}})) < kSmall);
  CHECK(apart(gradient([&](const Tensor& x) { return sum(cholesky(x) * c); }, a),
              matrix({{-0.213388347648318, 0.926776695296637}, {0.926776695296637, -0.353553390593274}})) < kSmall);
  CHECK(apart(gradient(
                  [&](const Tensor& x) {
                    return sum(square(svd(x).U) * concat({c, matrix({{2., 5.}})}));
                  },
                  matrix({{1., 2.}, {3., 4.}, {5., 7.}})),
              matrix({{-1.12632231981255, 0.649728988468326},
                      {-3.10435607959242, 2.33662247030291},
                      {2.09830906761906, -1.52830037680768}})) < kSmall);
}

TEST_CASE("repeated eigenvalues and singular values keep the gradient of what depends on values alone") {
  const Tensor i = eye(3, {}, float64), twice = diag(matrix({2., 2., 5.}));
  CHECK(apart(gradient([](const Tensor& x) { return sum(eigvalsh(x)); }, i), i) < kSmall);
  CHECK(apart(gradient([](const Tensor& x) { return sum(square(eigvalsh(x))); }, twice), twice * 2) < kSmall);
  CHECK(apart(gradient([](const Tensor& x) { return sum(svdvals(x)); }, i), i) < kSmall);
  CHECK(apart(gradient([](const Tensor& x) { return sum(square(svdvals(x))); }, twice), twice * 2) < kSmall);
  CHECK(apart(gradient([](const Tensor& x) { return sum(square(svdvals(x))); }, zeros({2, 3}, float64)),
              zeros({2, 3}, float64)) == 0);
  // The vectors' does not exist, and says so.
  const Tensor g = gradient([](const Tensor& x) { return sum(eigh(x).eigenvectors * spread({3, 3})); }, i);
  bool finite = true;
  for (const double v : g.values<double>()) finite = finite && std::isfinite(v);
  CHECK_FALSE(finite);
}

TEST_CASE("huge and tiny matrices are factored") {
  for (const double scale : {1e-300, 1e-150, 1e150, 1e300}) {
    const Tensor a = sym(spread({3, 3})) * scale, b = spread({3, 2}) * scale;
    CHECK(apart(eigvalsh(a) * (1 / scale), eigvalsh(sym(spread({3, 3})))) < kSmall);
    CHECK(apart(svdvals(b) * (1 / scale), svdvals(spread({3, 2}))) < kSmall);
    CHECK(apart(inverse(regular({3, 3}) * scale) * scale, inverse(regular({3, 3}))) < kSmall);
    CHECK(apart(solve(regular({3, 3}) * scale, b), solve(regular({3, 3}), spread({3, 2}))) < kSmall);
  }
}

TEST_CASE("long matrices have singular values, and empty ones of any size no surprises") {
  const Tensor ones_and_signs = stack({ones({40'000}), concat({ones({20'000}), -ones({20'000})})}, 1);  // orthogonal
  CHECK(same_bytes(matrix_rank(ones_and_signs).array(), tensor(2).array()));
  const Tensor values = svdvals(ones_and_signs);
  for (const float s : values.values<float>()) CHECK(s == doctest::Approx(200).epsilon(1e-5));
  CHECK(apart(lstsq(ones_and_signs, ones({40'000})).to(float64), matrix({1., 0.})) < 1e-4);
  const std::int64_t far = std::int64_t{1} << 62;
  CHECK(diagonal(zeros({0, far, far}), 0, 1, 2).shape() == Shape{0, far});
  CHECK(tril(zeros({0, far, far}), -1).numel() == 0);
  CHECK(linear(zeros({far, far, 0}), zeros({0, 0})).shape() == Shape{far, far, 0});
  CHECK(inverse(zeros({far, far, 0, 0})).numel() == 0);
  CHECK(solve(zeros({far, far, 0, 0}), zeros({0, 1})).numel() == 0);
  CHECK(throws<ShapeError>([&] { kron(zeros({0, far}), zeros({0, far})); }, "kron: too large"));
  CHECK(throws<ShapeError>([&] { svdvals(zeros({0, 20'000, 20'000})); }, "at most 16384 rows or columns"));
}

TEST_CASE("a NaN in the right-hand side reaches its own column alone") {
  const Tensor x = solve(regular({3, 3}), matrix({{1., kNaN}, {0., 0.}, {0., 0.}}));
  CHECK(apart(slice(x, 1, 0, 1), slice(inverse(regular({3, 3})), 1, 0, 1)) < kSmall);
  for (std::int64_t i = 0; i < 3; ++i) CHECK(std::isnan(x.values<double>()[static_cast<std::size_t>(2 * i + 1)]));
}

TEST_CASE("pseudoinverses are Moore's and Penrose's, for singular matrices too") {
  for (const Tensor& a : {spread({4, 2}), spread({2, 4}), matrix({{1., 2.}, {2., 4.}, {3., 6.}}),
                          zeros({2, 3}, float64), spread({2, 3, 3})}) {
    const Tensor p = pinverse(a);
    CHECK(apart(matmul(matmul(a, p), a), a) < kSmall);
    CHECK(apart(matmul(matmul(p, a), p), p) < kSmall);
    CHECK(apart(T(matmul(a, p)), matmul(a, p)) < kSmall);
    CHECK(apart(T(matmul(p, a)), matmul(p, a)) < kSmall);
  }
  CHECK(apart(pinverse(diag(matrix({1., 0.1})), 0.5), diag(matrix({1., 0.}))) < kSmall);
  CHECK(pinverse(zeros({3, 0})).shape() == Shape{0, 3});
  // Of the solutions of one equation in two unknowns, the shortest.
  CHECK(apart(lstsq(matrix({{1., 1.}}), matrix({2.})), matrix({1., 1.})) < kSmall);
}

TEST_CASE("matrix norms of special matrices") {
  const Tensor a = matrix({{1., -2.}, {-3., 4.}});
  CHECK(matrix_norm(a).item<double>() == doctest::Approx(std::sqrt(30.)).epsilon(1e-15));
  CHECK(matrix_norm(a, 1).item<double>() == 6);
  CHECK(matrix_norm(a, -1).item<double>() == 4);
  CHECK(matrix_norm(a, kInf).item<double>() == 7);
  CHECK(matrix_norm(a, -kInf).item<double>() == 3);
  CHECK(matrix_norm(a, 2).item<double>() == doctest::Approx(std::sqrt(15 + std::sqrt(221.))).epsilon(1e-14));
  CHECK(matrix_norm(a, -2).item<double>() == doctest::Approx(std::sqrt(15 - std::sqrt(221.))).epsilon(1e-13));
  CHECK(matrix_norm(a, "nuc").item<double>() == doctest::Approx(std::sqrt(34.)).epsilon(1e-14));
  CHECK(matrix_norm(a, "nuc", true).shape() == Shape{1, 1});
  CHECK(matrix_norm(ones({2, 2}) * 1e30).item<float>() == doctest::Approx(2e30));
  CHECK(matrix_norm(ones({2, 2}) * 1e-30).item<float>() == doctest::Approx(2e-30));
  CHECK(matrix_norm(matrix({{kInf, 1.}})).item<double>() == kInf);
  CHECK(std::isnan(matrix_norm(matrix({{kNaN, 1.}})).item<double>()));
  CHECK(matrix_norm(ones({0, 3})).item<float>() == 0);
  const Tensor none = zeros({2, 2}, float64);
  CHECK(same_bytes(gradient([](const Tensor& x) { return matrix_norm(x); }, none).array(), none.array()));
  CHECK(matrix_rank(matrix({{1., 2.}, {2., 4.}})).item<std::int64_t>() == 1);
  CHECK(matrix_rank(zeros({2, 3})).item<std::int64_t>() == 0);
  CHECK(matrix_rank(eye(3)).item<std::int64_t>() == 3);
  CHECK(matrix_rank(zeros({0, 3})).item<std::int64_t>() == 0);
  CHECK(matrix_rank(diag(matrix({1., 0.1})), 0.5).item<std::int64_t>() == 1);
}

TEST_CASE("powers of integer matrices are integers") {
  const Tensor fibonacci = matrix_power(tensor({{1, 1}, {1, 0}}), 90);
  CHECK(fibonacci.dtype() == int64);
  CHECK(fibonacci.values<std::int64_t>()[1] == 2880067194370816120);
  CHECK(same_bytes(matrix_power(spread({2, 3, 3}), 0).array(), expand(eye(3, {}, float64), {2, 3, 3}).array()));
}

TEST_CASE("a batch gives the bits of its matrices one by one") {
  const Tensor batch = regular({40, 5, 5});
  for (const auto& f :
       {oracle::Function([](In x) { return det(x[0]); }), oracle::Function([](In x) { return inverse(x[0]); }),
        oracle::Function([](In x) { return svdvals(x[0]); }),
        oracle::Function([](In x) { return cholesky(spd(x[0])); }),
        oracle::Function([](In x) { return eigh(sym(x[0])).eigenvectors; })}) {
    const Tensor all = f({batch});
    for (std::int64_t i = 0; i < 40; ++i) CHECK(same_bytes(all[i].array(), f({batch[i]}).array()));
  }
}

TEST_SUITE_END();
