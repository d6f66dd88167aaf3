#include "train/detail/keras/match.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace xgrad::train::keras::detail {
namespace {

using data::Hdf5Group;

/// For a text: "0 (Dense)".
std::string called(const Layer& layer) { return fmt::format("module {} ({})", layer.path, layer.keras); }

class Matcher {
 public:
  std::vector<Match> matches;
  std::vector<std::string> differences;

  void legacy(const std::vector<StoredLayer>& stored, const std::vector<Layer>& layers) {
    std::vector<const Layer*> mine;
    for (const Layer& layer : layers)
      if (!layer.empty()) mine.push_back(&layer);
    if (stored.size() != mine.size()) {
      std::vector<std::string> in_file, in_model;
      for (const StoredLayer& layer : stored) in_file.push_back(layer.name);
      for (const Layer* layer : mine) in_model.push_back(called(*layer));
      differences.push_back(fmt::format("layers with weights: got {}, {}; expected {}, {}", stored.size(),
                                        fmt::join(in_file, ", "), mine.size(), fmt::join(in_model, ", ")));
    }
    for (std::size_t i = 0; i < std::min(stored.size(), mine.size()); ++i) one_layer(stored[i], *mine[i]);
  }

  /// Keras 3 numbers the layers of a model per class, in order; tf.keras 2.12 left numbers out.
  void by_class(const Hdf5Group& model, const std::string& path, const std::vector<Layer>& layers) {
    std::string name;
    const Hdf5Group* container = container_of(model, &name);
    const std::string folder = path + (container ? name : "layers") + "/";
    std::map<std::string, std::vector<std::string>> groups;  // of a class, those with weights, in order
    if (container) groups = numbered(*container);
    std::map<std::string, std::size_t> used;
    for (const Layer& layer : layers) {
      if (layer.empty()) continue;
      std::string base = snake_case(layer.keras);
      if (layer.nested && !groups.contains(base)) base = base == "sequential" ? "functional" : "sequential";
      const std::size_t i = used[base]++;
      const auto found = groups.find(base);
      if (found == groups.end() || i >= found->second.size()) {
        differences.push_back(fmt::format("missing in the file: {}{}{} for {}", folder, snake_case(layer.keras),
                                          i ? fmt::format("_{}", i) : "", called(layer)));
        continue;
      }
      const std::string& group = found->second[i];
      one_group(container->groups.at(group), folder + group, layer);
    }
    for (const auto& [base, names] : groups)
      for (std::size_t i = used[base]; i < names.size(); ++i)
        differences.push_back("not in the model: " + folder + names[i]);
  }

 private:
  /// "dense_12" is number 12 of "dense".
  static std::map<std::string, std::vector<std::string>> numbered(const Hdf5Group& container) {
    std::map<std::string, std::map<std::uint64_t, std::string>> sorted;
    for (const auto& [name, group] : container.groups) {
      if (!has_weights(group)) continue;
      std::uint64_t number = 0;
      std::string base = name;
      if (const std::size_t bar = name.rfind('_'); bar != name.npos && bar + 1 < name.size() && name[bar + 1] != '0') {
        const char* const end = name.data() + name.size();
        const auto [stop, error] = std::from_chars(name.data() + bar + 1, end, number);
        if (error == std::errc() && stop == end) base = name.substr(0, bar);
        else number = 0;
      }
      sorted[base].emplace(number, name);
    }
    std::map<std::string, std::vector<std::string>> out;
    for (const auto& [base, numbers] : sorted)
      for (const auto& [number, name] : numbers) out[base].push_back(name);
    return out;
  }

  void one_group(const Hdf5Group& group, const std::string& path, const Layer& layer) {
    const auto vars = group.groups.find("vars");
    StoredLayer stored{path + "/vars", {}};
    if (vars != group.groups.end()) {
      const auto& datasets = vars->second.datasets;
      for (std::size_t i = 0; i < datasets.size(); ++i) {
        const auto found = datasets.find(std::to_string(i));
        if (found == datasets.end()) {
          differences.push_back(fmt::format("{}/vars has {} weights, but none called {}", path, datasets.size(), i));
          return;
        }
        stored.weights.emplace_back(found->first, &found->second);
      }
    }
    if (!layer.nested) return one_layer(stored, layer);
    if (!stored.weights.empty()) differences.push_back("not in the model: " + stored.name);
    by_class(group, path + "/", layer.members);
  }

  void one_layer(const StoredLayer& stored, const Layer& layer) {
    const std::vector<const Weight*> mine = layer.all_weights();
    if (stored.weights.size() != mine.size()) {
      std::vector<std::string> names;
      for (const Weight* w : mine) names.push_back(fmt::format("{} {}", w->name, w->stored.str()));
      differences.push_back(fmt::format("weights of {}: got {}; expected {} for {}: {}", stored.name,
                                        stored.weights.size(), mine.size(), called(layer), fmt::join(names, ", ")));
      return;
    }
    for (std::size_t i = 0; i < mine.size(); ++i) {
      const auto& [name, value] = stored.weights[i];
      const std::string where = fmt::format("{} {}, the {} of {}", stored.name, name, mine[i]->name, called(layer));
      if (value->is_text() || !is_floating(value->array.dtype())) {
        differences.push_back(
            fmt::format("{}: got {}; expected floating numbers", where,
                        value->is_text() ? std::string("text") : std::string(name_of(value->array.dtype()))));
      } else if (value->array.shape() != mine[i]->stored) {
        differences.push_back(
            fmt::format("{}: got {}; expected {}", where, value->array.shape().str(), mine[i]->stored.str()));
      } else {
        matches.push_back({mine[i], &value->array});
      }
    }
  }
};

}  // namespace

std::vector<Match> match(const std::string& op, const File& file, const std::vector<Layer>& layers) {
  Matcher matcher;
  if (file.legacy) matcher.legacy(file.layers(), layers);
  else matcher.by_class(file.tree, "", layers);
  if (!file.legacy)
    if (const auto own = file.tree.groups.find("vars"); own != file.tree.groups.end() && !own->second.datasets.empty())
      matcher.differences.push_back("not in the model: vars, weights of the model itself");
  const std::vector<std::string>& lines = matcher.differences;
  if (!lines.empty()) {
    constexpr std::size_t kShown = 100, kLine = 1000;  // the names are the file's
    std::string text =
        fmt::format("{}: does not fit the model ({} mismatch{}), which is left unchanged:", file.path.string(),
                    lines.size(), lines.size() == 1 ? "" : "es");
    for (std::size_t i = 0; i < std::min(lines.size(), kShown); ++i) text += "\n  " + lines[i].substr(0, kLine);
    if (lines.size() > kShown) text += "\n  ...";
    fail<IoError>(op, text);
  }
  return std::move(matcher.matches);
}

void assign(const std::vector<Match>& matches) {
  std::vector<std::pair<Tensor, Tensor>> changes;
  changes.reserve(matches.size());
  for (const auto& [weight, array] : matches)
    changes.emplace_back(weight->tensor, Tensor(weight->from_keras(*array).to(weight->tensor.dtype())));
  for (auto& [tensor, value] : changes) tensor.copy_(value);
}

}  // namespace xgrad::train::keras::detail
