// A race on purpose, inside parallel work: shows that the thread sanitizer sees it there, suppressions and all.
#include <cstdint>
#include <iostream>

#include "tensor/parallel.hpp"

int main() {
  xgrad::set_num_threads(4);
  std::int64_t sum = 0;
  xgrad::parallel_for(1'000'000, 1000, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) sum += i;
  });
  std::cout << sum << '\n';
}
