#include "train/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "nn/activation.hpp"
#include "nn/losses.hpp"
#include "optim/clip.hpp"
#include "tensor/error.hpp"

namespace xgrad::train {
namespace {

constexpr double kNearBound = 0.01;  // what counts as saturated, as a share of the range
constexpr double kMuch = 0.5, kVanishing = 1e-7, kExploding = 1e3;

std::vector<double> numbers_of(const Tensor& t) {
  const Array wide = t.array().to(float64);
  const auto values = wide.values<double>();
  return {values.begin(), values.end()};
}

void describe(const std::vector<double>& x, LayerActivity& out) {
  double sum = 0, squares = 0;
  std::int64_t n = 0;
  out.min = HUGE_VAL;
  out.max = -HUGE_VAL;
  for (const double v : x) {
    if (!std::isfinite(v)) {
      ++out.not_finite;
      continue;
    }
    ++n;
    sum += v;
    out.min = std::min(out.min, v);
    out.max = std::max(out.max, v);
  }
  if (n == 0) {
    out.min = out.max = out.mean = out.std = std::nan("");
    return;
  }
  out.mean = sum / static_cast<double>(n);
  for (const double v : x)
    if (std::isfinite(v)) squares += (v - out.mean) * (v - out.mean);
  out.std = std::sqrt(squares / static_cast<double>(n));
}

std::int64_t dead_units(const std::vector<double>& x, std::int64_t samples, std::int64_t units) {
  std::int64_t dead = 0;
  for (std::int64_t u = 0; u < units; ++u) {
    bool any = samples == 0;
    for (std::int64_t s = 0; s < samples && !any; ++s) any = x[static_cast<std::size_t>(s * units + u)] != 0;
    dead += !any;
  }
  return dead;
}

double saturated_share(const std::vector<double>& x, double low, double high) {
  if (x.empty()) return 0;
  const double near = kNearBound * (high - low);
  const auto n = std::count_if(x.begin(), x.end(), [=](double v) { return v < low + near || v > high - near; });
  return static_cast<double>(n) / static_cast<double>(x.size());
}

void remark_on(Explanation& e) {
  for (const LayerActivity& l : e.layers) {
    const std::string who = fmt::format("{} {}", l.name, l.type);
    if (l.not_finite > 0) e.remarks.push_back(fmt::format("{}: {} outputs are not finite", who, l.not_finite));
    if (l.units > 0 && static_cast<double>(l.dead) > kMuch * static_cast<double>(l.units))
      e.remarks.push_back(fmt::format("{}: {} of {} units are dead", who, l.dead, l.units));
    if (l.saturated > kMuch)
      e.remarks.push_back(fmt::format("{}: {:.0f} % of the outputs are saturated", who, 100 * l.saturated));
  }
  for (const ParameterActivity& p : e.parameters) {
    if (!p.gradient_norm) e.remarks.push_back(fmt::format("{}: the loss does not depend on it", p.name));
    else if (!std::isfinite(*p.gradient_norm))
      e.remarks.push_back(fmt::format("{}: the gradient is not finite", p.name));
    else if (*p.gradient_norm < kVanishing)
      e.remarks.push_back(fmt::format("{}: the gradient vanishes (norm {:.3g})", p.name, *p.gradient_norm));
    else if (*p.gradient_norm > kExploding)
      e.remarks.push_back(fmt::format("{}: the gradient explodes (norm {:.3g})", p.name, *p.gradient_norm));
  }
}

double norm_of(const Tensor& t) {
  double sum = 0;
  for (const double v : numbers_of(t)) sum += v * v;
  return std::sqrt(sum);
}

}  // namespace

ActivityObserver::ActivityObserver(nn::Module& model) : modules_(model.named_modules()) {}

void ActivityObserver::called(nn::Module& module, std::span<const Tensor>, const Tensor& output) {
  if (!output.defined() || module.named_modules().size() > 1) return;
  LayerActivity layer;
  const auto found =
      std::find_if(modules_.begin(), modules_.end(), [&](const nn::NamedModule& m) { return m.module == &module; });
  layer.name = found == modules_.end() ? "?" : found->name;
  layer.type = module.repr();
  layer.shape = output.shape();
  const std::vector<double> x = numbers_of(output);
  describe(x, layer);
  const std::int64_t samples = output.dim() == 0 ? 1 : output.size(0);
  layer.units = samples == 0 ? 0 : output.numel() / samples;
  if (dynamic_cast<nn::ReLU*>(&module)) layer.dead = dead_units(x, samples, layer.units);
  if (dynamic_cast<nn::Sigmoid*>(&module)) layer.saturated = saturated_share(x, 0, 1);
  if (dynamic_cast<nn::Tanh*>(&module)) layer.saturated = saturated_share(x, -1, 1);
  layers.push_back(std::move(layer));
}

Explanation explain(nn::Module& model, const Loss& loss, const data::Batch& batch) {
  Explanation e;
  Tensor value;
  const GradMode record(true);
  {
    ActivityObserver observer(model);
    value = loss(model(batch.x), batch.y);
    e.layers = std::move(observer.layers);
  }
  e.loss = value.item<double>();
  std::vector<Tensor> trained;
  const std::vector<nn::NamedTensor> all = model.named_parameters();
  for (const auto& [name, p] : all)
    if (p.requires_grad()) trained.push_back(p);
  std::vector<Tensor> gradients;
  if (value.requires_grad() && !trained.empty()) gradients = grad({value}, trained, {}, {.allow_unused = true});
  std::size_t next = 0;
  for (const auto& [name, p] : all) {
    if (!p.requires_grad()) continue;
    ParameterActivity activity{name, p.shape(), norm_of(p), {}};
    if (next < gradients.size() && gradients[next].defined()) activity.gradient_norm = norm_of(gradients[next]);
    ++next;
    e.parameters.push_back(std::move(activity));
  }
  remark_on(e);
  return e;
}

Explanation explain(nn::Module& model, const data::Batch& batch) {
  return explain(
      model,
      [](const Tensor& prediction, const Tensor& target) {
        if (!is_floating(target.dtype()) && prediction.dim() >= 2) return nn::cross_entropy(prediction, target);
        if (prediction.shape() == target.shape()) return nn::mse(prediction, target);
        fail<ValueError>("train::explain",
                         fmt::format("which loss is meant: got prediction {}, target {}; give the loss, as in "
                                     "explain(model, loss, batch)",
                                     prediction.shape().str(), target.shape().str()));
      },
      batch);
}

std::ostream& operator<<(std::ostream& out, const Explanation& e) {
  out << fmt::format("loss {:.6g}\n\n{:<22} {:>14} {:>10} {:>10} {:>10} {:>10}\n", e.loss, "output of", "shape", "min",
                     "max", "mean", "std");
  for (const LayerActivity& l : e.layers) {
    out << fmt::format("{:<22.22} {:>14} {:>10.4g} {:>10.4g} {:>10.4g} {:>10.4g}", l.name + " " + l.type, l.shape.str(),
                       l.min, l.max, l.mean, l.std);
    if (l.dead > 0) out << fmt::format("  {} dead", l.dead);
    if (l.saturated > 0) out << fmt::format("  {:.0f} % saturated", 100 * l.saturated);
    out << '\n';
  }
  out << fmt::format("\n{:<22} {:>14} {:>10} {:>10}\n", "parameter", "shape", "norm", "gradient");
  for (const ParameterActivity& p : e.parameters)
    out << fmt::format("{:<22.22} {:>14} {:>10.4g} {:>10}\n", p.name, p.shape.str(), p.weight_norm,
                       p.gradient_norm ? fmt::format("{:.4g}", *p.gradient_norm) : "none");
  for (const std::string& remark : e.remarks) out << "! " << remark << '\n';
  return out;
}

}  // namespace xgrad::train
