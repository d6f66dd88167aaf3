// What a training loop asks of the system once it is warm: nothing.

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>

#include "autograd/autograd.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"
#include "tensor/memory.hpp"

using namespace xgrad;

#ifndef XGRAD_NO_POOL
namespace {

long page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}

}  // namespace
#endif

TEST_SUITE_BEGIN("train");

#ifndef XGRAD_NO_POOL  // without a pool every block comes from the system

TEST_CASE("after the first steps a training loop asks the system for no block and touches no new page") {
  nn::Sequential net(nn::Flatten(), nn::Dense(784, 256), nn::ReLU(), nn::Dense(256, 64), nn::Tanh(), nn::Dense(64, 10));
  optim::Adam adam(net.parameters());
  const Tensor x = rand({128, 1, 28, 28}), y = randint(0, 10, {128});
  const auto step = [&] {
    adam.zero_grad();
    nn::cross_entropy(net(x), y).backward();
    adam.step();
  };
  for (int i = 0; i < 20; ++i) step();
  const std::int64_t calls = memory_stats().system_calls, live = memory_stats().live_bytes;
  long fewest = 1'000'000;  // the system may move or merge pages at any moment, but not in every one of five rounds
  for (int round = 0; round < 5; ++round) {
    const long before = page_faults();
    for (int i = 0; i < 10; ++i) step();
    fewest = std::min(fewest, page_faults() - before);
  }
  CHECK(fewest == 0);
  CHECK(memory_stats().system_calls == calls);
  CHECK(memory_stats().live_bytes == live);
}

#endif

TEST_CASE("10,000 dropped graphs and a chain of 1,000,000 operations leave the live bytes where they were") {
  Tensor w = randn({10}).requires_grad_();
  const Tensor c = randn({10});
  sum(w * c).backward();  // the gradient stays
  const std::int64_t live = memory_stats().live_bytes;
  for (int i = 0; i < 10'000; ++i) {
    const Tensor y = tanh(w * c + w);
    (void)y;
  }
  CHECK(memory_stats().live_bytes == live);
  {
    Tensor y = w;
    for (int i = 0; i < 1'000'000; ++i) y = y + c;  // freed without recursion
    CHECK(memory_stats().live_bytes > live);
  }
  CHECK(memory_stats().live_bytes == live);
  release_cached_memory();
  CHECK(memory_stats().live_bytes == live);
}

TEST_SUITE_END();
