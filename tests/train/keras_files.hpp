#pragma once
// Keras files for tests, as Keras lays them out, and a small Keras that computes with the channels last.

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "autograd/create.hpp"
#include "autograd/ops/shape.hpp"
#include "data/formats/hdf5.hpp"
#include "nn/nn.hpp"
#include "tests/files.hpp"
#include "tests/throws.hpp"
#include "tests/zip_files.hpp"
#include "train/checkpoint.hpp"
#include "train/keras.hpp"

namespace xgrad::test {

/// A layer of a file: its name in Keras 2, its group in Keras 3, its weights as Keras keeps them.
struct FileLayer {
  std::string name, group;
  std::vector<std::pair<std::string, Array>> weights;
};
using FileLayers = std::vector<FileLayer>;

inline void write_legacy(data::Hdf5Writer& out, const std::string& root, const FileLayers& layers,
                         const std::string& version = "2.15.0") {
  std::vector<std::string> names;
  for (const FileLayer& layer : layers) {
    const std::string group = (root == "/" ? "" : root) + "/" + layer.name;
    out.group(group);
    std::vector<std::string> weights;
    for (const auto& [name, value] : layer.weights) {
      weights.push_back(layer.name + "/" + name + ":0");
      out.write(group + "/" + weights.back(), value);
    }
    if (weights.empty()) out.attribute(group, "weight_names", std::vector<double>{});  // as h5py has an empty list
    else out.attribute(group, "weight_names", weights);
    names.push_back(layer.name);
  }
  out.attribute(root, "layer_names", names);
  out.attribute(root, "backend", std::string("tensorflow"));
  out.attribute(root, "keras_version", version);
}

/// A whole model, `model.save("m.h5")`.
inline void write_legacy_model(const fs::path& file, const std::string& config, const FileLayers& layers,
                               const std::string& version = "2.15.0") {
  data::Hdf5Writer out(file);
  out.group("/model_weights");
  write_legacy(out, "/model_weights", layers, version);
  out.group("/model_weights/top_level_model_weights");
  out.attribute("/model_weights/top_level_model_weights", "weight_names", std::vector<double>{});
  out.group("/optimizer_weights");
  out.write("/optimizer_weights/Adam/iter:0", Array::zeros({}, int64));
  out.attribute("/", "model_config", config);
  out.attribute("/", "training_config", std::string("{\"loss\": \"mse\"}"));
  out.attribute("/", "keras_version", version);
  out.close();
}

inline void write_weights_h5(const fs::path& file, const FileLayers& layers, const std::string& container = "layers") {
  data::Hdf5Writer out(file);
  out.group("/vars");
  for (const FileLayer& layer : layers) {
    const std::string vars = "/" + container + "/" + layer.group + "/vars";
    out.group(vars);
    out.attribute(vars, "name", layer.name);
    for (std::size_t i = 0; i < layer.weights.size(); ++i)
      out.write(vars + "/" + std::to_string(i), layer.weights[i].second);
  }
  out.write("/optimizer/vars/0", Array::zeros({}, int64));
  out.close();
}

inline void write_keras(const fs::path& file, const std::string& config, const FileLayers& layers) {
  const fs::path weights = file.string() + ".tmp";
  write_weights_h5(weights, layers);
  put(file, zip_of({{"metadata.json", R"({"keras_version": "3.5.0", "date_saved": "2024-09-01@12:00:00"})"},
                    {"config.json", config},
                    {"model.weights.h5", content(weights)}}));
  fs::remove(weights);
}

// ---- configurations --------------------------------------------------------------------------------------------------

/// A layer as Keras 2 describes it: `rest` is the config behind the name, "\"units\": 3".
inline std::string layer2(const std::string& keras, const std::string& name, const std::string& rest = "") {
  return R"({"class_name": ")" + keras + R"(", "config": {"name": ")" + name +
         R"(", "trainable": true, "dtype": "float32")" + (rest.empty() ? "" : ", " + rest) + "}}";
}

/// And as Keras 3 does.
inline std::string layer3(const std::string& keras, const std::string& name, const std::string& rest = "") {
  return R"({"module": "keras.layers", "class_name": ")" + keras + R"(", "config": {"name": ")" + name +
         R"(", "trainable": true, "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, )" +
         R"("registered_name": null})" + (rest.empty() ? "" : ", " + rest) +
         R"(}, "registered_name": null, "build_config": {"input_shape": [null, 4]}})";
}

inline std::string sequential(const std::vector<std::string>& layers) {
  std::string list;
  for (const std::string& layer : layers) list += (list.empty() ? "" : ", ") + layer;
  return R"({"class_name": "Sequential", "config": {"name": "sequential", "layers": [)" + list + "]}}";
}

inline std::string input2(const std::string& shape) {
  return R"({"class_name": "InputLayer", "config": {"batch_input_shape": )" + shape +
         R"(, "dtype": "float32", "sparse": false, "ragged": false, "name": "input_1"}})";
}
inline std::string input3(const std::string& shape) {
  return R"({"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": )" + shape +
         R"(, "dtype": "float32", "sparse": false, "name": "input_layer"}, "registered_name": null})";
}

// ---- values ----------------------------------------------------------------------------------------------------------

inline Array values(const Shape& shape, double scale = 0.5) { return (randn(shape) * scale).array(); }
inline Array positive(const Shape& shape) { return (rand(shape) + 0.5).array(); }

inline Tensor predicted(nn::Sequential& net, const Tensor& x) {
  const NoGradGuard no_grad;
  net.eval();
  return net(x);
}

/// What is left of a model after a checkpoint, which tells how it is built.
inline std::unique_ptr<nn::Module> kept(nn::Sequential& net) {
  const fs::path file = fs::absolute("kept.h5");  // a Folder would be the caller's, too
  train::save(file, net);
  std::unique_ptr<nn::Module> again = train::load_model(file);
  fs::remove(file);
  return again;
}

/// That a checkpoint keeps the model: how it is built, and what it makes of an input, to the bit.
inline void check_kept(nn::Sequential& net, const Tensor& x) {
  const std::unique_ptr<nn::Module> again = kept(net);
  CHECK(again->str() == net.str());
  again->eval();
  const NoGradGuard no_grad;
  CHECK(same_bytes((*again)(x).array(), predicted(net, x).array()));
}

inline double difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double most = 0;
  const Array x = a.array().to(float64), y = b.array().to(float64);
  for (std::int64_t i = 0; i < x.numel(); ++i)
    most = std::max(most, std::abs(x.data<double>()[i] - y.data<double>()[i]));
  return most;
}

}  // namespace xgrad::test
