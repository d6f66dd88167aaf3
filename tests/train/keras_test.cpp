// Keras files: every kind and layout is read, what we write is read back, and what does not fit is told in full.

#include "tests/train/keras_files.hpp"

using namespace xgrad;
using namespace xgrad::test;
using train::keras::Format;

TEST_SUITE_BEGIN("train");

namespace {

std::string bytes_of(nn::Module& model) {
  std::string out;
  for (const auto& [name, tensor] : model.state_dict()) {
    out += name + tensor.shape().str() + std::string(name_of(tensor.dtype()));
    out.append(static_cast<const char*>(tensor.array().raw()), tensor.array().nbytes());
  }
  return out;
}

void scramble(nn::Module& model) {
  for (auto& [name, tensor] : model.state_dict())
    if (is_floating(tensor.dtype())) tensor.copy_(rand(tensor.shape(), tensor.dtype()));
}

nn::Sequential small() { return nn::Sequential(nn::Dense(3, 4), nn::ReLU(), nn::Dense(4, 2)); }

FileLayers small_weights() {
  return {{"dense", "dense", {{"kernel", values({3, 4})}, {"bias", values({4})}}},
          {"dropout", "dropout", {}},
          {"dense_1", "dense_1", {{"kernel", values({4, 2})}, {"bias", values({2})}}}};
}

/// That loading fails with a text that has all the parts, and leaves the model as it is.
void refused(const fs::path& file, nn::Sequential& model, const std::vector<std::string>& parts) {
  const std::string before = bytes_of(model);
  const std::string text = error_of([&] { train::keras::load_weights(file, model); });
  for (const std::string& part : parts) CHECK(contains(text, part));
  CHECK(contains(text, file.filename().string()));
  CHECK((bytes_of(model) == before));
}

}  // namespace

TEST_CASE("keras: the genuine file of Keras 3.15 gives its weights to a model of the same layers") {
  const fs::path file = fs::path(XGRAD_TESTS_DIR) / "reference/keras/nested_container.keras";
  nn::Sequential net(nn::Dense(4, 4, {.bias = false}), nn::Dense(4, 4, {.bias = false}),
                     nn::Dense(4, 4, {.bias = false}), nn::Dense(4, 2));
  train::keras::load_weights(file, net);
  // each layer multiplies the sum of its inputs, four equal ones, by its constant: 4 x 0.1, 4 x 0.2, 4 x 0.3, 4 x 0.5
  const Tensor y = predicted(net, ones({2, 4}));
  CHECK(difference(y, full({2, 2}, 0.4 * 0.8 * 1.2 * 2.0)) < 1e-6);
  const auto weights = train::keras::read_weights(file);
  REQUIRE(weights.size() == 5);
  CHECK(weights[3].layer == "dense_3");
  CHECK(weights[4].name == "1");
  CHECK(weights[3].value.shape() == Shape{4, 2});
  CHECK(contains(error_of([&] { train::keras::load_model(file); }),
                 "NestedDenseModel \"nested_dense_model\": only Sequential"));
}

TEST_CASE("keras: all three kinds of weight files are read in place, in the order of the layers") {
  manual_seed(20);
  const Folder folder;
  const FileLayers layers = small_weights();
  {
    data::Hdf5Writer out(folder / "legacy.h5");
    write_legacy(out, "/", layers);
    out.close();
  }
  write_legacy_model(folder / "whole.h5", "{}", layers);
  write_weights_h5(folder / "new.weights.h5", layers);
  write_weights_h5(folder / "2.13.weights.h5", layers, "_layer_checkpoint_dependencies");
  write_keras(folder / "archive.keras", "{}", layers);
  for (const char* name : {"legacy.h5", "whole.h5", "new.weights.h5", "2.13.weights.h5", "archive.keras"}) {
    CAPTURE(name);
    nn::Sequential net = small();
    const std::vector<Tensor> held = net.parameters();
    train::keras::load_weights(folder / name, net);
    CHECK(
        same_bytes(net.at<nn::Dense>(0).weight.array(), transpose(Tensor(layers[0].weights[0].second), 0, 1).array()));
    CHECK(same_bytes(net.at<nn::Dense>(2).bias.array(), layers[2].weights[1].second));
    CHECK(same_bytes(held[2].array(), transpose(Tensor(layers[2].weights[0].second), 0, 1).array()));
    CHECK(held[0].requires_grad());
    CHECK(train::keras::read_weights(folder / name).size() == 4);
  }
}

