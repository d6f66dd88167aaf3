#include "autograd/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/reduction.hpp"
#include "tensor/kernels/arithmetic.hpp"

namespace xgrad {
namespace detail {
namespace {

bool earlier(const Node* a, const Node* b) noexcept { return a->number < b->number; }

/// The heap's memory, kept between runs on one thread; a run inside a run finds it empty and makes its own.
thread_local std::vector<Node*> spare_heap;

/// Whether nobody else can see this value change.
bool ours(const Tensor& t) noexcept { return Access::unique(t.array()) && t.node() == nullptr; }

void add_in_place(Tensor& sum, const Tensor& term) {
  Array a = Access::share(sum.array());
  kernels::add_into(a, term.array());
}

Tensor plus(Tensor sum, const Tensor& term) {
  if (!recording && ours(sum)) {
    add_in_place(sum, term);
    return sum;
  }
  return add(sum, term);
}

/// A leaf keeps a gradient that nobody else holds as it is, and a copy of any other.
void accumulate(Node& leaf, Tensor gradient) {
  if (!leaf.grad.defined()) leaf.grad = Access::unique(gradient.array()) ? std::move(gradient) : gradient.clone();
  else if (!recording && ours(leaf.grad)) add_in_place(leaf.grad, gradient);
  else leaf.grad = add(leaf.grad, gradient);  // when this fails, what was there stays
}

}  // namespace

Engine::Engine(bool retain_graph, bool create_graph)
    : all_(true), retain_graph_(retain_graph || create_graph), create_graph_(create_graph) {
  heap_.swap(spare_heap);
}

Engine::Engine(bool retain_graph, bool create_graph, std::vector<Node*> wanted, bool collect)
    : Engine(retain_graph, create_graph) {
  all_ = false;
  collect_ = collect;
  wanted_ = std::move(wanted);
  results_.resize(wanted_.size());
  lowest_ = ~std::uint64_t{0};
  for (Node* node : wanted_) {
    if (!collect_) node->captured = true;
    lowest_ = std::min(lowest_, node->number);
  }
}

Engine::~Engine() {
  for (Node* node : heap_) {  // not empty after an exception
    node->pending = Tensor();
    release(node);
  }
  if (!collect_)
    for (Node* node : wanted_) node->captured = false;
  heap_.clear();
  spare_heap.swap(heap_);
}

void Engine::add(Node* node, Tensor gradient) {
  if (collect_) {
    if (const std::size_t i = find(*node); i < wanted_.size()) {
      results_[i] = results_[i].defined() ? plus(std::exchange(results_[i], Tensor()), gradient) : std::move(gradient);
      return;
    }
    if (node->leaf()) return;
  }
  if (node->leaf() && !node->extra && !node->captured) {
    if (all_) accumulate(*node, std::move(gradient));
    return;
  }
  if (node->pending.defined()) {
    node->pending = plus(std::exchange(node->pending, Tensor()), gradient);
    return;
  }
  heap_.push_back(node);
  more(node->count);
  node->pending = std::move(gradient);
  std::push_heap(heap_.begin(), heap_.end(), earlier);
}

void Engine::run() {
  const GradMode mode(create_graph_);
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), earlier);
    Node* node = heap_.back();
    heap_.pop_back();
    const struct Held {
      Node* node;
      ~Held() { release(node); }
    } held{node};
    visit(*node);
  }
}

void Engine::visit(Node& node) {
  Tensor gradient = std::exchange(node.pending, Tensor());
  if (node.extra) {
    for (const auto& hook : node.extra->hooks) {
      Tensor replaced = hook(gradient);
      if (!replaced.defined()) continue;
      if (replaced.shape() != node.shape || replaced.dtype() != node.dtype) {
        fail<AutogradError>(
            "hook", fmt::format("returned shape {}, {}; expected that of the tensor, {}, {}", replaced.shape().str(),
                                name_of(replaced.dtype()), node.shape.str(), name_of(node.dtype)));
      }
      gradient = std::move(replaced);
    }
  }
  if (node.captured) capture(node, gradient);
  if (node.leaf()) {
    if (all_) accumulate(node, std::move(gradient));
    return;
  }
  if (node.retain) node.grad = gradient;
  if (!all_ && node.number <= lowest_) return;
  if (node.freed) {
    fail<AutogradError>("backward", fmt::format("the graph of '{}' was freed by an earlier backward; pass "
                                                "retain_graph = true there to go through it twice",
                                                node.name));
  }
  Ctx context{&node, gradient, *this};
  if (watching) run_watched(context);
  else node.run(context);
  if (!retain_graph_) node.free_saved();
}

std::size_t Engine::find(const Node& node) const noexcept {
  return static_cast<std::size_t>(std::find(wanted_.begin(), wanted_.end(), &node) - wanted_.begin());
}

void Engine::capture(const Node& node, const Tensor& gradient) {
  for (std::size_t i = 0; i < wanted_.size(); ++i)
    if (wanted_[i] == &node) results_[i] = gradient;
}

Extra& extra_of(Node& node) {
  if (!node.extra) node.extra = new Extra;
  return *node.extra;
}

