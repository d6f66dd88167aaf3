// What recording costs: operations on tensors of 10 elements, so that the arithmetic is next to nothing.
//
//   unrecorded/<op>          the operation alone
//   record/<op>              the same with its node, in a chain of 100
//   backward/<op>            differentiating such a chain; the graph is freed on the way
//   drop/<op>                freeing such a chain that was never differentiated
//   <phase>_branches/<n>     n operations on one tensor, all of them pending at once, then added up
//   <phase>_chain/1000000    a chain longer than any cache
//
// The column `ns_per_op` is what one operation takes: the median of many graphs, or of many rows of 100.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "autograd/autograd.hpp"

namespace {

using namespace xgrad;
using Clock = std::chrono::steady_clock;

struct Operands {
  Tensor x = full({10}, 0.5).requires_grad_();
  Tensor w = full({10}, 1.01).requires_grad_();
  Tensor c = full({10}, 1.01);
  Tensor ones = xgrad::ones({10});
};

struct Operation {
  const char* name;
  Tensor (*apply)(const Tensor& y, const Operands& o);
};
constexpr Operation kOperations[] = {
    {"mul", [](const Tensor& y, const Operands& o) { return mul(y, o.w); }},           // both gradients
    {"mul_constant", [](const Tensor& y, const Operands& o) { return mul(y, o.c); }},  // one of them
    {"add", [](const Tensor& y, const Operands& o) { return add(y, o.w); }},
    {"add_constant", [](const Tensor& y, const Operands& o) { return add(y, o.c); }},  // the gradient is handed on
    {"relu", [](const Tensor& y, const Operands&) { return relu(y); }},
    {"tanh", [](const Tensor& y, const Operands&) { return tanh(y); }},
    {"sigmoid", [](const Tensor& y, const Operands&) { return sigmoid(y); }},
};

enum class Phase { record, backward, drop };
struct NamedPhase {
  const char* name;
  Phase phase;
};
constexpr NamedPhase kPhases[] = {{"record", Phase::record}, {"backward", Phase::backward}, {"drop", Phase::drop}};

/// Counts `time` for the iteration, and in the end gives the median time of one operation.
class Medians {
 public:
  void add(benchmark::State& state, Clock::duration time) {
    const std::chrono::duration<double> seconds = time;
    state.SetIterationTime(seconds.count());
    times_.push_back(seconds.count());
  }
  void report(benchmark::State& state, std::int64_t operations) {
    const auto middle = times_.begin() + static_cast<std::ptrdiff_t>(times_.size() / 2);
    std::nth_element(times_.begin(), middle, times_.end());
    state.SetItemsProcessed(state.iterations() * operations);
    state.counters["ns_per_op"] = *middle * 1e9 / static_cast<double>(operations);
  }

 private:
  std::vector<double> times_;
};

void unrecorded(benchmark::State& state, const Operation& op, std::int64_t count) {
  const Operands o;
  const NoGradGuard no_grad;
  Medians medians;
  for ([[maybe_unused]] auto _ : state) {
    const auto start = Clock::now();
    for (std::int64_t i = 0; i < count; ++i) benchmark::DoNotOptimize(op.apply(o.x, o));
    medians.add(state, Clock::now() - start);
  }
  medians.report(state, count);
}

/// Records a graph of `operations`, then differentiates or drops it; only one of these counts.
template <class Build>
void time_phase(benchmark::State& state, Phase phase, std::int64_t operations, Operands& o, const Build& build) {
  Medians medians;
  for ([[maybe_unused]] auto _ : state) {
    const auto start = Clock::now();
    Tensor y = build();
    const auto recorded = Clock::now();
    if (phase == Phase::drop) y = Tensor();
    else y.backward(o.ones);
    const auto end = Clock::now();
    medians.add(state, phase == Phase::record ? recorded - start : end - recorded);
    o.x.set_grad({});
    o.w.set_grad({});
  }
  medians.report(state, operations);
}

void chain(benchmark::State& state, const Operation& op, Phase phase, std::int64_t length) {
  Operands o;
  time_phase(state, phase, length, o, [&] {
    Tensor y = op.apply(o.x, o);
    for (std::int64_t i = 1; i < length; ++i) y = op.apply(y, o);
    return y;
  });
}

/// The sum's operations are numbered after all branches, so that these wait in the engine's heap together.
void branches(benchmark::State& state, Phase phase, std::int64_t count) {
  Operands o;
  std::vector<Tensor> ys(static_cast<std::size_t>(count));
  time_phase(state, phase, 2 * count, o, [&] {
    for (Tensor& y : ys) y = add(o.x, o.c);
    Tensor sum = add(ys[0], o.c);
    for (std::size_t i = 1; i < ys.size(); ++i) sum = add(sum, ys[i]);
    for (Tensor& y : ys) y = Tensor();
    return sum;
  });
}

void register_all() {
  for (const Operation& op : kOperations)
    benchmark::RegisterBenchmark((std::string("unrecorded/") + op.name).c_str(), [&op](benchmark::State& state) {
      unrecorded(state, op, 100);
    })->UseManualTime();
  for (const NamedPhase& p : kPhases)
    for (const Operation& op : kOperations)
      benchmark::RegisterBenchmark((std::string(p.name) + '/' + op.name).c_str(), [&](benchmark::State& state) {
        chain(state, op, p.phase, 100);
      })->UseManualTime();
  for (const NamedPhase& p : kPhases)
    for (const std::int64_t n : {16, 256, 4096})
      benchmark::RegisterBenchmark((std::string(p.name) + "_branches/" + std::to_string(n)).c_str(),
                                   [&p, n](benchmark::State& state) { branches(state, p.phase, n); })
          ->UseManualTime();
  constexpr std::int64_t kLong = 1'000'000;
  for (const NamedPhase& p : kPhases)
    benchmark::RegisterBenchmark((std::string(p.name) + "_chain/" + std::to_string(kLong)).c_str(),
                                 [&p](benchmark::State& state) { chain(state, kOperations[3], p.phase, kLong); })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond)
        ->Iterations(5);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  register_all();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
