#pragma once
/// The engine: a max-heap of nodes that hold a pending gradient. No visiting pass, no recursion.

#include <cstdint>
#include <vector>

#include "autograd/record.hpp"

namespace xgrad::detail {

/// What a tensor's user asked for beyond the usual.
struct Extra {
  std::vector<std::function<Tensor(const Tensor&)>> hooks;
};

/// One run of backward or grad.
class Engine {
 public:
  /// For `backward`: every leaf is wanted.
  Engine(bool retain_graph, bool create_graph);
  /// For `grad`: only the given nodes are.
  Engine(bool retain_graph, bool create_graph, std::vector<Node*> wanted);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void add(Node* node, Tensor gradient);
  void run();
  bool needs(const Node& node) const noexcept { return all_ || (node.leaf() ? node.captured : node.number >= lowest_); }
  /// The gradient that reached wanted node i; undefined if none did.
  const Tensor& result(std::size_t i) const { return results_[i]; }

 private:
  void visit(Node& node);
  void capture(const Node& node, const Tensor& gradient);

  bool all_, retain_graph_, create_graph_;
  std::uint64_t lowest_ = 0;  // a node numbered below every wanted one cannot reach any
  std::vector<Node*> heap_;
  std::vector<Node*> wanted_;
  std::vector<Tensor> results_;
};

}  // namespace xgrad::detail
