#include "data/loader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "tensor/error.hpp"
#include "tests/data/files.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using namespace xgrad::test;
using data::DataLoader;
using data::TensorDataset;

namespace {

using Order = std::vector<std::int64_t>;

/// n examples; input and target of each are its number.
TensorDataset numbered(std::int64_t n) {
  Order values(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(i);
  return {Array::copy_of(values, Shape{n, 1}).to(float32), Array::copy_of(values)};
}

/// The targets of one epoch, batch by batch.
std::vector<Order> batches(DataLoader& loader) {
  std::vector<Order> out;
  for (const auto& [x, y] : loader) {
    out.emplace_back(y.values<std::int64_t>().begin(), y.values<std::int64_t>().end());
    CHECK(x.shape() == Shape{y.numel(), 1});
    for (std::int64_t i = 0; i < y.numel(); ++i) {
      CHECK(x.data<float>()[i] == static_cast<float>(y.data<std::int64_t>()[i]));
    }
  }
  return out;
}
std::vector<Order> batches(DataLoader&& loader) { return batches(loader); }

Order epoch(DataLoader& loader) {
  Order out;
  for (const Order& batch : batches(loader)) out.insert(out.end(), batch.begin(), batch.end());
  return out;
}

Order sorted(Order order) {
  std::sort(order.begin(), order.end());
  return order;
}

}  // namespace

TEST_CASE("DataLoader: in order, with a smaller last batch or without it") {
  CHECK(batches(DataLoader(numbered(5), {.batch_size = 2})) == std::vector<Order>{{0, 1}, {2, 3}, {4}});
  CHECK(batches(DataLoader(numbered(5), {.batch_size = 2, .drop_last = true})) == std::vector<Order>{{0, 1}, {2, 3}});
  CHECK(batches(DataLoader(numbered(4), {.batch_size = 2})) == std::vector<Order>{{0, 1}, {2, 3}});
  CHECK(batches(DataLoader(numbered(2), {.batch_size = 9})) == std::vector<Order>{{0, 1}});
  CHECK(batches(DataLoader(numbered(2), {.batch_size = 9, .drop_last = true})).empty());
  CHECK(batches(DataLoader(numbered(0))).empty());
  CHECK(batches(DataLoader(numbered(33))).front().size() == 32);
}

TEST_CASE("DataLoader: size() is the number of batches") {
  for (const std::int64_t n : {0, 1, 4, 5, 6}) {
    for (const bool drop_last : {false, true}) {
      CAPTURE(n);
      CAPTURE(drop_last);
      DataLoader loader(numbered(n), {.batch_size = 5, .drop_last = drop_last});
      CHECK(loader.size() == static_cast<std::int64_t>(batches(loader).size()));
    }
  }
}

TEST_CASE("DataLoader: a shuffled epoch gives each example once, each epoch in another order") {
  DataLoader loader(numbered(100), {.batch_size = 7, .shuffle = true});
  Order in_order(100);
  for (std::size_t i = 0; i < 100; ++i) in_order[i] = static_cast<std::int64_t>(i);
  const Order first = epoch(loader), second = epoch(loader);
  CHECK(sorted(first) == in_order);
  CHECK(sorted(second) == in_order);
  CHECK(first != in_order);
  CHECK(first != second);
}

TEST_CASE("DataLoader: every permutation is equally likely") {
  // 24 permutations, 4800 epochs: chi-squared with 23 degrees of freedom exceeds 49.7 once in a thousand.
  DataLoader loader(numbered(4), {.batch_size = 4, .shuffle = true, .seed = 1});
  std::map<Order, int> counts;
  for (int i = 0; i < 4800; ++i) ++counts[epoch(loader)];
  REQUIRE(counts.size() == 24);
  double chi_squared = 0;
  for (const auto& [order, count] : counts) chi_squared += (count - 200) * (count - 200) / 200.0;
  CHECK(chi_squared < 49.7);
}

TEST_CASE("DataLoader: with a seed the order depends on seed and epoch alone") {
  const auto make = [](std::uint64_t seed) {
    return DataLoader(numbered(50), {.batch_size = 8, .shuffle = true, .seed = seed});
  };
  DataLoader a = make(7), b = make(7), c = make(8);
  const std::uint64_t before = default_generator().counter();
  const Order a0 = epoch(a), a1 = epoch(a), a2 = epoch(a);
  default_generator().bits();
  CHECK(epoch(b) == a0);
  CHECK(epoch(b) == a1);
  CHECK(epoch(c) != a0);
  CHECK(default_generator().counter() == before + 1);

  SUBCASE("set_epoch goes back or ahead") {
    b.set_epoch(0);
    CHECK(epoch(b) == a0);
    CHECK(epoch(b) == a1);
    DataLoader fresh = make(7);
    fresh.set_epoch(2);
    CHECK(epoch(fresh) == a2);
  }
  SUBCASE("saving the generator between epochs is enough to go on") {
    const Generator saved = b.generator();
    DataLoader fresh = make(0);
    fresh.generator() = saved;
    CHECK(epoch(fresh) == a2);
  }
  SUBCASE("an epoch given up in the middle counts as one, and a copy goes its own way") {
    DataLoader copy = b;
    static_cast<void>(copy.begin());
    CHECK(epoch(b) == a2);
  }
  SUBCASE("the batch size does not matter") {
    DataLoader other(numbered(50), {.batch_size = 3, .shuffle = true, .seed = 7});
    CHECK(epoch(other) == a0);
  }
}

TEST_CASE("DataLoader: without a seed the default generator decides") {
  DataLoader loader(numbered(50), {.shuffle = true});
  Generator mine(3);
  Order first;
  {
    const GeneratorGuard guard(mine);
    CHECK(&loader.generator() == &mine);
    first = epoch(loader);
    CHECK(mine.counter() == 1);
    CHECK(epoch(loader) != first);
  }
  mine.manual_seed(3);
  const GeneratorGuard guard(mine);
  CHECK(epoch(loader) == first);
  DataLoader plain(numbered(50));
  epoch(plain);
  CHECK(mine.counter() == 1);  // nothing to decide, nothing drawn
}

TEST_CASE("DataLoader: takes any data set, by copy or by shared pointer") {
  struct Ones : data::Dataset {
    std::int64_t size() const override { return 3; }
    data::Batch batch(std::span<const std::int64_t> indices) const override {
      const Array ones = Array::full({static_cast<std::int64_t>(indices.size())}, 1, int64);
      return {ones, ones};
    }
  };
  std::int64_t sum = 0;
  for (const auto& [x, y] : DataLoader(Ones(), {.batch_size = 2})) sum += y.values<std::int64_t>()[0] * x.numel();
  CHECK(sum == 3);

  const auto shared = std::make_shared<TensorDataset>(numbered(3));
  DataLoader loader(shared, {.batch_size = 3});
  CHECK(&loader.dataset() == shared.get());
  CHECK(epoch(loader) == Order{0, 1, 2});
  CHECK(loader.options().batch_size == 3);

  const TensorDataset constant = numbered(2);
  const auto* part = dynamic_cast<const TensorDataset*>(&DataLoader(constant).dataset());
  CHECK(part != &constant);
}

TEST_CASE("DataLoader: an epoch under way outlives its loader and other epochs") {
  auto loader = std::make_unique<DataLoader>(numbered(6), data::LoaderOptions{.batch_size = 2});
  auto it = loader->begin();
  auto other = loader->begin();
  ++other;
  DataLoader moved = std::move(*loader);
  loader.reset();
  Order seen;
  for (; it != moved.end(); ++it) seen.push_back(it->y.values<std::int64_t>()[0]);
  CHECK(seen == Order{0, 2, 4});
  CHECK((*other).y.values<std::int64_t>()[0] == 2);
}

TEST_CASE("DataLoader: batches may be kept") {
  DataLoader loader(numbered(4), {.batch_size = 2});
  std::vector<data::Batch> kept;
  for (const auto& batch : loader) kept.push_back(batch);
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].y.values<std::int64_t>()[1] == 1);
  CHECK(kept[1].y.values<std::int64_t>()[1] == 3);
}

