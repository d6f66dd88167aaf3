#include "autograd/function.hpp"

#include <fmt/format.h>

#include <unordered_set>

#include "autograd/engine.hpp"
#include "autograd/record.hpp"
#include "tensor/random.hpp"

namespace xgrad {

Function::Function(std::string name, TensorFunction forward, Derivative vjp)
    : parts_(std::make_shared<const Parts>(Parts{std::move(name), std::move(forward), std::move(vjp)})) {}

Tensor Function::operator()(const std::vector<Tensor>& inputs) const {
  std::vector<Tensor> out;
  {
    const NoGradGuard guard;
    out = parts_->forward(inputs);
  }
  if (out.size() != 1)
    fail<ValueError>(parts_->name, fmt::format("forward returned {} tensors; expected one", out.size()));
  const auto vjp = [parts = parts_](Ctx& c) {
    std::vector<Tensor> in;
    for (int i = 0; i < c.inputs(); ++i) in.push_back(c.in(i));
    const std::vector<Tensor> g = parts->vjp(in, c.out(), c.grad());
    if (g.size() != in.size()) {
      fail<AutogradError>("backward", fmt::format("vjp of '{}' returned {} gradients; expected {}, one for each input",
                                                  parts->name, g.size(), in.size()));
    }
    for (int i = 0; i < c.inputs(); ++i)
      if (const Tensor& one = g[static_cast<std::size_t>(i)]; one.defined() && c.needs(i)) c.give(i, one);
  };
  Array value = out[0].array();
  // An input handed through shows its buffer; the tape wants a value of its own.
  for (const Tensor& x : inputs)
    if (x.array().raw() == value.raw()) value = value.clone();
  return record_many<true, Save>(parts_->name.c_str(), std::move(value), vjp, inputs);
}

// ---- recomputation ---------------------------------------------------------------------------------------------------

namespace {

using detail::Node;

/// What a graph hangs on: leaves, and nodes recorded before `before`, each once.
std::vector<Node*> roots_of(Node* top, std::uint64_t before) {
  std::vector<Node*> roots, todo{top};
  std::unordered_set<Node*> seen{top};
  while (!todo.empty()) {
    Node* node = todo.back();
    todo.pop_back();
    if (node->leaf() || node->number <= before) {
      roots.push_back(node);
      continue;
    }
    for (std::size_t i = 0; i < node->n_inputs; ++i) {
      Node* input = node->inputs[i].node();
      if (input && seen.insert(input).second) todo.push_back(input);
    }
  }
  return roots;
}

struct Recompute {
  TensorFunction f;
  Generator generator;
  int n_inputs;

  void operator()(Ctx& c) {
    const bool further = GradMode::enabled();
    const GradMode on(true);
    Generator again = generator;
    const GeneratorGuard guard(again);
    std::vector<Tensor> at;
    std::vector<Node*> wanted;
    for (int i = 0; i < n_inputs; ++i) {
      at.push_back(further ? c.in(i) : c.in(i).detach());
      if (!further && c.needs(i)) at.back().requires_grad_();
    }
    const Tensor y = f(at).at(0);
    if (!y.node()) return;
    std::vector<int> to;
    for (int i = 0; i < c.inputs(); ++i) {
      if (!c.needs(i)) continue;
      Node* node = i < n_inputs ? at[static_cast<std::size_t>(i)].node() : c.node->inputs[i].node();
      if (!node) continue;
      wanted.push_back(node);
      to.push_back(i);
    }
    std::vector<Tensor> found = detail::collect(y, c.grad(), wanted, further);
    const GradMode outer(further);
    for (std::size_t k = 0; k < to.size(); ++k)
      if (found[k].defined()) c.give(to[k], std::move(found[k]));
  }
};

}  // namespace

Tensor checkpoint(const TensorFunction& f, const std::vector<Tensor>& inputs) {
  Recompute again{f, default_generator(), static_cast<int>(inputs.size())};
  const std::uint64_t before = detail::node_counter;
  std::vector<Tensor> at;
  for (const Tensor& x : inputs) {
    at.push_back(x.detach());
    if (x.requires_grad() && GradMode::enabled()) at.back().requires_grad_();
  }
  const std::vector<Tensor> out = f(at);
  if (out.size() != 1) fail<ValueError>("checkpoint", fmt::format("f returned {} tensors; expected one", out.size()));
  if (!out[0].node()) return out[0];
  std::vector<Node*> others;
  for (Node* root : roots_of(out[0].node(), before)) {
    bool own = false;
    for (const Tensor& x : at) own = own || x.node() == root;
    if (!own) others.push_back(root);
  }
  return detail::record_beside("checkpoint", out[0].array(), std::move(again), inputs, others);
}

}  // namespace xgrad
