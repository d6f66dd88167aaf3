#include "autograd/anomaly.hpp"

#include <fmt/format.h>

#include <cmath>

#include "autograd/engine.hpp"
#include "autograd/scope.hpp"

namespace xgrad {
namespace detail {

constinit thread_local bool watching = false;

namespace {

enum : int { kNothing, kNaN, kAll };  // what is looked for
constinit thread_local int looking_for = kNothing;
constinit thread_local const Node* differentiating = nullptr;

struct Look {
  std::int64_t nans = 0, infinities = 0, first = -1;
  double low = HUGE_VAL, high = -HUGE_VAL;  // of the finite elements
};

template <class T>
Look look_at(const T* x, std::int64_t n, bool infinities) {
  Look look;
  for (std::int64_t i = 0; i < n; ++i) {
    const double v = static_cast<double>(x[i]);
    if (std::isfinite(v)) {
      look.low = std::min(look.low, v);
      look.high = std::max(look.high, v);
      continue;
    }
    ++(std::isnan(v) ? look.nans : look.infinities);
    if (look.first < 0 && (std::isnan(v) || infinities)) look.first = i;
  }
  return look;
}

Look look_at(const Array& a) {
  const bool infinities = looking_for == kAll;
  switch (a.dtype()) {
    case DType::float32: return look_at(a.data<float>(), a.numel(), infinities);
    case DType::float64: return look_at(a.data<double>(), a.numel(), infinities);
    case DType::int64: return look_at(a.data<std::int64_t>(), a.numel(), infinities);
    case DType::uint8: return look_at(a.data<std::uint8_t>(), a.numel(), infinities);
    default: return {};
  }
}

/// Nothing to complain of, found fast: the sum of x - x is 0 when all is finite.
template <class T>
bool all_finite(const T* x, std::int64_t n) {
  T sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += x[i] - x[i];
  return sum == T(0);
}
bool all_finite(const Array& a) {
  if (a.dtype() == DType::float32) return all_finite(a.data<float>(), a.numel());
  return a.dtype() != DType::float64 || all_finite(a.data<double>(), a.numel());
}

std::string index_of(std::int64_t flat, const Shape& shape) {
  std::string text;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    text = std::to_string(flat % shape[axis]) + (text.empty() ? "" : ", ") + text;
    flat /= shape[axis];
  }
  return "[" + text + "]";
}

/// "float32 [32, 10] from -3.2 to 5.1, 2 NaN"
std::string range_of(const Array& a) {
  const Look look = look_at(a);
  std::string text = fmt::format("{} {}", name_of(a.dtype()), a.shape().str());
  if (look.low <= look.high) text += fmt::format(" from {:.4g} to {:.4g}", look.low, look.high);
  if (look.nans) text += fmt::format(", {} NaN", look.nans);
  if (look.infinities) text += fmt::format(", {} infinite", look.infinities);
  return text;
}

/// "has NaN at [3, 1] (2 of 320 elements)"
std::string complaint(const Array& a, const Look& look) {
  const double v =
      a.dtype() == DType::float32 ? static_cast<double>(a.data<float>()[look.first]) : a.data<double>()[look.first];
  const char* what = std::isnan(v) ? "NaN" : v > 0 ? "inf" : "-inf";
  return fmt::format("has {} at {} ({} of {} elements)", what, index_of(look.first, a.shape()),
                     look.nans + (looking_for == kAll ? look.infinities : 0), a.numel());
}

bool bad(const Array& a, Look& look) {
  if (all_finite(a)) return false;
  look = look_at(a);
  return look.first >= 0;
}

std::string recorded_at(const Node& node) {
  return fmt::format("'{}'{}", node.name,
                     node.extra && !node.extra->path.empty() ? ", recorded in " + node.extra->path : "");
}

}  // namespace

void watch(const char* name, const Array& out, const Tensor* const* inputs, std::size_t n) {
  Look look;
  if (looking_for == kNothing || !is_floating(out.dtype()) || !bad(out, look)) return;
  std::string text = Scope::described();
  if (!text.empty()) text += ": ";
  text += fmt::format("{}: result {}", name, complaint(out, look));
  for (std::size_t i = 0; i < n; ++i)
    if (inputs[i]->defined()) text += fmt::format("; input {}: {}", i, range_of(inputs[i]->array()));
  if (differentiating) text += "; in the backward of " + recorded_at(*differentiating);
  throw AnomalyError(text);
}

void remember(Node* node) {
  std::string path = Scope::described();
  if (!path.empty()) extra_of(*node).path = std::move(path);
}

void run_watched(Ctx& context) {
  const struct Inside {
    const Node* before;
    ~Inside() { differentiating = before; }
  } inside{std::exchange(differentiating, context.node)};
  context.node->run(context);
}

void watch_gradient(const Ctx& c, int input, const Tensor& gradient) {
  Look look;
  if (looking_for == kNothing || !bad(gradient.array(), look)) return;
  std::string text =
      fmt::format("backward of {}: gradient for input {} {}; gradient that came in: {}", recorded_at(*c.node), input,
                  complaint(gradient.array(), look), range_of(c.grad().array()));
  for (int i = 0; i < c.inputs(); ++i)
    if (const Tensor& value = c.node->inputs[i].value; value.defined())
      text += fmt::format("; input {}: {}", i, range_of(value.array()));
  throw AnomalyError(text);
}

}  // namespace detail

DetectAnomaly::DetectAnomaly(AnomalyOptions options) noexcept
    : watching_before_(std::exchange(detail::watching, true)),
      mode_before_(std::exchange(detail::looking_for, options.infinities ? detail::kAll : detail::kNaN)) {}

DetectAnomaly::~DetectAnomaly() {
  detail::watching = watching_before_;
  detail::looking_for = mode_before_;
}

NameGraph::NameGraph() noexcept : watching_before_(std::exchange(detail::watching, true)) {}
NameGraph::~NameGraph() { detail::watching = watching_before_; }

}  // namespace xgrad
