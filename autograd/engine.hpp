#pragma once
/// The engine: a max-heap of nodes that hold a pending gradient. No visiting pass, no recursion.

#include <cstdint>
#include <string>
#include <vector>

#include "autograd/record.hpp"

namespace xgrad::detail {

/// What a tensor's user asked for beyond the usual.
struct Extra {
  std::vector<std::function<Tensor(const Tensor&)>> hooks;
  std::string path;  ///< of the module it was recorded in, when a guard asked for it
};

Extra& extra_of(Node& node);

/// One run of backward or grad.
class Engine {
 public:
  /// For `backward`: every leaf is wanted.
  Engine(bool retain_graph, bool create_graph);
  /// For `grad`: only the given nodes are. With `collect`, for a run inside another: what reaches them is gathered
  /// beside them, and their hooks and gradients are left to the outer run.
  Engine(bool retain_graph, bool create_graph, std::vector<Node*> wanted, bool collect = false);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void add(Node* node, Tensor gradient);
  void run();
  bool needs(const Node& node) const noexcept {
    return all_ || (!node.leaf() ? node.number >= lowest_ : collect_ ? find(node) < wanted_.size() : node.captured);
  }
  /// The gradient that reached wanted node i; undefined if none did.
  const Tensor& result(std::size_t i) const { return results_[i]; }
  std::size_t size() const noexcept { return results_.size(); }

 private:
  void visit(Node& node);
  void capture(const Node& node, const Tensor& gradient);
  std::size_t find(const Node& node) const noexcept;  ///< its place in wanted_, or the size of that

  bool all_, retain_graph_, create_graph_, collect_ = false;
  std::uint64_t lowest_ = 0;  // a node numbered below every wanted one cannot reach any
  std::vector<Node*> heap_;
  std::vector<Node*> wanted_;
  std::vector<Tensor> results_;
};

/// Under a guard of autograd/anomaly.hpp: runs a vjp, saying where when something goes wrong; looks at what it gives.
void run_watched(Ctx& context);
void watch_gradient(const Ctx& context, int input, const Tensor& gradient);

/// The gradients of <y, gradient> by nodes that other runs may be busy with.
std::vector<Tensor> collect(const Tensor& y, const Tensor& gradient, std::vector<Node*> wanted, bool create_graph);

/// Records `out` as computed from the values of `inputs` and from whatever `others` stand for.
template <class F>
Tensor record_beside(const char* name, Array out, F vjp, const std::vector<Tensor>& inputs,
                     const std::vector<Node*>& others) {
  Tensor result(std::move(out));
  using N = NodeOfMany<F>;
  N* n = make_node<N>(std::move(vjp), inputs.size() + others.size());
  n->name = name;
  n->run = [](Ctx& c) { static_cast<N*>(c.node)->vjp(c); };
  n->inputs = n->in.get();
  n->n_inputs = static_cast<std::uint16_t>(inputs.size() + others.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) n->in[i].set(Save{inputs[i]});
  for (std::size_t i = 0; i < others.size(); ++i) {
    Input& input = n->in[inputs.size() + i];
    more(others[i]->count);
    input.edge = others[i];
    input.needs = true;
  }
  attach(n, result, false);
  if (watching) remember(n);
  return result;
}

}  // namespace xgrad::detail
