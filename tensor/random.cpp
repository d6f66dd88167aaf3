#include "tensor/random.hpp"

#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include "tensor/kernels/philox.hpp"

namespace xgrad {
namespace {
constinit thread_local Generator* current = nullptr;

Generator& process_generator() {
  static Generator generator;
  return generator;
}
}  // namespace

std::uint64_t Generator::bits() noexcept {
  const auto block = kernels::philox(seed(), reserve(1));
  return std::uint64_t{block[0]} << 32 | block[1];
}

double Generator::uniform() noexcept { return static_cast<double>(bits() >> 11) * 0x1p-53; }

double Generator::normal() noexcept {
  const auto block = kernels::philox(seed(), reserve(1));
  return kernels::box_muller(std::uint64_t{block[0]} << 32 | block[1], std::uint64_t{block[2]} << 32 | block[3]).first;
}

std::int64_t Generator::below(std::int64_t n) noexcept {
  return static_cast<std::int64_t>(kernels::below(bits(), static_cast<std::uint64_t>(n)));
}

Generator Generator::fork(std::uint64_t index) const noexcept {
  // A counter range no draw reaches, keyed by our own seed and position.
  const auto block = kernels::philox(seed() ^ counter() * 0x9E3779B97F4A7C15u, ~index);
  return Generator(std::uint64_t{block[0]} << 32 | block[1]);
}

Generator& default_generator() noexcept { return current ? *current : process_generator(); }
void manual_seed(std::uint64_t seed) noexcept { default_generator().manual_seed(seed); }

GeneratorGuard::GeneratorGuard(Generator& generator) noexcept : before_(std::exchange(current, &generator)) {}
GeneratorGuard::~GeneratorGuard() { current = before_; }

}  // namespace xgrad
