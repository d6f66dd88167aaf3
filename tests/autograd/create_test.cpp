// New tensors: what NumPy and PyTorch give, to the last bit, and at the edges.

#include "tests/operations/oracle.hpp"
#include "tests/throws.hpp"

using namespace xgrad;

TEST_SUITE_BEGIN("autograd");

TEST_CASE("arange counts integers exactly and stops before the end") {
  const std::int64_t big = (std::int64_t{1} << 60) + 1;
  CHECK(arange(big, big + 3).values<std::int64_t>()[2] == big + 2);
  CHECK(arange(INT64_MAX - 1, INT64_MAX).item<std::int64_t>() == INT64_MAX - 1);
  CHECK(arange(INT64_MIN, INT64_MAX, INT64_MAX).numel() == 3);
  CHECK(arange(5, 5, -1).numel() == 0);
  CHECK(arange(7, 0, -3).str() == "[7 4 1]");
  CHECK(arange(0, 1, 0.3, float64).values<double>()[3] == 3 * 0.3);
  CHECK(arange(0., 1e-320, 5e-324, float64).numel() == 2024);
  CHECK(arange(3, 0, -1, uint8).str() == "[3 2 1]");
  CHECK(arange(0, 3, 1, float64).dtype() == float64);
  for (const double bad : {0., -1., static_cast<double>(NAN)})
    CHECK(throws<ValueError>([&] { arange(0., 1., bad); }, "arange: got start 0, end 1, step"));
  CHECK(throws<ValueError>([] { arange(0., INFINITY); }, "arange"));
  CHECK(throws<ValueError>([] { arange(0., 1e300, 1e-300); }, "arange"));
  CHECK(throws<ValueError>([] { arange(INT64_MIN, INT64_MAX, 1); }, "arange"));
  CHECK(throws<ValueError>([] { arange(-3); }, "arange: got start 0, end -3, step 1"));
}

TEST_CASE("linspace ends in its ends") {
  CHECK(linspace(0.1, 0.7, 7, float64).values<double>()[6] == 0.7);
  CHECK(linspace(3, 9, 1).str() == "[3.]");
  CHECK(linspace(3, 9, 0).numel() == 0);
  CHECK(linspace(1, -1, 3).str() == "[ 1.  0. -1.]");
  CHECK(throws<ShapeError>([] { linspace(0, 1, -1); }, "negative size"));
  CHECK(throws<DTypeError>([] { linspace(0, 1, 3, int64); }, "linspace: got int64"));
}

TEST_CASE("what is made like a tensor has its shape and dtype and none of its history") {
  const Tensor x = ones({2, 3}, float64).requires_grad_();
  CHECK(full_like(x, 7).dtype() == float64);
  CHECK(full_like(x, 7).str() == "[[7. 7. 7.]\n [7. 7. 7.]]");
  CHECK(full_like(x, 2.5, int64).str() == "[[2 2 2]\n [2 2 2]]");
  CHECK(zeros_like(x, bool_).dtype() == bool_);
  CHECK(ones_like(x).shape() == x.shape());
  CHECK(empty_like(x, float32).dtype() == float32);
  CHECK(rand_like(x).dtype() == float64);
  CHECK(randn_like(x).shape() == x.shape());
  CHECK_FALSE(full_like(x, 7).requires_grad());
  CHECK(throws<DTypeError>([] { rand_like(zeros({2}, int64)); }, "rand: got int64"));
}

TEST_CASE("eye is wide, tall or nothing") {
  CHECK(eye(3, 2).str() == "[[1. 0.]\n [0. 1.]\n [0. 0.]]");
  CHECK(eye(0).shape() == Shape{0, 0});
  CHECK(eye(2, 0).shape() == Shape{2, 0});
  CHECK(eye(2, {}, bool_).str() == "[[ True False]\n [False  True]]");
  CHECK(throws<ShapeError>([] { eye(-1); }, "negative size"));
}

TEST_SUITE_END();
