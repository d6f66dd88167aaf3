#include "train/metric.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "autograd/ops.hpp"
#include "tensor/error.hpp"
#include "train/metrics.hpp"

namespace xgrad::train {
namespace {

/// f(pointer to the elements) in the dtype they have.
template <class F>
auto with_elements(const Tensor& t, F f) {
  switch (t.dtype()) {
    case DType::float32: return f(t.data<float>());
    case DType::float64: return f(t.data<double>());
    case DType::int64: return f(t.data<std::int64_t>());
    case DType::uint8: return f(t.data<std::uint8_t>());
    default: return f(t.data<bool>());
  }
}

template <class T>
bool is_nan(T x) {
  if constexpr (std::is_floating_point_v<T>) return std::isnan(x);
  else return false;
}

/// The place of the first largest of n elements that lie `stride` apart; the first NaN counts as largest.
template <class T>
std::int64_t largest(const T* x, std::int64_t n, std::int64_t stride) {
  std::int64_t best = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if (is_nan(x[i * stride])) return i;
    if (x[i * stride] > x[best * stride]) best = i;
  }
  return best;
}

bool one_number_each(const Shape& shape) { return shape.rank() <= 1 || shape[shape.rank() - 1] == 1; }

std::int64_t binary_right(const Tensor& prediction, const Tensor& target, double threshold) {
  return with_elements(prediction, [&](const auto* p) {
    return with_elements(target, [&](const auto* y) {
      std::int64_t right = 0;
      for (std::int64_t i = 0; i < prediction.numel(); ++i)
        right += static_cast<double>(p[i]) > threshold ? y[i] == 1 : y[i] == 0;
      return right;
    });
  });
}

/// outer blocks of `classes` rows of `inner` elements; `label(k)` is the right class of position k = outer * inner + i.
template <class Label>
std::int64_t argmax_right(const Tensor& prediction, std::int64_t outer, std::int64_t classes, std::int64_t inner,
                          Label label) {
  return with_elements(prediction, [&](const auto* p) {
    std::int64_t right = 0;
    for (std::int64_t o = 0; o < outer; ++o)
      for (std::int64_t i = 0; i < inner; ++i)
        right += label(o * inner + i, largest(p + o * classes * inner + i, classes, inner));
    return right;
  });
}

std::int64_t sparse_right(const Tensor& prediction, const Tensor& target, int axis) {
  const Shape& shape = prediction.shape();
  std::int64_t outer = 1, inner = 1;
  for (int a = 0; a < axis; ++a) outer *= shape[a];
  for (int a = axis + 1; a < shape.rank(); ++a) inner *= shape[a];
  return with_elements(target, [&](const auto* y) {
    return argmax_right(prediction, outer, shape[axis], inner, [y](std::int64_t k, std::int64_t guess) {
      return static_cast<double>(y[k]) == static_cast<double>(guess);
    });
  });
}

[[noreturn]] void refuse(const Shape& prediction, const Shape& target) {
  fail<ShapeError>("train::Accuracy",
                   fmt::format("prediction and target do not go together: got {}, {}; expected the same shape, or "
                               "labels for predictions of as many samples",
                               prediction.str(), target.str()));
}

}  // namespace

void Accuracy::update(const Tensor& prediction, const Tensor& target) {
  const Shape &p = prediction.shape(), &y = target.shape();
  const int last = p.rank() - 1;
  if (one_number_each(p)) {
    if (!one_number_each(y) || prediction.numel() != target.numel()) refuse(p, y);
    right_ += binary_right(prediction, target, options_.threshold);
    count_ += target.numel();
    return;
  }
  if (p[1] == 0 || p[last] == 0) refuse(p, y);
  if (p == y) {
    const std::int64_t classes = p[last], rows = p.numel() / classes;
    right_ += with_elements(target, [&](const auto* t) {
      return argmax_right(prediction, rows, classes, 1, [t, classes](std::int64_t k, std::int64_t guess) {
        return largest(t + k * classes, classes, 1) == guess;
      });
    });
    count_ += rows;
    return;
  }
  const bool column = p.rank() == 2 && y.rank() == 2 && y[0] == p[0] && y[1] == 1;
  const bool first = column || y == p.without(1);
  if (!first && y != p.without(last)) refuse(p, y);
  right_ += sparse_right(prediction, target, first ? 1 : last);
  count_ += target.numel();
}

