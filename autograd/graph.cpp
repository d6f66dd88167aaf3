#include "autograd/graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "autograd/engine.hpp"

namespace xgrad {
namespace {

using detail::Node;

/// Every node below y, inputs before what was computed from them.
std::vector<const Node*> nodes_below(const Node* top) {
  std::vector<const Node*> nodes, todo;
  std::unordered_map<const Node*, bool> seen;
  const auto meet = [&](const Node* n) {
    if (n && seen.emplace(n, true).second) todo.push_back(n);
  };
  meet(top);
  while (!todo.empty()) {
    const Node* n = todo.back();
    todo.pop_back();
    nodes.push_back(n);
    for (std::size_t i = 0; i < n->n_inputs; ++i) meet(n->inputs[i].node());
  }
  std::reverse(nodes.begin(), nodes.end());  // leaves, which all have number 0, in the order of their use
  std::stable_sort(nodes.begin(), nodes.end(), [](const Node* a, const Node* b) { return a->number < b->number; });
  return nodes;
}

struct Graph {
  std::vector<const Node*> nodes;
  std::unordered_map<const Node*, std::string> names;

  Graph(const Tensor& y, std::span<const NamedTensor> given) : nodes(nodes_below(y.node())) {
    for (const NamedTensor& n : given)
      if (n.tensor.node()) names.emplace(n.tensor.node(), n.name);
    int leaves = 0, operations = 0;
    for (const Node* n : nodes) {
      if (names.contains(n)) continue;
      names.emplace(n, n->leaf() ? fmt::format("leaf{}", leaves++) : fmt::format("%{}", ++operations));
    }
  }

  std::string kind(const Node* n) const { return fmt::format("{} {}", name_of(n->dtype), n->shape.str()); }
  std::string path(const Node* n) const { return n->extra ? n->extra->path : std::string(); }
  std::string input(const detail::Input& in) const {
    if (const Node* n = in.node()) return names.at(n);
    if (!in.value.defined()) return "const";
    return fmt::format("const {} {}", name_of(in.value.dtype()), in.value.shape().str());
  }
};

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

}  // namespace

std::string to_text(const Tensor& y, std::span<const NamedTensor> names) {
  if (!y.node()) return fmt::format("not recorded: {} {}\n", name_of(y.dtype()), y.shape().str());
  const Graph graph(y, names);
  std::vector<std::string> left;
  std::size_t width = 0;
  for (const Node* n : graph.nodes) {
    std::string line = graph.names.at(n);
    if (!n->leaf()) {
      line += fmt::format(" = {}(", n->name);
      for (std::size_t i = 0; i < n->n_inputs; ++i)
        line += (i ? ", " : "") + (n->freed ? std::string("freed") : graph.input(n->inputs[i]));
      line += ")";
    }
    if (line.size() <= 72) width = std::max(width, line.size());
    left.push_back(std::move(line));
  }
  std::string text;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const Node* n = graph.nodes[i];
    text += fmt::format("{:<{}}  {}", left[i], width, n->leaf() ? "leaf " + graph.kind(n) : graph.kind(n));
    if (const std::string path = graph.path(n); !path.empty()) text += "  " + path;
    text += '\n';
  }
  return text;
}

std::string to_dot(const Tensor& y, std::span<const NamedTensor> names) {
  std::string text = "digraph xgrad {\n  rankdir=TB;\n  node [fontname=\"sans-serif\", fontsize=10];\n";
  if (!y.node())
    return text + fmt::format("  n0 [shape=box, label=\"{} {}\"];\n}}\n", name_of(y.dtype()), y.shape().str());
  const Graph graph(y, names);
  std::unordered_map<const Node*, std::size_t> ids;
  std::size_t constants = 0;
  for (const Node* n : graph.nodes) {
    const std::size_t id = ids.size();
    ids.emplace(n, id);
    const std::string path = graph.path(n);
    text += n->leaf() ? fmt::format("  n{} [shape=box, style=filled, fillcolor=\"#dce9f7\", label=\"{}\\n{}\"];\n", id,
                                    escaped(graph.names.at(n)), graph.kind(n))
                      : fmt::format("  n{} [shape=ellipse, label=\"{}\\n{}{}\"];\n", id, escaped(n->name),
                                    graph.kind(n), path.empty() ? "" : "\\n" + escaped(path));
    for (std::size_t i = 0; i < n->n_inputs; ++i) {
      const detail::Input& in = n->inputs[i];
      if (const Node* from = in.node()) {
        text += fmt::format("  n{} -> n{};\n", ids.at(from), id);
      } else if (in.value.defined()) {
        text += fmt::format("  c{} [shape=box, style=dashed, label=\"{}\"];\n  c{} -> n{};\n", constants,
                            escaped(graph.input(in)), constants, id);
        ++constants;
      }
    }
  }
  return text + "}\n";
}

}  // namespace xgrad
