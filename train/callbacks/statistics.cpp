#include "train/callbacks/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "optim/options.hpp"

namespace xgrad::train {
namespace {

double norm_of(const Array& a) {
  const Array wide = a.to(float64);
  double sum = 0;
  for (const double v : wide.values<double>()) sum += v * v;
  return std::sqrt(sum);
}

double distance(const Array& a, const Array& b) {
  const Array x = a.to(float64), y = b.to(float64);
  const auto u = x.values<double>(), v = y.values<double>();
  double sum = 0;
  for (std::size_t i = 0; i < u.size(); ++i) sum += (u[i] - v[i]) * (u[i] - v[i]);
  return std::sqrt(sum);
}

}  // namespace

GradientStats::GradientStats(GradientStatsOptions options) : options_(options) {
  optim::check_option("train::GradientStats", "every", options.every, 1, optim::kMost);
}

void GradientStats::on_train_begin(Training&) {
  parameters.clear();
  activities.clear();
  observer_.reset();
  before_.clear();
}

void GradientStats::on_batch_begin(Training& t) {
  if (measured(t)) observer_ = std::make_shared<ActivityObserver>(t.model);
}

void GradientStats::on_loss(Training& t) {
  if (!observer_) return;
  for (LayerActivity& layer : observer_->layers) {
    const std::string who = fmt::format("{} {}", layer.name, layer.type);
    if (layer.units > 0 && static_cast<double>(layer.dead) > options_.dead_share * static_cast<double>(layer.units))
      t.warn(
          fmt::format("GradientStats: {}: more than {:.0f} % of the units are dead", who, 100 * options_.dead_share));
    if (layer.saturated > options_.dead_share)
      t.warn(fmt::format("GradientStats: {}: more than {:.0f} % of the outputs are saturated", who,
                         100 * options_.dead_share));
    activities.push_back({t.epoch, t.step, std::move(layer)});
  }
  observer_.reset();
}

void GradientStats::on_gradients(Training& t) {
  before_.clear();
  gradient_norms_.clear();
  if (!measured(t)) return;
  for (nn::NamedTensor& p : t.model.named_parameters()) {
    const Tensor gradient = p.tensor.grad();
    if (!gradient.defined()) continue;
    gradient_norms_.push_back(norm_of(gradient.array()));
    Tensor copy = p.tensor.array().clone();
    before_.emplace_back(std::move(p), std::move(copy));
  }
}

void GradientStats::on_batch_end(Training& t) {
  observer_.reset();
  for (std::size_t i = 0; i < before_.size(); ++i) {
    const auto& [p, old] = before_[i];
    const double norm = norm_of(old.array());
    parameters.push_back(
        {t.epoch, t.step, p.name, gradient_norms_[i], norm, distance(p.tensor.array(), old.array()) / norm});
    warn_of(t, parameters.back());
  }
  before_.clear();
}

std::vector<GradientStats::Parameter> GradientStats::epoch_means() const {
  std::vector<Parameter> means;
  std::vector<double> counts;
  for (const Parameter& row : parameters) {
    std::size_t i = means.size();  // backwards, as epochs come one after the other
    while (i > 0 && means[i - 1].epoch == row.epoch && means[i - 1].name != row.name) --i;
    if (i > 0 && means[i - 1].epoch == row.epoch) --i;
    else {
      i = means.size();
      means.push_back({row.epoch, row.step, row.name, 0, 0, 0});
      counts.push_back(0);
    }
    means[i].step = row.step;
    means[i].gradient_norm += row.gradient_norm;
    means[i].weight_norm += row.weight_norm;
    means[i].update_ratio += row.update_ratio;
    ++counts[i];
  }
  for (std::size_t i = 0; i < means.size(); ++i) {
    means[i].gradient_norm /= counts[i];
    means[i].weight_norm /= counts[i];
    means[i].update_ratio /= counts[i];
  }
  return means;
}

void GradientStats::warn_of(Training& t, const Parameter& row) const {
  if (!std::isfinite(row.gradient_norm)) t.warn(fmt::format("GradientStats: {}: gradient not finite", row.name));
  else if (row.gradient_norm < options_.vanishing)
    t.warn(fmt::format("GradientStats: {}: vanishing gradient, norm below {:g}", row.name, options_.vanishing));
  else if (row.gradient_norm > options_.exploding)
    t.warn(fmt::format("GradientStats: {}: exploding gradient, norm above {:g}", row.name, options_.exploding));
}

WeightSnapshots::WeightSnapshots(WeightSnapshotsOptions options) : options_(options) {
  optim::check_option("train::WeightSnapshots", "bins", options.bins, 1, optim::kMost);
  optim::check_option("train::WeightSnapshots", "every", options.every, 1, optim::kMost);
}

void WeightSnapshots::on_train_begin(Training& t) {
  snapshots.clear();
  take(t, -1);
}

void WeightSnapshots::on_epoch_end(Training& t, Logs&) {
  if ((t.epoch + 1) % options_.every == 0) take(t, t.epoch);
}

void WeightSnapshots::take(Training& t, std::int64_t epoch) {
  for (const auto& [name, p] : t.model.named_parameters()) {
    const Array wide = p.array().to(float64);
    std::vector<double> x;
    for (const double v : wide.values<double>())
      if (std::isfinite(v)) x.push_back(v);
    if (x.empty()) continue;
    const auto [low, high] = std::minmax_element(x.begin(), x.end());
    Snapshot s{epoch, name, *low, *high, 0, 0, {}, {}};
    for (const double v : x) s.mean += v / static_cast<double>(x.size());
    for (const double v : x) s.std += (v - s.mean) * (v - s.mean) / static_cast<double>(x.size());
    s.std = std::sqrt(s.std);
    // As numpy.histogram: equal bins, the right edge belongs to the last one, a single value has the range around it.
    const double left = s.min == s.max ? s.min - 0.5 : s.min, right = s.min == s.max ? s.max + 0.5 : s.max;
    const double width = (right - left) / static_cast<double>(options_.bins);
    s.counts.resize(static_cast<std::size_t>(options_.bins));
    for (const double v : x) {
      const auto bin = static_cast<std::int64_t>((v - left) / width);
      ++s.counts[static_cast<std::size_t>(std::clamp<std::int64_t>(bin, 0, options_.bins - 1))];
    }
    for (std::int64_t i = 0; i <= options_.bins; ++i) s.edges.push_back(left + static_cast<double>(i) * width);
    snapshots.push_back(std::move(s));
  }
}

}  // namespace xgrad::train
