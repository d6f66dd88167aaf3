#include "train/keras.hpp"

#include <fmt/format.h>

#include "tensor/random.hpp"
#include "train/detail/keras/builder.hpp"
#include "train/detail/keras/file.hpp"
#include "train/detail/keras/match.hpp"
#include "train/detail/keras/walk.hpp"

namespace xgrad::train::keras {
namespace {

namespace fs = std::filesystem;

const std::string kLoadModel = "train::keras::load_model", kLoadWeights = "train::keras::load_weights";

struct Built {
  nn::Sequential net;
  std::optional<Shape> input;
};

Built build(const detail::File& file) {
  const std::string where = file.path.string();
  const detail::Value config =
      detail::parse_json(file.config, kLoadModel + ": " + where + ": the model's configuration");
  detail::Builder builder(where, file.major(), file.elements());
  // Initial values are drawn, and replaced: the user's generator is left alone.
  Generator generator;
  const GeneratorGuard guard(generator);
  nn::Sequential net = builder.model(config);
  return {std::move(net), builder.input()};
}

/// What is wrong with the model is wrong with the file it comes from.
std::vector<detail::Layer> layers_of(Built& built, const fs::path& path) {
  try {
    return detail::layers_of(built.net, built.input);
  } catch (const ValueError& error) {
    fail<IoError>(kLoadModel, path.string() + ": " + error.what());
  }
}

/// What the configuration in a file says of the input, where it can be read.
std::optional<Shape> input_of(const detail::File& file) {
  if (file.config.empty()) return {};
  try {
    return build(file).input;
  } catch (const Error&) {
    return {};  // a model that is not built here: the weights may fit all the same
  }
}

void collect(const data::Hdf5Group& model, const std::string& path, std::vector<SavedWeight>& out) {
  if (const auto vars = model.groups.find("vars"); vars != model.groups.end())
    for (const auto& [name, value] : vars->second.datasets)
      if (!value.is_text()) out.push_back({path, name, value.array});
  const data::Hdf5Group* container = detail::container_of(model);
  if (!container) return;
  for (const auto& [name, layer] : container->groups) collect(layer, path + (path.empty() ? "" : "/") + name, out);
}

}  // namespace

nn::Sequential load_model(const fs::path& path) {
  const detail::File file = detail::open_file(kLoadModel, path);
  if (file.config.empty())
    fail<IoError>(kLoadModel, path.string() +
                                  ": holds weights alone, no configuration of a model; build the model in "
                                  "C++, and use train::keras::load_weights");
  Built built = build(file);
  const std::vector<detail::Layer> layers = layers_of(built, path);
  const std::vector<detail::Match> matches = detail::match(kLoadModel, file, layers);
  for (const detail::Match& m : matches) {
    if (m.array->dtype() != float64) continue;
    built.net.to(float64);
    break;
  }
  detail::assign(matches);
  return std::move(built.net);
}

void load_weights(const fs::path& path, nn::Sequential& model, const LoadOptions& options) {
  const detail::File file = detail::open_file(kLoadWeights, path);
  const std::vector<detail::Layer> layers =
      detail::layers_of(model, options.input_shape ? options.input_shape : input_of(file));
  detail::assign(detail::match(kLoadWeights, file, layers));
}

std::vector<SavedWeight> read_weights(const fs::path& path) {
  const detail::File file = detail::open_file("train::keras::read_weights", path);
  std::vector<SavedWeight> out;
  if (!file.legacy) {
    collect(file.tree, "", out);
    return out;
  }
  for (const detail::StoredLayer& layer : file.layers())
    for (const auto& [name, value] : layer.weights)
      if (!value->is_text()) out.push_back({layer.name, name, value->array});
  return out;
}

}  // namespace xgrad::train::keras
