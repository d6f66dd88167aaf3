#include "nn/detail/receptive_field.hpp"

#include <algorithm>
#include <unordered_set>

#include "autograd/record.hpp"

namespace xgrad::nn::detail {
namespace {

/// Axes 0 and 1 are samples and channels.
constexpr int kFirst = 2;

std::vector<std::int64_t> extent_of(const Shape& shape) {
  return shape.rank() > kFirst ? std::vector<std::int64_t>(shape.begin() + kFirst, shape.end())
                               : std::vector<std::int64_t>{};
}

/// What sees both.
void join(Field& a, const Field& b) {
  if (a.size.empty()) a = b;
  for (std::size_t i = 0; i < std::min(a.size.size(), b.size.size()); ++i) {
    a.size[i] = std::max(a.size[i], b.size[i]);
    a.jump[i] = std::max(a.jump[i], b.jump[i]);
  }
}

/// Every place at once.
void spread(Field& field) {
  for (std::size_t i = 0; i < field.size.size(); ++i) {
    field.size[i] += static_cast<double>(std::max<std::int64_t>(field.extent[i] - 1, 0)) * field.jump[i];
    field.extent[i] = 1;
  }
}

}  // namespace

void Fields::start(const Tensor& input) {
  const std::vector<std::int64_t> extent = extent_of(input.shape());
  set(input, {std::vector<double>(extent.size(), 1.), std::vector<double>(extent.size(), 1.), extent});
}

void Fields::set(const Tensor& t, const Field& field) {
  kept_.push_back(t);
  fields_[xgrad::detail::Access::impl(t.array())] = field;
  if (t.node()) fields_[t.node()] = field;
}

Field Fields::of(const Tensor& t) const {
  if (const auto found = fields_.find(xgrad::detail::Access::impl(t.array())); found != fields_.end())
    return found->second;
  // Made by functions: what all the layers' outputs see that it was made from.
  Field field;
  std::vector<const xgrad::detail::Node*> ahead;
  std::unordered_set<const xgrad::detail::Node*> seen;
  const auto visit = [&](const xgrad::detail::Node* node) {
    if (node && seen.insert(node).second) ahead.push_back(node);
  };
  visit(t.node());
  while (!ahead.empty()) {
    const xgrad::detail::Node* node = ahead.back();
    ahead.pop_back();
    if (const auto found = fields_.find(node); found != fields_.end()) {
      join(field, found->second);
      continue;
    }
    if (node->leaf()) continue;
    for (int i = 0; i < node->n_inputs; ++i) visit(node->inputs[i].node());
  }
  return field;
}

Field Fields::pass(const Cost& cost, std::span<const Tensor> inputs, const Tensor& output) {
  Field field;
  int rank = 0;
  for (const Tensor& input : inputs) {
    join(field, of(input));
    rank = std::max(rank, input.dim());
  }
  const std::size_t axes = field.size.size();
  if (axes > 0 && rank <= kFirst) spread(field);
  for (std::size_t i = 0; i < std::min(axes, cost.windows.size()); ++i) {
    const Window& w = cost.windows[i];
    field.size[i] += static_cast<double>((w.kernel - 1) * w.dilation) * field.jump[i];
    field.jump[i] *= w.stride;
  }
  const std::vector<std::int64_t> extent = extent_of(output.shape());
  if (extent.size() == axes) field.extent = extent;
  else if (!cost.windows.empty()) field.extent.assign(axes, 1);
  set(output, field);
  return field;
}

}  // namespace xgrad::nn::detail
