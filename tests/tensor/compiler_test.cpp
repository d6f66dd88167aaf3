// What the compiler got wrong once: kept here, so that it is seen when the flag against it goes missing.

#include <doctest/doctest.h>

#include <vector>

TEST_SUITE_BEGIN("tensor");

namespace {
[[gnu::noinline]] bool same(const std::vector<double>& list, const double* one_by_one) {
  for (const double v : list)
    if (v != *one_by_one++) return false;
  return true;
}
}  // namespace

TEST_CASE("constants that end in zeros keep them (g++ 12 with AVX-512, see cmake/XgradBuild.cmake)") {
  double ones[4] = {};
  for (int n = 0; n < 4; ++n) ones[n] = n < 3 ? 1 : 0;
  CHECK(same({1, 1, 1, 0}, ones));
  ones[2] = 0;
  CHECK(same({1, 1, 0, 0}, ones));
}

TEST_SUITE_END();