std::vector<Tensor> collect(const Tensor& y, const Tensor& gradient, std::vector<Node*> wanted, bool create_graph) {
  Engine engine(false, create_graph, std::move(wanted), true);
  engine.add(y.node(), gradient);
  engine.run();
  std::vector<Tensor> results;
  for (std::size_t i = 0; i < engine.size(); ++i) results.push_back(engine.result(i));
  return results;
}

}  // namespace detail

// ---- what a vjp sees -------------------------------------------------------------------------------------------------

bool Ctx::needs(int i) const noexcept {
  const detail::Node* m = node->inputs[i].node();
  return m && engine.needs(*m);
}

const Shape& Ctx::in_shape(int i) const noexcept { return node->inputs[i].node()->shape; }

namespace {
[[noreturn]] void fail_changed(const char* name, const std::string& which) {
  fail<AutogradError>("backward",
                      fmt::format("{} of '{}' was changed in place after it was recorded; its old value is needed for "
                                  "the gradient: change a clone() instead, or after backward",
                                  which, name));
}
}  // namespace

const Tensor& Ctx::in(int i) const {
  const detail::Input& input = node->inputs[i];
  if (input.value.array().version() != input.version) fail_changed(node->name, fmt::format("input {}", i));
  return input.value;
}

Tensor Ctx::out() const {
  if (node->out_storage->version.load(std::memory_order_relaxed) != node->out_version)
    fail_changed(node->name, "the output");
  Array value = detail::Access::on_storage(node->out_storage, node->out_data, node->shape, node->dtype);
  Tensor result(std::move(value));
  if (detail::recording) {
    detail::more(node->count);
    detail::Access::impl(result.array())->slot = node;
  }
  return result;
}

void Ctx::give(int i, Tensor g) {
  detail::Node* m = node->inputs[i].node();
  if (!m || !engine.needs(*m)) return;
  if (g.dtype() != m->dtype) {
    fail<AutogradError>("backward", fmt::format("gradient of '{}' for input {}: got {}; expected {}", node->name, i,
                                                name_of(g.dtype()), name_of(m->dtype)));
  }
  if (!(g.shape() == m->shape)) g = sum_to(g, m->shape);
  if (detail::watching) detail::watch_gradient(*this, i, g);
  engine.add(m, std::move(g));
}

// ---- backward and grad -----------------------------------------------------------------------------------------------

namespace {

/// The gradient to start from: the given one, checked, or 1 for a single element.
Tensor seed_for(const char* op, const Tensor& output, const Tensor& given) {
  if (!output.node()) {
    fail<AutogradError>(op,
                        "nothing to differentiate: the tensor was not computed from one with requires_grad while "
                        "recording; call requires_grad_() on the inputs");
  }
  if (given.defined()) {
    if (given.shape() != output.shape())
      fail<ShapeError>(op, fmt::format("gradient: got {}; expected the tensor's shape {}", given.shape().str(),
                                       output.shape().str()));
    if (given.dtype() != output.dtype())
      fail<DTypeError>(op, fmt::format("gradient: got {}; expected the tensor's {}", name_of(given.dtype()),
                                       name_of(output.dtype())));
    return given;
  }
  if (output.numel() != 1) {
    fail<AutogradError>(op, fmt::format("got shape {}; expected one element, or a gradient of that shape as argument "
                                        "(did you forget sum() or mean()?)",
                                        output.shape().str()));
  }
  return Tensor(Array::full(output.shape(), 1, output.dtype()));
}

}  // namespace

void Tensor::backward(const Tensor& gradient, bool retain_graph, bool create_graph) const {
  Tensor seed = seed_for("backward", *this, gradient);
  detail::Engine engine(retain_graph, create_graph);
  engine.add(node(), std::move(seed));
  engine.run();
}

std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const std::vector<Tensor>& grad_outputs, GradOptions options) {
  if (!grad_outputs.empty() && grad_outputs.size() != outputs.size())
    fail<ValueError>("grad", fmt::format("got {} grad_outputs for {} outputs", grad_outputs.size(), outputs.size()));
  std::vector<detail::Node*> wanted;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].node())
      fail<AutogradError>("grad",
                          fmt::format("input {} does not require a gradient; call requires_grad_() on it before "
                                      "the outputs are computed",
                                      i));
    wanted.push_back(inputs[i].node());
  }
  detail::Engine engine(options.retain_graph, options.create_graph, std::move(wanted));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Tensor seed = seed_for("grad", outputs[i], grad_outputs.empty() ? Tensor() : grad_outputs[i]);
    engine.add(outputs[i].node(), std::move(seed));
  }
  engine.run();
  std::vector<Tensor> results;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!engine.result(i).defined() && !options.allow_unused) {
      fail<AutogradError>("grad", fmt::format("the outputs do not depend on input {}; with allow_unused its gradient "
                                              "comes back undefined",
                                              i));
    }
    results.push_back(engine.result(i));
  }
  return results;
}

Tensor grad(const Tensor& output, const Tensor& input, GradOptions options) {
  return grad(std::vector{output}, std::vector{input}, {}, options).front();
}

}  // namespace xgrad
