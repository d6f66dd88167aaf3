// Max pooling by vectors against windows looked at one by one.

#include <doctest/doctest.h>

#include "tensor/kernels/pooling.hpp"
#include "tests/tensor/arrays.hpp"

using namespace xgrad;
using namespace xgrad::test;
using kernels::Window;

TEST_SUITE_BEGIN("tensor");

TEST_CASE("2 x 2 windows side by side choose and put back what windows looked at one by one do") {
  Random random(1);
  for (const DType t : {float32, float64})
    for (int tried = 0; tried < 200; ++tried) {
      const std::int64_t height = 2 + random.below(9), width = 2 + random.below(80);
      const auto half = [](std::int64_t in) { return Window{in, in / 2, 2, 2, 1, 0}; };
      const Window h = half(height), w = half(width);
      const Array x = random.array({2, 3, height, width}, int64).to(t);  // with ties
      Array places;
      const Array y = kernels::max_pool(x, h, w, &places);
      const Array at = kernels::max_positions(x, {.window = h}, {.window = w});
      REQUIRE(same_bytes(kernels::positions_of(places, h, w), at));
      CHECK(same_bytes(y, kernels::max_pool(x, h, w, nullptr)));
      CHECK(same_bytes(y, kernels::take_places(x, places, h, w)));
      const Values positions = values_of(at), g = values_of(y);
      Values put(static_cast<std::size_t>(x.numel()), 0.);
      const std::size_t windows = static_cast<std::size_t>(h.out * w.out),
                        image = static_cast<std::size_t>(height * width);
      for (std::size_t k = 0; k < positions.size(); ++k)
        put[k / windows * image + static_cast<std::size_t>(positions[k])] = g[k];
      CHECK(values_of(kernels::put_places(y, places, h, w)) == put);
    }
}

TEST_SUITE_END();