void MeanMetric::update(const Tensor& prediction, const Tensor& target) {
  const std::int64_t samples = prediction.dim() == 0 ? 1 : prediction.size(0);
  mean_.update(f_(prediction, target).item<double>(), samples);
}

void Metric::stored(Stored&) {
  fail<ValueError>("train::Metric",
                   fmt::format("\"{}\" does not say what it has gathered, and so cannot be saved in the middle of an "
                               "epoch; override Metric::stored, or leave checkpoint_every at 0",
                               name()));
}

void EpochMetric::reset() {
  predictions_.clear();
  targets_.clear();
}

void EpochMetric::update(const Tensor& prediction, const Tensor& target) {
  predictions_.push_back(prediction.detach());
  targets_.push_back(target.detach());
}

void EpochMetric::stored(Stored& s) {
  const auto joined = [](const std::vector<Tensor>& parts) { return parts.empty() ? Tensor() : concat(parts, 0); };
  Tensor predictions = joined(predictions_), targets = joined(targets_);
  s("predictions", predictions)("targets", targets);
  reset();
  if (!predictions.defined() || !targets.defined()) return;
  predictions_.push_back(std::move(predictions));
  targets_.push_back(std::move(targets));
}

double EpochMetric::result() const {
  if (predictions_.empty()) return std::nan("");
  return f_(concat(predictions_, 0), concat(targets_, 0));
}

namespace {

using Score = double (*)(const Tensor&, const Tensor&, const ScoreOptions&);

/// The metrics with a name, but for accuracy.
std::map<std::string, EpochMetric::Function> named_metrics() {
  std::map<std::string, EpochMetric::Function> all = {
      {"top_5_accuracy", [](const Tensor& p, const Tensor& t) { return top_k_accuracy(p, t, 5); }},
      {"mse", [](const Tensor& p, const Tensor& t) { return mse(p, t); }},
      {"mae", [](const Tensor& p, const Tensor& t) { return mae(p, t); }},
      {"rmse", [](const Tensor& p, const Tensor& t) { return rmse(p, t); }},
      {"r2", [](const Tensor& p, const Tensor& t) { return r2(p, t); }},
      {"roc_auc", [](const Tensor& p, const Tensor& t) { return roc_auc(p, t); }},
      {"log_loss", [](const Tensor& p, const Tensor& t) { return log_loss(p, t); }},
  };
  const std::pair<const char*, Score> scores[] = {{"precision", precision}, {"recall", recall}, {"f1", f1}};
  const std::pair<const char*, Average> averages[] = {{"binary", Average::binary},
                                                      {"micro", Average::micro},
                                                      {"macro", Average::macro},
                                                      {"weighted", Average::weighted}};
  for (const auto& [score, f] : scores)
    for (const auto& [suffix, average] : averages)
      all.emplace(fmt::format("{}_{}", score, suffix), [f = f, average = average](const Tensor& p, const Tensor& t) {
        return f(p, t, {.average = average});
      });
  return all;
}

}  // namespace

AnyMetric::AnyMetric(const std::string& name) : AnyMetric(Accuracy{}) {
  if (name == "accuracy") return;
  const auto all = named_metrics();
  const auto found = all.find(name);
  if (found == all.end()) {
    std::string names = "accuracy";
    for (const auto& [other, f] : all) names += ", " + other;
    fail<ValueError>("train::AnyMetric",
                     fmt::format("there is no metric called \"{}\"; by name there are: {}", name, names));
  }
  *this = AnyMetric(EpochMetric(name, found->second));
}

}  // namespace xgrad::train
