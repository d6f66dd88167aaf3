// The identities of matrix calculus: gradients by the tape against their closed forms.

#include "tests/autograd/matrices.hpp"

using namespace xgrad;
using namespace matrices;
using oracle::spread;

TEST_SUITE_BEGIN("autograd");

TEST_CASE("traces have the gradients of the textbooks") {
  const Tensor a = spread({3, 4}), b = spread({4, 3}, -1, 1, 1), s = spread({3, 3}, -1, 1, 2), x = regular({3, 3}, 3);
  CHECK(apart(gradient([&](const Tensor& v) { return trace(matmul(a, v)); }, b), T(a)) < kSmall);
  CHECK(apart(gradient([&](const Tensor& v) { return trace(matmul(T(v), a)); }, a), a) < kSmall);
  CHECK(apart(gradient([&](const Tensor& v) { return trace(matmul(T(v), matmul(s, v))); }, a), matmul(s + T(s), a)) <
        kSmall);
  CHECK(apart(gradient([&](const Tensor& v) { return trace(matmul(v, matmul(s, T(v)))); }, b), matmul(b, s + T(s))) <
        kSmall);
  CHECK(apart(gradient([&](const Tensor& v) { return trace(matrix_power(v, 4)); }, x), T(matrix_power(x, 3)) * 4) <
        kSmall);
  const Tensor y = inverse(x);
  CHECK(apart(gradient([&](const Tensor& v) { return trace(matmul(s, inverse(v))); }, x), -T(matmul(y, matmul(s, y)))) <
        kSmall);
}

TEST_CASE("vectors and matrices have the gradients of the textbooks") {
  const Tensor a = spread({3, 3}), x = spread({3}, -1, 1, 1), y = spread({3}, -1, 1, 2), m = regular({3, 3}, 3);
  CHECK(apart(gradient([&](const Tensor& v) { return dot(v, mv(a, v)); }, x), mv(a + T(a), x)) < kSmall);
  CHECK(apart(gradient([&](const Tensor& v) { return dot(x, mv(v, y)); }, a), outer(x, y)) < kSmall);
  CHECK(apart(gradient([&](const Tensor& v) { return einsum("i,ij,j", x, v, y); }, a), outer(x, y)) < kSmall);
  const Tensor w = spread({4, 3}, -1, 1, 4), b = spread({4}, -1, 1, 5);
  const Tensor r = mv(w, x) - b;
  CHECK(apart(gradient([&](const Tensor& v) { return sum(square(mv(w, v) - b)); }, x), mv(T(w), r) * 2) < kSmall);
  CHECK(apart(gradient([&](const Tensor& v) { return sum(square(mv(v, x) - b)); }, w), outer(r, x) * 2) < kSmall);
  const Tensor u = solve(T(m), x), v = solve(m, y);
  CHECK(apart(gradient([&](const Tensor& z) { return dot(x, solve(z, y)); }, m), -outer(u, v)) < kSmall);
  CHECK(apart(gradient([&](const Tensor& z) { return dot(x, solve(m, z)); }, y), u) < kSmall);
  // The least squares solution satisfies the normal equations, and so does its derivative.
  CHECK(apart(gradient([&](const Tensor& z) { return dot(x, lstsq(w, z)); }, b), mv(w, solve(matmul(T(w), w), x))) <
        kSmall);
}

TEST_CASE("determinants have the gradients of the textbooks") {
  const Tensor x = regular({4, 4}), s = spd(spread({3, 3})), direction = spread({4, 4}, -1, 1, 1);
  const Tensor inverse_t = T(inverse(x));
  CHECK(apart(gradient([](const Tensor& v) { return det(v); }, x), inverse_t * det(x)) < kSmall);
  CHECK(apart(gradient([](const Tensor& v) { return slogdet(v).logabsdet; }, x), inverse_t) < kSmall);
  CHECK(apart(gradient([](const Tensor& v) { return logdet(v); }, s), T(inverse(s))) < kSmall);
  CHECK(apart(gradient([](const Tensor& v) { return sum(log(diagonal(cholesky(v)))) * 2; }, s), inverse(s)) < kSmall);
  CHECK(apart(gradient([](const Tensor& v) { return sum(log(eigvalsh(v))); }, s), inverse(s)) < kSmall);
  // The Hessian of log det takes U to -X^-T U^T X^-T.
  const Tensor at = x.detach().requires_grad_();
  const Tensor g = grad(slogdet(at).logabsdet, at, {.create_graph = true});
  CHECK(apart(grad(sum(g * direction), at), -matmul(matmul(inverse_t, T(direction)), inverse_t)) < kSmall);
}

TEST_CASE("eigenvalues and singular values have the gradients of the textbooks") {
  const Tensor a = sym(spread({3, 3})), b = spread({4, 3});
  const auto [w, v] = eigh(a);
  CHECK(apart(matmul(v * unsqueeze(w, 0), T(v)), a) < kSmall);
  CHECK(apart(matmul(T(v), v), eye(3, {}, float64)) < kSmall);
  for (std::int64_t i = 0; i < 3; ++i) {
    const Tensor vector = select(v, 1, i);
    CHECK(apart(gradient([i](const Tensor& x) { return eigvalsh(x)[i]; }, a), outer(vector, vector)) < kSmall);
  }
  const auto [u, s, vh] = svd(b);
  CHECK(apart(matmul(u * unsqueeze(s, 0), vh), b) < kSmall);
  CHECK(apart(svdvals(b), s) < kSmall);
  CHECK(apart(gradient([](const Tensor& x) { return sum(svdvals(x)); }, b), matmul(u, vh)) < kSmall);
  CHECK(apart(gradient([](const Tensor& x) { return sum(square(svdvals(x))); }, b), b * 2) < kSmall);
}

TEST_SUITE_END();
