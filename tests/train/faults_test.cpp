// Every allocation of a training step, a save and a load fails, one after the other.

#include "tests/train/faults.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "autograd/autograd.hpp"
#include "data/loader.hpp"
#include "nn/nn.hpp"
#include "optim/adam.hpp"
#include "optim/sgd.hpp"
#include "tensor/detail/pool.hpp"
#include "tensor/memory.hpp"
#include "tensor/parallel.hpp"
#include "tests/train/checkpoints.hpp"

namespace xgrad::test {
namespace {

constinit std::atomic<std::int64_t> blocks{0};
constinit thread_local std::int64_t countdown = 0;  // allocations until one fails; 0: none does
constinit thread_local Failing failing = Failing::once;
constinit thread_local bool reached = false;

bool fails() noexcept {
  if (reached) return failing == Failing::for_good;
  if (countdown == 0 || --countdown != 0) return false;
  return reached = true;
}

void* allocate(std::size_t bytes, std::size_t align = alignof(std::max_align_t)) noexcept {
  if (fails()) return nullptr;
  const std::size_t whole = std::max<std::size_t>((bytes + align - 1) / align * align, align);
  void* block = align <= alignof(std::max_align_t) ? std::malloc(whole) : std::aligned_alloc(align, whole);
  if (block) ++blocks;
  return block;
}
void* checked(void* block) {
  if (!block) throw std::bad_alloc();
  return block;
}
void release(void* block) noexcept {
  if (block) --blocks;
  std::free(block);
}

}  // namespace

std::int64_t live_blocks() noexcept { return blocks; }
void arm(std::int64_t n, Failing how) noexcept {
  countdown = n;
  failing = how;
}
bool disarm() noexcept {
  countdown = 0;
  return std::exchange(reached, false);
}

}  // namespace xgrad::test

using namespace xgrad;
using namespace xgrad::test;
using Align = std::align_val_t;