TEST_CASE("keras: numbers of Keras' layers are followed in their order, also ten and more and with gaps") {
  manual_seed(21);
  const Folder folder;
  for (const int step : {1, 2}) {
    FileLayers layers;
    nn::Sequential net;
    for (int i = 0; i < 12; ++i) {
      const std::string name = i ? "dense_" + std::to_string(i * step) : "dense";
      layers.push_back({name, name, {{"kernel", full({3, 3}, 1. * i).array()}, {"bias", full({3}, -1. * i).array()}}});
      net.add(nn::Dense(3, 3));
    }
    write_weights_h5(folder / "w.weights.h5", layers);
    train::keras::load_weights(folder / "w.weights.h5", net);
    for (std::size_t i = 0; i < 12; ++i)
      CHECK(net.at<nn::Dense>(i).weight.array().data<float>()[4] == static_cast<float>(i));
  }
}

TEST_CASE("keras: what is written is read back with the same bytes, in both layouts") {
  manual_seed(22);
  const Folder folder;
  nn::Sequential net(nn::Conv2D(3, 4, {3, 2}), nn::BatchNorm::keras(4), nn::ReLU(), nn::MaxPool(2), nn::Dropout(0.2),
                     nn::ConvTranspose2D(4, 5, 3, {.bias = false}), nn::Flatten(), nn::Dense(5 * 6 * 4, 7),
                     nn::LayerNorm(7, {.eps = 1e-3}),
                     nn::Sequential(nn::Dense(7, 7), nn::BatchNorm(7), nn::Dense(7, 2)));
  predicted(net, zeros({1, 3, 10, 6}));
  scramble(net);
  for (const DType dtype : {float32, float64}) {
    net.to(dtype);
    for (const char* name : {"w.h5", "w.hdf5", "w.weights.h5"}) {
      CAPTURE(name);
      train::keras::save_weights(folder / name, net);
      nn::Sequential fresh = clone(net);
      scramble(fresh);
      REQUIRE(bytes_of(fresh) != bytes_of(net));
      train::keras::load_weights(folder / name, fresh);
      CHECK((bytes_of(fresh) == bytes_of(net)));
    }
  }
  const std::string first = content(folder / "w.weights.h5");
  train::keras::save_weights(folder / "w.weights.h5", net);
  CHECK((content(folder / "w.weights.h5") == first));
  CHECK(folder.entries() == 3);
}

TEST_CASE("keras: the written layouts are Keras' own: names, order, shapes") {
  const Folder folder;
  nn::Sequential net(nn::Conv2D(3, 4, {3, 2}), nn::BatchNorm::keras(4), nn::GlobalAvgPool(), nn::Dropout(0.2),
                     nn::Dense(4, 7), nn::Tanh(), nn::Dense(7, 2, {.bias = false}));
  train::keras::save_weights(folder / "w.h5", net);
  using Names = std::vector<std::string>;
  {
    const data::Hdf5Reader in(folder / "w.h5");
    CHECK(std::get<Names>(in.attribute("/", "layer_names")) == Names{"conv2d", "batch_normalization",
                                                                     "global_average_pooling2d", "dropout", "dense",
                                                                     "activation", "dense_1"});
    CHECK(std::get<std::string>(in.attribute("/", "backend")) == "tensorflow");
    CHECK(std::get<std::string>(in.attribute("/", "keras_version")).starts_with("2."));
    CHECK(std::get<Names>(in.attribute("/batch_normalization", "weight_names")) ==
          Names{"batch_normalization/gamma:0", "batch_normalization/beta:0", "batch_normalization/moving_mean:0",
                "batch_normalization/moving_variance:0"});
    CHECK(std::get<Names>(in.attribute("/dense_1", "weight_names")) == Names{"dense_1/kernel:0"});
    CHECK(std::get<Names>(in.attribute("/dropout", "weight_names")).empty());
    CHECK(in.info("/conv2d/conv2d/kernel:0").shape == Shape{3, 2, 3, 4});
    CHECK(in.info("/dense/dense/kernel:0").shape == Shape{4, 7});
  }
  train::keras::save_weights(folder / "w.weights.h5", net);
  const data::Hdf5Reader in(folder / "w.weights.h5");
  CHECK(in.names("/") == Names{"layers", "vars"});
  CHECK(in.names("/vars").empty());
  CHECK(in.names("/layers") == Names{"batch_normalization", "conv2d", "dense", "dense_1", "dropout"});
  CHECK(in.info("/layers/conv2d/vars/0").shape == Shape{3, 2, 3, 4});
  CHECK(in.info("/layers/conv2d/vars/1").shape == Shape{4});
  CHECK(in.names("/layers/batch_normalization/vars") == Names{"0", "1", "2", "3"});
  CHECK(in.info("/layers/dropout/seed_generator/vars/0").shape == Shape{2});
}

