#include "train/detail/keras/file.hpp"

#include <fmt/format.h>

#include <fstream>

#include "data/formats/zip.hpp"
#include "train/detail/keras/value.hpp"

namespace xgrad::train::keras::detail {
namespace {

using data::Hdf5Group;

constexpr std::uint64_t kMaxJson = std::uint64_t{16} << 20, kMaxWeights = std::uint64_t{1} << 36;

/// Keras 3 keeps the layers of a model here; tf.keras 2.12 and 2.13 kept those of a Functional one elsewhere.
constexpr const char* kContainers[] = {"layers", "_layer_checkpoint_dependencies"};

bool is_zip(const std::filesystem::path& path) {
  char magic[4] = {};
  std::ifstream(path, std::ios::binary).read(magic, 4);
  return std::string_view(magic, 2) == "PK";
}

/// A text attribute, however it is stored; "" where there is none.
std::string text_of(const Hdf5Group& group, const std::string& name) {
  const auto found = group.attributes.find(name);
  if (found == group.attributes.end()) return "";
  if (const auto* text = std::get_if<std::string>(&found->second)) return *text;
  const auto* texts = std::get_if<std::vector<std::string>>(&found->second);
  return texts && texts->size() == 1 ? texts->front() : "";
}

bool has_list(const Hdf5Group& group, const std::string& name) {
  return group.attributes.contains(name) || group.attributes.contains(name + "0");
}

/// A list of names; a long one is split into name0, name1, ... An empty one is stored as no numbers.
std::vector<std::string> list_of(const Hdf5Group& group, const std::string& name, const std::string& where) {
  std::vector<std::string> out;
  const auto append = [&](const std::string& key) {
    const auto found = group.attributes.find(key);
    if (found == group.attributes.end()) return false;
    const bool empty = std::visit(
        [&]<class T>(const T& v) {
          if constexpr (std::is_same_v<T, std::string>) out.push_back(v);
          else if constexpr (std::is_same_v<T, std::vector<std::string>>) out.insert(out.end(), v.begin(), v.end());
          else if constexpr (!std::is_arithmetic_v<T>) return v.empty();
          else return false;
          return true;
        },
        found->second);
    if (!empty) fail<IoError>(where, "attribute \"" + key + "\" holds numbers; expected names");
    return true;
  };
  if (append(name)) return out;
  for (int i = 0; append(name + std::to_string(i));) ++i;
  return out;
}

void open_archive(const std::string& op, File& file) {
  const data::ZipReader zip(file.path);
  const std::string where = op + ": " + file.path.string();
  for (const char* name : {"config.json", "model.weights.h5"})
    if (!zip.has(name)) fail<IoError>(where, fmt::format("is an archive, and not one of Keras: it has no {}", name));
  file.config = zip.read("config.json", kMaxJson);
  if (zip.has("metadata.json"))
    file.version = parse_json(zip.read("metadata.json", kMaxJson), where + ": metadata.json").text("keras_version");
  const std::string weights = zip.read("model.weights.h5", kMaxWeights);
  file.tree = data::read_foreign_hdf5(std::as_bytes(std::span(weights)), file.path.string() + ": model.weights.h5");
}

const Hdf5Group& legacy_group(const File& file) {
  const auto found = file.tree.groups.find("model_weights");
  return !has_list(file.tree, "layer_names") && found != file.tree.groups.end() ? found->second : file.tree;
}

void open_hdf5(const std::string& op, File& file) {
  file.tree = data::read_foreign_hdf5(file.path);
  const std::string where = op + ": " + file.path.string();
  file.config = text_of(file.tree, "model_config");
  const Hdf5Group& weights = legacy_group(file);
  file.legacy = has_list(weights, "layer_names");
  if (text_of(file.tree, "format") == "xgrad")
    fail<IoError>(where, "is a checkpoint of xgrad; train::load_model reads it");
  if (!file.legacy && !file.tree.groups.contains("layers") && !file.tree.groups.contains(kContainers[1]))
    fail<IoError>(where,
                  "is an HDF5 file, and not one of Keras: it has neither an attribute layer_names nor a group "
                  "layers");
  file.version = text_of(file.tree, "keras_version");
  if (file.version.empty()) file.version = text_of(weights, "keras_version");
  if (file.version.starts_with("1."))
    fail<IoError>(where, "was written by Keras " + file.version.substr(0, 16) + "; expected 2 or 3");
  if (text_of(weights, "backend") == "theano" || text_of(file.tree, "backend") == "theano")
    fail<IoError>(where, "was written by Keras on Theano, whose convolutions have their kernels mirrored");
}

std::int64_t elements_in(const Hdf5Group& group) {
  std::int64_t n = 0;
  for (const auto& [name, value] : group.datasets) n += value.is_text() ? 0 : value.array.numel();
  for (const auto& [name, below] : group.groups) n += elements_in(below);
  return n;
}

bool contains_weights(const Hdf5Group& container) {
  for (const auto& [name, layer] : container.groups)
    if (has_weights(layer)) return true;
  return false;
}

}  // namespace

int File::major() const {
  const char first = version.empty() ? '0' : version[0];
  return first == '2' ? 2 : first >= '3' && first <= '9' ? 3 : 0;
}

std::int64_t File::elements() const {
  if (legacy) return elements_in(legacy_group(*this));
  const Hdf5Group* container = container_of(tree);
  return container ? elements_in(*container) : 0;
}

std::vector<StoredLayer> File::layers() const {
  const Hdf5Group& weights = legacy_group(*this);
  const std::string where = "train::keras: " + path.string();
  std::vector<StoredLayer> out;
  for (const std::string& name : list_of(weights, "layer_names", where)) {
    const Hdf5Group* group = weights.find_group(name);
    if (!group) fail<IoError>(where, fmt::format("layer \"{}\" is listed, but has no group", name.substr(0, 80)));
    StoredLayer layer{name, {}};
    for (const std::string& weight : list_of(*group, "weight_names", where)) {
      if (weight.ends_with("seed_generator_state")) continue;  // of Keras 3's random layers
      const data::Hdf5Value* value = group->find_dataset(weight);
      if (!value)
        fail<IoError>(where, fmt::format("weight \"{}\" of layer \"{}\" is listed, but not there", weight.substr(0, 80),
                                         name.substr(0, 80)));
      layer.weights.emplace_back(weight, value);
    }
    if (!layer.weights.empty()) out.push_back(std::move(layer));
  }
  return out;
}

File open_file(const std::string& op, const std::filesystem::path& path) {
  File file{.path = path, .tree = {}, .config = {}, .version = {}};
  if (is_zip(path)) open_archive(op, file);
  else open_hdf5(op, file);
  return file;
}

const Hdf5Group* container_of(const Hdf5Group& model, std::string* called) {
  for (const char* name : kContainers) {
    const auto found = model.groups.find(name);
    if (found == model.groups.end() || !contains_weights(found->second)) continue;
    if (called) *called = name;
    return &found->second;
  }
  return nullptr;
}

bool has_weights(const Hdf5Group& layer) {
  const auto vars = layer.groups.find("vars");
  return (vars != layer.groups.end() && !vars->second.datasets.empty()) || container_of(layer) != nullptr;
}

std::string snake_case(std::string_view keras) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  std::string out;
  for (std::size_t i = 0; i < keras.size(); ++i) {
    // a capital before a small letter begins a word, as does one after a small letter
    const bool begins =
        upper(keras[i]) && i > 0 && ((i + 1 < keras.size() && lower(keras[i + 1])) || lower(keras[i - 1]));
    if (begins) out += '_';
    out += upper(keras[i]) ? static_cast<char>(keras[i] - 'A' + 'a') : keras[i];
  }
  return out;
}

}  // namespace xgrad::train::keras::detail
