#include "data/synthetic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

#include "tensor/error.hpp"
#include "tensor/random.hpp"

namespace xgrad::data {
namespace {

constexpr double kPi = std::numbers::pi;

void check_count(std::string_view op, std::string_view name, std::int64_t n, std::int64_t least) {
  if (n < least) fail<ValueError>(op, fmt::format("{}: got {}; expected at least {}", name, n, least));
}

void check_not_negative(std::string_view op, std::string_view name, double v) {
  if (!(v >= 0) || std::isinf(v)) fail<ValueError>(op, fmt::format("{}: got {}; expected a number >= 0", name, v));
}

struct Point {
  double x, y;
};

/// Points in the plane; `place(class, index, of)` gives the index-th of the class, which has `of` points.
template <class F>
TensorDataset points(std::string_view op, std::int64_t n, std::int64_t classes, double noise, std::uint64_t seed,
                     F place) {
  check_count(op, "n", n, 0);
  check_not_negative(op, "noise", noise);
  Array x = Array::empty({n, 2}, float32), y = Array::empty({n}, int64);
  float* to = x.mutable_data<float>();
  std::int64_t* label = y.mutable_data<std::int64_t>();
  Generator g(seed);
  for (std::int64_t i = 0; i < n; ++i) {
    label[i] = i % classes;
    const Point p = place(label[i], i / classes, (n - label[i] + classes - 1) / classes);
    for (const double v : {p.x, p.y}) *to++ = static_cast<float>(noise > 0 ? v + noise * g.normal() : v);
  }
  return {std::move(x), std::move(y)};
}

/// From 0 at the first of `of` points to 1 at the last.
double along(std::int64_t index, std::int64_t of) {
  return of > 1 ? static_cast<double>(index) / static_cast<double>(of - 1) : 0;
}
/// The same round a circle, where the last point must not be the first.
double around(std::int64_t index, std::int64_t of) {
  return 2 * kPi * static_cast<double>(index) / static_cast<double>(of);
}

}  // namespace

TensorDataset make_xor(std::int64_t n, PointsOptions options) {
  // First each corner is a class of its own; then two and two are one.
  TensorDataset corners =
      points("data::make_xor", n, 4, options.noise, options.seed, [](std::int64_t corner, std::int64_t, std::int64_t) {
        return Point{static_cast<double>(corner / 2), static_cast<double>(corner % 2)};
      });
  Array y = corners.targets().clone();
  std::int64_t* label = y.mutable_data<std::int64_t>();
  for (std::int64_t i = 0; i < n; ++i) label[i] = label[i] == 1 || label[i] == 2;
  return {corners.inputs(), std::move(y)};
}

TensorDataset make_moons(std::int64_t n, PointsOptions options) {
  return points("data::make_moons", n, 2, options.noise, options.seed,
                [](std::int64_t moon, std::int64_t index, std::int64_t of) {
                  const double t = kPi * along(index, of);
                  return moon == 0 ? Point{std::cos(t), std::sin(t)} : Point{1 - std::cos(t), 0.5 - std::sin(t)};
                });
}

TensorDataset make_circles(std::int64_t n, CirclesOptions options) {
  if (!(options.factor >= 0 && options.factor < 1))
    fail<ValueError>("data::make_circles", fmt::format("factor: got {}; expected 0 <= factor < 1", options.factor));
  return points("data::make_circles", n, 2, options.noise, options.seed,
                [=](std::int64_t circle, std::int64_t index, std::int64_t of) {
                  const double t = around(index, of), r = circle == 0 ? 1 : options.factor;
                  return Point{r * std::cos(t), r * std::sin(t)};
                });
}

TensorDataset make_spirals(std::int64_t n, SpiralsOptions options) {
  constexpr std::string_view op = "data::make_spirals";
  check_count(op, "classes", options.classes, 1);
  if (!(options.turns > 0) || std::isinf(options.turns))
    fail<ValueError>(op, fmt::format("turns: got {}; expected a number > 0", options.turns));
  return points(op, n, options.classes, options.noise, options.seed,
                [=](std::int64_t arm, std::int64_t index, std::int64_t of) {
                  const double r = along(index, of);
                  const double t = 2 * kPi * options.turns * r + around(arm, options.classes);
                  return Point{r * std::cos(t), r * std::sin(t)};
                });
}

TensorDataset make_blobs(std::int64_t n, BlobsOptions options) {
  constexpr std::string_view op = "data::make_blobs";
  check_count(op, "n", n, 0);
  check_count(op, "centers", options.centers, 1);
  check_count(op, "features", options.features, 1);
  check_not_negative(op, "deviation", options.deviation);
  check_not_negative(op, "box", options.box);
  const Generator g(options.seed);
  Generator to_place = g.fork(0), to_scatter = g.fork(1);
  Array centers = Array::empty({options.centers, options.features}, float64);
  double* center = centers.mutable_data<double>();
  for (std::int64_t i = 0; i < centers.numel(); ++i) center[i] = options.box * (2 * to_place.uniform() - 1);

  Array x = Array::empty({n, options.features}, float32), y = Array::empty({n}, int64);
  float* to = x.mutable_data<float>();
  std::int64_t* label = y.mutable_data<std::int64_t>();
  for (std::int64_t i = 0; i < n; ++i) {
    label[i] = i % options.centers;
    for (std::int64_t k = 0; k < options.features; ++k)
      *to++ = static_cast<float>(center[label[i] * options.features + k] + options.deviation * to_scatter.normal());
  }
  return {std::move(x), std::move(y)};
}

TensorDataset make_curve(std::int64_t n, const std::function<double(double)>& f, CurveOptions options) {
  constexpr std::string_view op = "data::make_curve";
  check_count(op, "n", n, 0);
  check_not_negative(op, "noise", options.noise);
  if (!f) fail<ValueError>(op, "f: got an empty function; expected one of a number");
  if (!(options.from < options.to) || std::isinf(options.from) || std::isinf(options.to))
    fail<ValueError>(
        op, fmt::format("not a range: got from {}, to {}; expected from < to, both finite", options.from, options.to));
  Array x = Array::empty({n, 1}, float32), y = Array::empty({n, 1}, float32);
  float *in = x.mutable_data<float>(), *out = y.mutable_data<float>();
  Generator g(options.seed);
  for (std::int64_t i = 0; i < n; ++i) {
    in[i] = static_cast<float>(std::lerp(options.from, options.to, along(i, n)));
    const double value = f(static_cast<double>(in[i]));  // of the input as it is rounded
    out[i] = static_cast<float>(options.noise > 0 ? value + options.noise * g.normal() : value);
  }
  return {std::move(x), std::move(y)};
}

RegressionData make_regression(std::int64_t n, RegressionDataOptions options) {
  constexpr std::string_view op = "data::make_regression";
  check_count(op, "n", n, 0);
  check_count(op, "features", options.features, 1);
  check_count(op, "informative", options.informative, 0);
  check_not_negative(op, "noise", options.noise);
  const Generator g(options.seed);
  Generator to_weigh = g.fork(0), to_draw = g.fork(1);
  const std::int64_t width = options.features, matter = std::min(options.informative, width);
  Array weights = Array::zeros({width, 1}, float32);
  float* w = weights.mutable_data<float>();
  for (std::int64_t k = 0; k < matter; ++k) w[k] = static_cast<float>(100 * to_weigh.uniform());

  Array x = Array::empty({n, width}, float32), y = Array::empty({n, 1}, float32);
  float *in = x.mutable_data<float>(), *out = y.mutable_data<float>();
  for (std::int64_t i = 0; i < n; ++i, in += width) {
    double sum = options.bias;
    for (std::int64_t k = 0; k < width; ++k) {
      in[k] = static_cast<float>(to_draw.normal());
      sum += static_cast<double>(in[k]) * static_cast<double>(w[k]);
    }
    out[i] = static_cast<float>(options.noise > 0 ? sum + options.noise * to_draw.normal() : sum);
  }
  return {TensorDataset(std::move(x), std::move(y)), std::move(weights)};
}

}  // namespace xgrad::data
