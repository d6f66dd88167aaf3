#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "data/formats/atomic.hpp"
#include "data/formats/hdf5.hpp"
#include "train/detail/keras/file.hpp"
#include "train/detail/keras/walk.hpp"
#include "train/keras.hpp"

namespace xgrad::train::keras {
namespace {

namespace fs = std::filesystem;
using detail::Layer;
using detail::Weight;

/// "dense", "dense_1", ...: one count for each class.
class Names {
 public:
  std::string next(const Layer& layer) {
    std::string name = detail::snake_case(layer.keras);
    if (const int i = count_[name]++; i > 0) name += fmt::format("_{}", i);
    return name;
  }

 private:
  std::map<std::string, int> count_;
};

// ---- Keras 2 ---------------------------------------------------------------------------------------------------------

/// An attribute of more than 64,512 bytes does not fit; Keras cuts it into equal parts.
void write_names(data::Hdf5Writer& out, const std::string& group, const std::string& key,
                 const std::vector<std::string>& names) {
  std::size_t longest = 16;  // what a text of variable length takes
  for (const std::string& name : names) longest = std::max(longest, name.size());
  constexpr std::size_t kLimit = 64'512;
  const std::size_t n = names.size();
  std::size_t parts = 1;
  while ((n + parts - 1) / parts * longest > kLimit) ++parts;
  if (parts == 1) return out.attribute(group, key, names);
  auto from = names.begin();
  for (std::size_t i = 0; i < parts; ++i) {
    const auto to = from + static_cast<std::ptrdiff_t>(n / parts + (i < n % parts ? 1 : 0));
    out.attribute(group, key + std::to_string(i), std::vector<std::string>(from, to));
    from = to;
  }
}

/// The names that Keras gives the weights of a layer, or of the layers in it.
void name_weights(const Layer& layer, const std::string& name, Names& names,
                  std::map<const Weight*, std::string>& out) {
  for (const Weight& w : layer.weights) out[&w] = name + "/" + w.name + ":0";
  for (const Layer& member : layer.members) name_weights(member, names.next(member), names, out);
}

void write_legacy(data::Hdf5Writer& out, const std::vector<Layer>& layers) {
  Names names;
  std::vector<std::string> all;
  for (const Layer& layer : layers) {
    all.push_back(names.next(layer));
    const std::string group = "/" + all.back();
    std::map<const Weight*, std::string> named;
    name_weights(layer, all.back(), names, named);
    std::vector<std::string> of_layer;
    out.group(group);
    for (const Weight* w : layer.all_weights()) {
      of_layer.push_back(named.at(w));
      out.write(group + "/" + of_layer.back(), w->to_keras());
    }
    write_names(out, group, "weight_names", of_layer);
  }
  out.group("/top_level_model_weights");
  write_names(out, "/top_level_model_weights", "weight_names", {});
  write_names(out, "/", "layer_names", all);
  out.attribute("/", "backend", std::string("tensorflow"));
  out.attribute("/", "keras_version", std::string("2.15.0"));  // whose layout this is; without it Keras takes it for 1
}

// ---- Keras 3 ---------------------------------------------------------------------------------------------------------

void write_vars(data::Hdf5Writer& out, const std::string& path, const std::string& name) {
  out.group(path + "/vars");
  out.attribute(path + "/vars", "name", name);
}

void write_by_class(data::Hdf5Writer& out, const std::string& path, const std::vector<Layer>& layers) {
  Names names;
  for (const Layer& layer : layers) {
    const std::string name = names.next(layer), group = path + "/layers/" + name;
    if (layer.empty() && !layer.random && !layer.nested) continue;
    write_vars(out, group, name);
    for (std::size_t i = 0; i < layer.weights.size(); ++i)
      out.write(group + "/vars/" + std::to_string(i), layer.weights[i].to_keras());
    if (layer.random) {  // the state of its generator, which Keras wants to be there
      write_vars(out, group + "/seed_generator", "seed_generator");
      out.write(group + "/seed_generator/vars/0", Array::zeros({2}, int64));
    }
    if (layer.nested) write_by_class(out, group, layer.members);
  }
}

// ---- both ------------------------------------------------------------------------------------------------------------

Format format_of(const fs::path& path, Format wanted) {
  if (wanted != Format::by_name) return wanted;
  const std::string name = path.filename().string();
  if (name.ends_with(".weights.h5")) return Format::weights_h5;
  if (name.ends_with(".h5") || name.ends_with(".hdf5")) return Format::legacy_h5;
  fail<ValueError>("train::keras::save_weights", "the name tells no format: got \"" + name +
                                                     "\"; expected one ending in .weights.h5, .h5 or .hdf5, or "
                                                     ".format");
}

}  // namespace

void save_weights(const fs::path& path, nn::Sequential& model, const SaveOptions& options) {
  const Format format = format_of(path, options.format);
  const std::vector<Layer> layers = detail::layers_of(model, options.input_shape);
  data::atomic_write(path, [&](const fs::path& temporary) {
    data::Hdf5Writer out(temporary);
    if (format == Format::legacy_h5) {
      write_legacy(out, layers);
    } else {
      write_vars(out, "", "sequential");
      out.group("/layers");
      write_by_class(out, "", layers);
    }
    out.close();
  });
}

}  // namespace xgrad::train::keras
