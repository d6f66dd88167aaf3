// Threads: isolated regions, and the same bits whatever their number.

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "autograd/autograd.hpp"
#include "data/data.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"
#include "tensor/parallel.hpp"

using namespace xgrad;

namespace {

struct Threads {
  explicit Threads(int n) : before(num_threads()) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
  int before;
};

/// Every parameter after a short training, and the losses on the way.
std::vector<Array> train_with(int threads) {
  const Threads guard(threads);
  manual_seed(3);
  const auto digits = data::synthetic_digits(600, 10, {.seed = 5});
  nn::Sequential net(nn::Flatten(), nn::Dense(784, 300), nn::ReLU(), nn::Dense(300, 300), nn::Tanh(),
                     nn::Dense(300, 10));
  optim::Adam adam(net.parameters(), {.lr = 1e-3});
  std::vector<Array> result;
  for (int epoch = 0; epoch < 2; ++epoch)
    for (const auto& [x, y] : data::DataLoader(digits.train, {.batch_size = 300, .shuffle = true, .seed = 1})) {
      adam.zero_grad();
      const Tensor loss = nn::cross_entropy(net(x), y);
      loss.backward();
      adam.step();
      result.push_back(loss.array());
    }
  for (const Tensor& p : net.parameters()) result.push_back(p.array());
  return result;
}

}  // namespace

TEST_SUITE_BEGIN("train");

TEST_CASE("a training run gives the same bits with 1, 2 and 5 threads") {
  const std::vector<Array> one = train_with(1);
  for (const int threads : {2, 5}) {
    const std::vector<Array> many = train_with(threads);
    REQUIRE(one.size() == many.size());
    for (std::size_t i = 0; i < one.size(); ++i)
      CHECK_MESSAGE(same_bytes(one[i], many[i]), "value " << i << " differs with " << threads << " threads");
  }
}

TEST_CASE(
    "a thread that waits inside a region does not pick up work that would run under its grad mode and generator") {
  const Threads guard(4);
  std::atomic<int> wrong{0};
  for (int repeat = 0; repeat < 5; ++repeat)
    parallel_for(32, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        if (!GradMode::enabled() || default_generator().seed() == 77) ++wrong;  // somebody else's
        const NoGradGuard no_grad;
        Generator own(77);
        const GeneratorGuard generator(own);
        // A region inside, whose pieces other threads take too: here it waits for them.
        parallel_for(4, 1,
                     [](std::int64_t, std::int64_t) { std::this_thread::sleep_for(std::chrono::microseconds(200)); });
        if (GradMode::enabled() || default_generator().seed() != 77) ++wrong;
      }
    });
  CHECK(wrong.load() == 0);
}

TEST_CASE("several threads train models of their own at the same time, each as if it were alone") {
  const std::vector<Array> alone = train_with(2);
  std::vector<std::vector<Array>> results(3);
  {
    std::vector<std::thread> threads;
    for (auto& result : results)
      threads.emplace_back([&result] {
        Generator own(3);
        const GeneratorGuard guard(own);
        nn::Sequential net(nn::Dense(20, 30), nn::ReLU(), nn::Dense(30, 2));
        optim::SGD sgd(net.parameters(), {.lr = 0.1, .momentum = 0.9});
        const Tensor x = randn({64, 20}), y = randint(0, 2, {64});
        for (int i = 0; i < 50; ++i) {
          sgd.zero_grad();
          nn::cross_entropy(net(x), y).backward();
          sgd.step();
        }
        for (const Tensor& p : net.parameters()) result.push_back(p.array());
      });
    for (std::thread& t : threads) t.join();
  }
  for (std::size_t r = 1; r < results.size(); ++r)
    for (std::size_t i = 0; i < results[0].size(); ++i) CHECK(same_bytes(results[0][i], results[r][i]));
  CHECK(same_bytes(alone.back(), train_with(2).back()));
}

TEST_SUITE_END();
