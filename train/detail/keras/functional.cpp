#include <fmt/format.h>

#include <map>
#include <string_view>

#include "train/detail/keras/builder.hpp"

namespace xgrad::train::keras::detail {
namespace {

struct Reference {
  std::string_view layer;
  std::int64_t output = 0;
};

/// [layer, node, output, ...]
bool is_history(const List& list) {
  return list.size() >= 3 && list[0].as<std::string>() && list[1].as<std::int64_t>() && list[2].as<std::int64_t>();
}

/// Every tensor that a structure names: Keras 3 has {"class_name": "__keras_tensor__", "config": {"keras_history":
/// [...]}}, Keras 2 the bare history with the call's arguments behind it. Depth is that of the JSON, which is bounded.
void collect(const Value& value, std::vector<Reference>& out) {
  if (const List* list = value.as<List>()) {
    if (is_history(*list)) {
      out.push_back({*(*list)[0].as<std::string>(), *(*list)[2].as<std::int64_t>()});
      for (std::size_t i = 3; i < list->size(); ++i) collect((*list)[i], out);
      return;
    }
    for (const Value& item : *list) collect(item, out);
  } else if (const Object* object = value.as<Object>()) {
    for (const auto& [name, item] : *object) collect(item, out);
  }
}

/// Whether a call asks for training mode, also at prediction.
bool trains(const Value& value) {
  if (const List* list = value.as<List>()) {
    for (const Value& item : *list)
      if (trains(item)) return true;
  } else if (const Object* object = value.as<Object>()) {
    for (const auto& [name, item] : *object)
      if ((name == "training" && item.as<bool>() && *item.as<bool>()) || trains(item)) return true;
  }
  return false;
}

struct Node {
  const Value* layer;
  std::string_view from;  ///< "" for an input
  std::string_view to;
};

class Graph {
 public:
  Graph(const Value& config, const std::string& where) : config_(config), where_(where) {}

  std::vector<const Value*> chain() {
    const Value* layers = config_.find("layers");
    if (!layers || !layers->as<List>()) refuse("its config has no list of layers");
    for (const Value& layer : *layers->as<List>()) add(layer);
    connect();
    return follow();
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    fail<IoError>(
        "train::keras::load_model",
        fmt::format("{}: {}; only Functional models that are one chain of layers can be built", where_, what));
  }

  static std::string_view name_of(const Value& layer) {
    const std::string_view name = layer.text("name");
    const Value* config = layer.find("config");
    return name.empty() && config ? config->text("name") : name;
  }

  void add(const Value& layer) {
    const std::string_view name = name_of(layer);
    if (name.empty()) refuse("a layer has no name");
    if (!nodes_.emplace(name, Node{&layer, {}, {}}).second)
      refuse(fmt::format("two layers are called \"{}\"", name.substr(0, 80)));
  }

  void connect() {
    for (auto& [name, node] : nodes_) {
      const Value* inbound = node.layer->find("inbound_nodes");
      const List* calls = inbound ? inbound->as<List>() : nullptr;
      const bool input = node.layer->text("class_name") == "InputLayer";
      if (input && calls && !calls->empty()) refuse("an input has an input");
      if (input) {
        if (!first_.empty()) refuse("it has several inputs");
        first_ = name;
        continue;
      }
      const std::string called = fmt::format("layer \"{}\"", name.substr(0, 80));
      std::vector<Reference> inputs;
      if (inbound) collect(*inbound, inputs);
      // Keras 2 before 2.4 wrote a single call of a nested list as one history.
      const bool one_call = calls && (calls->size() == 1 || is_history(*calls));
      if (!one_call || inputs.size() != 1) refuse(called + " is called several times, or with several inputs");
      if (trains(*inbound)) refuse(called + " is called with training = true");
      const auto before = nodes_.find(inputs[0].layer);
      if (before == nodes_.end() || inputs[0].output != 0) refuse(called + " has an input that is not there");
      if (!before->second.to.empty()) refuse("several layers take what one makes");
      before->second.to = name;
      node.from = before->first;
    }
  }

  std::vector<const Value*> follow() const {
    if (first_.empty()) refuse("it has no input");
    std::vector<const Value*> out;
    std::string_view at = first_, end;
    for (; !at.empty(); at = nodes_.find(at)->second.to) {
      if (out.size() >= nodes_.size()) refuse("its layers run in a circle");
      out.push_back(nodes_.find(at)->second.layer);
      end = at;
    }
    if (out.size() != nodes_.size()) refuse("its layers do not hang together");
    std::vector<Reference> results;
    if (const Value* outputs = config_.find("output_layers")) collect(*outputs, results);
    if (results.size() != 1 || results[0].layer != end) refuse("its output is not what the last layer makes");
    return out;
  }

  const Value& config_;
  const std::string& where_;
  std::map<std::string_view, Node> nodes_;
  std::string_view first_;
};

}  // namespace

std::vector<const Value*> functional_chain(const Value& config, const std::string& where) {
  return Graph(config, where).chain();
}

}  // namespace xgrad::train::keras::detail