void* operator new(std::size_t n) { return checked(allocate(n)); }
void* operator new[](std::size_t n) { return checked(allocate(n)); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return allocate(n); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return allocate(n); }
void* operator new(std::size_t n, Align a) { return checked(allocate(n, static_cast<std::size_t>(a))); }
void* operator new[](std::size_t n, Align a) { return checked(allocate(n, static_cast<std::size_t>(a))); }
void* operator new(std::size_t n, Align a, const std::nothrow_t&) noexcept {
  return allocate(n, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t n, Align a, const std::nothrow_t&) noexcept {
  return allocate(n, static_cast<std::size_t>(a));
}
void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t) noexcept { release(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { release(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { release(p); }
void operator delete(void* p, Align) noexcept { release(p); }
void operator delete[](void* p, Align) noexcept { release(p); }
void operator delete(void* p, std::size_t, Align) noexcept { release(p); }
void operator delete[](void* p, std::size_t, Align) noexcept { release(p); }
void operator delete(void* p, Align, const std::nothrow_t&) noexcept { release(p); }
void operator delete[](void* p, Align, const std::nothrow_t&) noexcept { release(p); }

namespace {

/// While it lives, blocks of the pool fail as those of operator new do.
struct PoolFails {
  PoolFails() {
    detail::pool_fault = [] {
      if (fails()) throw std::bad_alloc();
    };
  }
  ~PoolFails() { detail::pool_fault = nullptr; }
};

/// What is in use: blocks, bytes of the pool, open files.
struct InUse {
  std::int64_t blocks = live_blocks(), pool = memory_stats().live_bytes;
  std::int64_t files = std::distance(fs::directory_iterator("/proc/self/fd"), {});
  bool operator==(const InUse&) const = default;
};

constexpr std::int64_t kRows = 6;

/// A model that goes through every kind of operation, with an optimiser and data.
struct Run {
  struct Net : nn::Module {
    nn::Sequential trunk{nn::Dense(4, 5), nn::Tanh(), nn::Dense(5, 5), nn::ReLU()};
    nn::Dense out{10, 3};
    Tensor scale = ones({1, 10}).requires_grad_();
    void members(Members& m) override { m("trunk", trunk)("out", out)("scale", scale); }
    Tensor forward(const Tensor& x) override {
      const Tensor h = trunk(flatten(x, 1));
      const Tensor parts[] = {h, permute(sigmoid(h), {1, 0}).t()};
      const Tensor both = concat(parts, 1) * scale;
      const Tensor rows[] = {both[0], both[1]};
      return out(both + unsqueeze(mean(stack(rows), {0}), 0) - amax(both, {1}, true));
    }
  };

  Generator generator{11};
  GeneratorGuard guard{generator};
  Net net;
  std::unique_ptr<optim::Optimizer> optimizer;
  data::DataLoader loader;

  Run(bool sgd, int steps)
      : loader(data::TensorDataset(randint(0, 256, {2 * kRows, 2, 2}).to(uint8).array(),
                                   randint(0, 3, {2 * kRows}).array(), {.scale = 1. / 255}),
               {.batch_size = kRows, .shuffle = true, .seed = 1}) {
    const optim::SGDOptions momentum{.lr = 0.1, .momentum = 0.9, .dampening = 0.5};
    if (sgd) optimizer = std::make_unique<optim::SGD>(net.parameters(), momentum);
    else optimizer = std::make_unique<optim::Adam>(net.parameters(), optim::AdamOptions{.lr = 0.1, .amsgrad = true});
    for (int i = 0; i < steps; ++i) step();
  }

  void step() {
    loader.set_epoch(0);
    const auto batch = loader.begin();
    optimizer->zero_grad();
    const Tensor logits = net(batch->x);
    const Tensor loss = nn::cross_entropy(logits, batch->y) + 0.01 * sum(square(log_softmax(logits, 1)));
    const Tensor penalty = grad(sum(exp(net.scale * 0.1)), net.scale, {.create_graph = true});
    loss.backward({}, true);
    (loss * 0.5 + sum(penalty)).backward();  // adds to the gradients that are there
    optimizer->step();
  }

  /// Parameters, steps and slots; a slot not made yet counts as zeros.
  std::string bytes() {
    std::string out = bytes_of(net);
    for (std::size_t i = 0; i < optimizer->parameters().size(); ++i) {
      const optim::ParameterState& state = optimizer->state(0, i);
      out += std::to_string(state.step);
      const Array& p = optimizer->parameters()[i].array();
      for (std::size_t slot = 0; slot < optimizer->slot_names().size(); ++slot) {
        const Array a = state.slots[slot].defined() ? state.slots[slot] : Array::zeros(p.shape(), p.dtype());
        out.append(static_cast<const char*>(a.raw()), a.nbytes());
      }
    }
    return out;
  }
};

/// A step that goes parallel.
struct WideRun {
  Generator generator{12};
  GeneratorGuard guard{generator};
  nn::Dense net{500, 400};
  optim::Adam adam{net.parameters()};
  Tensor x = randn({400, 500}), y = randint(0, 400, {400});

  void step() {
    adam.zero_grad();
    nn::cross_entropy(tanh(net(x)), y).backward();
    adam.step();
  }
  std::string bytes() { return bytes_of(net); }
};

/// Takes a step of a fresh run while its n-th allocation fails, n = 1, 2, ... until none does; returns how many there
/// are.
template <class R, class... A>
std::int64_t fail_steps(Failing how, A... arguments) {
  std::string before, expected;
  {
    R run(arguments...);
    before = run.bytes();
    run.step();
    expected = run.bytes();
  }
  REQUIRE((before != expected));
  for (std::int64_t n = 1;; ++n) {
    CAPTURE(n);
    const InUse outside;
    bool changed = false, recovered = false, gone_on = true;
    {
      R run(arguments...);
      const PoolFails pool;
      gone_on = with_failure(
          n, how, [&] { run.step(); },
          [&](bool failed) {
            changed = failed && run.bytes() != before;
            if (failed) run.step();  // as if nothing had been
            recovered = run.bytes() == expected;
          });
    }
    CHECK_FALSE(changed);
    CHECK(recovered);
    CHECK((InUse() == outside));
    if (!gone_on) return n - 1;
  }
}

}  // namespace

TEST_SUITE_BEGIN("train");

TEST_CASE("faults: a training step whose n-th allocation fails changes nothing, leaks nothing and can be taken again") {
  fail_steps<Run>(Failing::once, false, 0);  // first of all: what libraries keep for good
  for (const Failing how : {Failing::once, Failing::for_good})
    for (const bool sgd : {false, true})
      for (const int steps_before : {0, 1}) {
        CAPTURE(sgd);
        CAPTURE(steps_before);
        CHECK(fail_steps<Run>(how, sgd, steps_before) > 150);
      }
}

TEST_CASE("faults: the same holds for a step that goes parallel") {
  const int before = num_threads();
  set_num_threads(2);
  WideRun().step();  // what oneTBB keeps for good
  for (const Failing how : {Failing::once, Failing::for_good}) CHECK(fail_steps<WideRun>(how) > 10);
  set_num_threads(before);
}

TEST_CASE("faults: a save whose n-th allocation fails leaves the old file and nothing else") {
  const Folder folder;
  const fs::path file = folder / "net.h5";
  Net old, fresh;
  train::save(file, fresh);
  const std::string wanted = content(file);
  train::save(file, old);
  const std::string whole = content(file);
  for (const Failing how : {Failing::once, Failing::for_good})
    for (std::int64_t n = 1;; ++n) {
      CAPTURE(n);
      const InUse outside;
      bool ended_badly = false;
      bool gone_on = true;
      {
        const PoolFails pool;
        gone_on = with_failure(
            n, how, [&] { train::save(file, fresh); }, [&](bool failed) { ended_badly = failed; });
      }
      CHECK((InUse() == outside));
      CHECK(folder.entries() == 1);
      CHECK((content(file) == (ended_badly ? whole : wanted)));
      if (!ended_badly) put(file, whole);
      if (gone_on) continue;
      CHECK(n > 20);
      break;
    }
}

TEST_CASE("faults: a load whose n-th allocation fails leaves the model as it was, and works when repeated") {
  const Folder folder;
  const fs::path file = folder / "net.h5";
  Net saved, model;
  train::save(file, saved);
  const std::string before = bytes_of(model), wanted = bytes_of(saved);
  for (const Failing how : {Failing::once, Failing::for_good})
    for (std::int64_t n = 1;; ++n) {
      CAPTURE(n);
      const InUse outside;
      bool changed = false, recovered = false, gone_on = true;
      {
        Net target = nn::clone(model);
        const PoolFails pool;
        gone_on = with_failure(
            n, how, [&] { train::load(file, target); },
            [&](bool failed) {
              changed = failed && bytes_of(target) != before;
              if (failed) train::load(file, target);
              recovered = bytes_of(target) == wanted;
            });
      }
      CHECK_FALSE(changed);
      CHECK(recovered);
      CHECK((InUse() == outside));
      if (gone_on) continue;
      CHECK(n > 50);  // that it failed at all; how often depends on the length of the path too
      break;
    }
}

TEST_SUITE_END();