TEST_CASE("keras: names that fill more than 64 KiB are split, and read from where they are split") {
  manual_seed(23);
  const Folder folder;
  nn::Sequential net;
  for (int i = 0; i < 4100; ++i) net.add(nn::ReLU());
  net.add(nn::Dense(2, 2));
  train::keras::save_weights(folder / "long.h5", net);
  const data::Hdf5Reader in(folder / "long.h5");
  CHECK_FALSE(in.has_attribute("/", "layer_names"));
  std::size_t names = 0;
  for (int i = 0; in.has_attribute("/", "layer_names" + std::to_string(i)); ++i)
    names += std::get<std::vector<std::string>>(in.attribute("/", "layer_names" + std::to_string(i))).size();
  CHECK(names == 4101);
  nn::Sequential fresh(nn::Dense(2, 2));
  train::keras::load_weights(folder / "long.h5", fresh);
  CHECK(same_bytes(fresh.at<nn::Dense>(0).weight.array(), net.at<nn::Dense>(4100).weight.array()));
}

TEST_CASE("keras: what does not fit is listed in full, and nothing is changed") {
  manual_seed(24);
  const Folder folder;
  const FileLayers layers = small_weights();
  write_legacy_model(folder / "m.h5", "{}", layers);
  write_weights_h5(folder / "m.weights.h5", layers);

  nn::Sequential fewer(nn::Dense(3, 4)), other(nn::Dense(3, 5), nn::Dense(4, 2, {.bias = false})),
      kind(nn::Dense(3, 4), nn::LayerNorm(4));
  refused(folder / "m.h5", fewer, {"layers with weights: got 2, dense, dense_1; expected 1, module 0 (Dense)"});
  refused(folder / "m.weights.h5", fewer, {"1 mismatch)", "not in the model: layers/dense_1"});
  refused(
      folder / "m.h5", other,
      {"3 mismatches", "the kernel of module 0 (Dense): got [3, 4]; expected [3, 5]", "the bias of module 0 (Dense)",
       "weights of dense_1: got 2; expected 1 for module 1 (Dense): kernel [4, 2]"});
  refused(folder / "m.weights.h5", other, {"3 mismatches", "layers/dense/vars 0", "layers/dense_1/vars"});
  refused(folder / "m.weights.h5", kind,
          {"missing in the file: layers/layer_normalization for module 1 (LayerNormalization)",
           "not in the model: layers/dense_1"});

  FileLayers integers = layers;
  integers[0].weights[1].second = Array::zeros({4}, int64);
  write_legacy_model(folder / "int.h5", "{}", integers);
  nn::Sequential net = small();
  refused(folder / "int.h5", net, {"got int64; expected floating numbers"});
  refused(folder / "none.h5", net, {"no such file"});
  put(folder / "text.h5", "no HDF5");
  refused(folder / "text.h5", net, {"HDF5"});
  {
    data::Hdf5Writer out(folder / "other.h5");
    out.write("/data", Array::zeros({3}, float32));
    out.close();
  }
  refused(folder / "other.h5", net, {"not one of Keras"});
  train::save(folder / "ours.h5", net);
  refused(folder / "ours.h5", net, {"is a checkpoint of xgrad; train::load_model reads it"});
}

TEST_CASE("keras: a list that names what is not there, or holds numbers, is refused") {
  const Folder folder;
  nn::Sequential net = small();
  const auto broken = [&](const std::function<void(data::Hdf5Writer&)>& spoil, const std::string& reason) {
    data::Hdf5Writer out(folder / "m.h5");
    write_legacy(out, "/", small_weights());
    spoil(out);
    out.close();
    refused(folder / "m.h5", net, {reason});
  };
  using Names = std::vector<std::string>;
  broken([](auto& out) { out.attribute("/", "layer_names", Names{"dense", "gone"}); }, "layer \"gone\" is listed");
  broken([](auto& out) { out.attribute("/", "layer_names", Names{"../dense", "dense"}); }, "is listed");
  broken(
      [](auto& out) {
        out.attribute("/dense", "weight_names", Names{"dense/kernel:0", "gone:0"});
      },
      "weight \"gone:0\"");
  broken([](auto& out) { out.attribute("/dense", "weight_names", std::vector<double>{1, 2}); }, "holds numbers");
  broken([](auto& out) { out.attribute("/", "backend", std::string("theano")); }, "Theano");
  broken([](auto& out) { out.attribute("/", "keras_version", std::string("1.2.2")); }, "Keras 1.2.2");
}