TEST_CASE("DataLoader: wrong options are a ValueError") {
  CHECK(error_of<ValueError>([] { DataLoader(numbered(3), {.batch_size = 0}); }) ==
        "data::DataLoader: batch_size: got 0; expected at least 1");
  CHECK_THROWS_AS(DataLoader(numbered(3), {.batch_size = -1}), ValueError);
  CHECK_THROWS_AS(DataLoader(std::shared_ptr<const data::Dataset>()), ValueError);
  DataLoader without(numbered(3), {.shuffle = true});
  CHECK_THROWS_AS(without.set_epoch(1), ValueError);
}

TEST_CASE("DataLoader: what a data set throws reaches the loop") {
  struct Broken : data::Dataset {
    std::int64_t size() const override { return 4; }
    data::Batch batch(std::span<const std::int64_t> indices) const override {
      if (indices[0] >= 2) throw IoError("disk on fire");
      return {Array::zeros({2}), Array::zeros({2})};
    }
  };
  int given = 0;
  CHECK(error_of<IoError>([&] {
          for (const auto& [x, y] : DataLoader(Broken(), {.batch_size = 2})) given += x.dim() + y.dim();
        }) == "disk on fire");
  CHECK(given == 2);
}

TEST_CASE("loader: an epoch that begins in the middle has the same batches from there, random transforms included") {
  struct Noisy : data::TensorDataset {
    using data::TensorDataset::TensorDataset;
    data::Batch batch(std::span<const std::int64_t> indices) const override {
      data::Batch b = data::TensorDataset::batch(indices);
      b.x = Array::full(b.x.shape(), default_generator().uniform(), float64);
      return b;
    }
  };
  const Noisy noisy(Array::zeros({23, 2}, float64), Array::zeros({23}, float64));
  for (const bool shuffle : {false, true})
    for (const bool seeded : {false, true}) {
      CAPTURE(shuffle);
      CAPTURE(seeded);
      data::LoaderOptions options{.batch_size = 4, .shuffle = shuffle};
      if (seeded) options.seed = 8;
      data::DataLoader loader(noisy, options);
      Generator start = loader.generator();
      std::vector<Tensor> whole;
      for (const auto& [x, y] : loader) whole.push_back(x);
      REQUIRE(whole.size() == 6);
      const std::uint64_t after = loader.generator().counter();
      for (std::int64_t first = 0; first <= 6; ++first) {
        loader.generator() = start;
        auto batch = loader.begin(first);
        CHECK(loader.generator().counter() == after);
        for (auto i = static_cast<std::size_t>(first); i < 6; ++i, ++batch) {
          REQUIRE_FALSE(batch == loader.end());
          CHECK(same_bytes(batch->x.array(), whole[i].array()));
        }
        CHECK(batch == loader.end());
      }
      CHECK(contains(error_of<ValueError>([&] { loader.begin(7); }), "got batch 7; expected 0 to 6"));
      CHECK(contains(error_of<ValueError>([&] { loader.begin(-1); }), "got batch -1; expected 0 to 6"));
    }
}

TEST_SUITE_END();