TEST_CASE("keras: behind a Flatten the channels must be known") {
  manual_seed(25);
  const Folder folder;
  nn::Sequential net(nn::Flatten(), nn::Dense(12, 2));
  CHECK(contains(error_of<ValueError>([&] { train::keras::save_weights(folder / "w.h5", net); }),
                 "module 1, Dense(12, 2): it is not known how many channels"));
  train::keras::save_weights(folder / "w.h5", net, {.input_shape = Shape{3, 2, 2}});
  const Array kernel = train::keras::read_weights(folder / "w.h5")[0].value;
  for (std::int64_t h = 0; h < 2; ++h)
    for (std::int64_t w = 0; w < 2; ++w)
      for (std::int64_t c = 0; c < 3; ++c)
        CHECK(kernel.data<float>()[(h * 6 + w * 3 + c) * 2 + 1] ==
              net.at<nn::Dense>(1).weight.array().data<float>()[12 + c * 4 + h * 2 + w]);
  CHECK(contains(error_of<ValueError>([&] { train::keras::load_weights(folder / "w.h5", net); }), "not known"));
  // vectors and one channel need no other order
  for (const Shape& shape : {Shape{12}, Shape{1, 3, 4}, Shape{3, 4}}) {
    train::keras::save_weights(folder / "w.h5", net, {.input_shape = shape});
    const Array same = train::keras::read_weights(folder / "w.h5")[0].value;
    CHECK(same_bytes(transpose(Tensor(same), 0, 1).array(), net.at<nn::Dense>(1).weight.array()));
  }
}

TEST_CASE("keras: a model that Keras would compute otherwise is refused, by module") {
  const Folder folder;
  const auto refuse = [&](nn::Sequential net, const std::string& reason) {
    CHECK(contains(error_of<ValueError>([&] { train::keras::save_weights(folder / "w.h5", net); }), reason));
  };
  refuse(nn::Sequential(nn::Conv2D(1, 2, 3), nn::Dense(4, 2)), "module 1, Dense(4, 2): works along the last axis");
  refuse(nn::Sequential(nn::Embedding(5, 3), nn::Conv1D(3, 2, 2)), "takes [N, C, ...]");
  refuse(nn::Sequential(nn::Conv2D(1, 2, 3), nn::Lambda([](const Tensor& x) { return x; }), nn::Flatten(),
                        nn::Dense(8, 2)),
         "not known");
  refuse(nn::Sequential(nn::Conv2D(1, 2, 3), nn::Flatten(0), nn::Dense(8, 2)), "flattens other axes");
  refuse(nn::Sequential(nn::GroupNorm(1, 2)), "module 0, GroupNorm(1, 2): has no counterpart");
  refuse(nn::Sequential().add(nn::Sequential(nn::BatchNorm(2, {.track_running_stats = false}))),
         "module 0.0, BatchNorm");
  refuse(nn::Sequential(nn::Dense(nn::lazy, 2)), "nn::initialize");
  nn::Sequential net = small();
  CHECK(contains(error_of<ValueError>([&] { train::keras::save_weights(folder / "w.bin", net); }), "tells no format"));
  CHECK(
      contains(error_of<ValueError>([&] { train::keras::save_weights(folder / "w.keras", net); }), "tells no format"));
  train::keras::save_weights(folder / "w.bin", net, {.format = Format::weights_h5});
  train::keras::load_weights(folder / "w.bin", net);
  CHECK(contains(error_of([&] { train::keras::save_weights(folder / "no/w.h5", net); }), "w.h5"));
}

TEST_CASE("keras: a model in a model has its weights in one layer of Keras 2, the trained ones first") {
  manual_seed(26);
  const Folder folder;
  const Array k = values({3, 3}), b = values({3}), g = values({3}), e = values({3}), m = values({3}), v = positive({3});
  const Array k2 = values({3, 2}), b2 = values({2});
  {
    data::Hdf5Writer out(folder / "w.h5");
    write_legacy(out, "/",
                 {{"sequential_1",
                   "",
                   {{"d/kernel", k},
                    {"d/bias", b},
                    {"n/gamma", g},
                    {"n/beta", e},
                    {"o/kernel", k2},
                    {"o/bias", b2},
                    {"n/moving_mean", m},
                    {"n/moving_variance", v}}}});
    out.close();
  }
  nn::Sequential net;
  net.add(nn::Sequential(nn::Dense(3, 3), nn::BatchNorm::keras(3), nn::Dense(3, 2)));
  train::keras::load_weights(folder / "w.h5", net);
  const auto state = net.state_dict();
  CHECK(same_bytes(state[3].tensor.array(), e));   // 0.1.bias
  CHECK(same_bytes(state[5].tensor.array(), b2));  // 0.2.bias
  for (const auto& [name, tensor] : state)
    if (name == "0.1.running_var") CHECK(same_bytes(tensor.array(), v));
  train::keras::save_weights(folder / "w.weights.h5", net);
  const data::Hdf5Reader in(folder / "w.weights.h5");
  CHECK(same_bytes(in.read("/layers/sequential/layers/dense_1/vars/0"), k2));
}
