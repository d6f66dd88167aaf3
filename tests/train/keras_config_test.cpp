// Configurations of Keras 2.2 to 3.x, and those that are refused: unknown, unrepresentable, hostile.

#include "autograd/ops/product.hpp"
#include "tests/train/keras_files.hpp"

using namespace xgrad;
using namespace xgrad::test;
using train::keras::load_model;

TEST_SUITE_BEGIN("train");

namespace {

FileLayers dense_weights(const std::string& name = "dense_1") {
  return {{name, "dense", {{"kernel", values({4, 3})}, {"bias", values({3})}}}};
}

/// The model of a whole legacy file.
nn::Sequential loaded(const std::string& config, const FileLayers& layers, const std::string& version = "2.15.0") {
  const Folder folder;
  write_legacy_model(folder / "m.h5", config, layers, version);
  nn::Sequential net = load_model(folder / "m.h5");
  CHECK(kept(net)->str() == net.str());
  return net;
}

/// That the configuration is refused for this reason, also inside an archive.
void refused(const std::string& config, const std::string& reason, const FileLayers& layers = dense_weights()) {
  CAPTURE(reason);
  const Folder folder;
  write_legacy_model(folder / "m.h5", config, layers);
  write_keras(folder / "m.keras", config, layers);
  for (const char* name : {"m.h5", "m.keras"}) {
    const std::string text = error_of([&] { load_model(folder / name); });
    CHECK(contains(text, reason));
    CHECK(contains(text, name));
  }
}

/// The same of one layer, behind an input.
void refused_layer(const std::string& keras, const std::string& rest, const std::string& reason,
                   const std::string& input = "[null, 8, 8, 3]") {
  const FileLayers weights = {{"x", "x", {{"kernel", Array::zeros({100, 100})}}}};
  refused(sequential({input3(input), layer3(keras, "the_layer", rest)}), keras + " \"the_layer\": ", weights);
  refused(sequential({input3(input), layer3(keras, "the_layer", rest)}), reason, weights);
}

const std::string kDense = R"("units": 3, "activation": "relu", "use_bias": true)";

/// [[["before", 0, 0, {}]]]
std::string node2(const std::string& before, const std::string& arguments = "{}") {
  return R"([[[")" + before + R"(", 0, 0, )" + arguments + "]]]";
}
std::string node3(const std::string& before, const std::string& arguments = "{}") {
  return R"([{"args": [{"class_name": "__keras_tensor__", "config": {"shape": [null, 4], "dtype": "float32", "keras_history": [")" +
         before + R"(", 0, 0]}}], "kwargs": )" + arguments + "}]";
}
/// A layer of a graph.
std::string in_graph(std::string layer, const std::string& name, const std::string& nodes) {
  layer.pop_back();
  return layer + R"(, "name": ")" + name + R"(", "inbound_nodes": )" + nodes + "}";
}
std::string functional(const std::vector<std::string>& layers, const std::string& in, const std::string& out,
                       const std::string& keras = "Functional") {
  std::string list;
  for (const std::string& layer : layers) list += (list.empty() ? "" : ", ") + layer;
  return R"({"class_name": ")" + keras + R"(", "config": {"name": "model", "layers": [)" + list +
         R"(], "input_layers": )" + in + R"(, "output_layers": )" + out + "}}";
}

}  // namespace

TEST_CASE("keras: the same model in the configurations of Keras 2.2.0, 2.2.5, 2.15 and 3 is built alike") {
  manual_seed(30);
  const FileLayers layers = dense_weights();
  const std::string first = R"("batch_input_shape": [null, 4], )";
  const std::string keras220 =
      R"({"class_name": "Sequential", "config": [)" + layer2("Dense", "dense_1", first + kDense) + "]}";
  const std::string keras225 = sequential({layer2("Dense", "dense_1", first + kDense)});
  const std::string keras215 = R"({"class_name": "Sequential", "config": {"name": "sequential", "layers": [)" +
                               input2("[null, 4]") + ", " + layer2("Dense", "dense_1", kDense) + "]}}";
  const std::string tuple =
      sequential({input2(R"({"class_name": "__tuple__", "items": [null, 4]})"), layer2("Dense", "dense_1", kDense)});
  const std::string keras3 =
      R"({"module": "keras", "class_name": "Sequential", "config": {"name": "sequential", "trainable":
      true, "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name":
      null}, "layers": [)" +
      input3("[null, 4]") + ", " + layer3("Dense", "dense_1", kDense + R"(, "kernel_initializer":
      {"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": null}, "registered_name": null},
      "quantization_config": null)") +
      R"(], "build_input_shape": [null, 4]}, "registered_name": null, "build_config":
      {"input_shape": [null, 4]}, "compile_config": {"loss": "mse"}})";
  const std::string built = R"({"class_name": "Sequential", "config": {"name": "s", "layers": [)" +
                            layer2("Dense", "dense_1", kDense) + R"(], "build_input_shape": [null, 4]}})";
  const std::string built3 = R"({"class_name": "Sequential", "config": {"name": "s", "layers": [)" +
                             layer3("Dense", "dense_1", kDense) + R"(]}, "build_config": {"input_shape": [null, 4]}})";
  const std::string model2 = functional({in_graph(input2("[null, 4]"), "input_1", "[]"),
                                         in_graph(layer2("Dense", "dense_1", kDense), "dense_1", node2("input_1"))},
                                        R"([["input_1", 0, 0]])", R"([["dense_1", 0, 0]])", "Model");
  // layers in any order, in tf.keras' and Keras 3's way
  const std::string functional2 =
      functional({in_graph(layer2("Dense", "dense_1", kDense), "dense_1", node2("input_1", R"({"training": false})")),
                  in_graph(input2("[null, 4]"), "input_1", "[]")},
                 R"([["input_1", 0, 0]])", R"([["dense_1", 0, 0]])");
  const std::string functional3 =
      functional({in_graph(input3("[null, 4]"), "input_layer", "[]"),
                  in_graph(layer3("Dense", "dense_1", kDense), "dense_1", node3("input_layer", R"({"mask": null})"))},
                 R"([["input_layer", 0, 0]])", R"(["dense_1", 0, 0])");
  const Tensor x = randn({5, 4});
  const Tensor expected = relu(matmul(x, Tensor(layers[0].weights[0].second)) + Tensor(layers[0].weights[1].second));
  for (const std::string& config :
       {keras220, keras225, keras215, tuple, keras3, built, built3, model2, functional2, functional3}) {
    CAPTURE(config);
    nn::Sequential net = loaded(config, layers);
    CHECK(net.repr() == "Sequential(Dense(4, 3), ReLU())");
    CHECK(difference(predicted(net, x), expected) < 1e-6);
  }
}

TEST_CASE("keras: activations are read as words, functions and layers") {
  const auto built = [](const std::string& activation, const std::string& version) {
    return loaded(sequential(
                      {input2("[null, 4]"), layer2("Dense", "dense_1", R"("units": 3, "activation": )" + activation)}),
                  dense_weights(), version)
        .repr();
  };
  const auto with = [](const std::string& printed) {
    return "Sequential(Dense(4, 3)" + (printed.empty() ? "" : ", " + printed) + ")";
  };
  const std::vector<std::pair<std::string, std::string>> words = {{"linear", ""},
                                                                  {"relu", "ReLU()"},
                                                                  {"relu6", "ReLU6()"},
                                                                  {"leaky_relu", "LeakyReLU(0.2)"},
                                                                  {"elu", "ELU()"},
                                                                  {"selu", "SELU()"},
                                                                  {"sigmoid", "Sigmoid()"},
                                                                  {"tanh", "Tanh()"},
                                                                  {"softmax", "Softmax()"},
                                                                  {"log_softmax", "LogSoftmax()"},
                                                                  {"softplus", "Softplus()"},
                                                                  {"softsign", "Softsign()"},
                                                                  {"gelu", "GELU()"},
                                                                  {"silu", "SiLU()"},
                                                                  {"swish", "SiLU()"},
                                                                  {"mish", "Mish()"},
                                                                  {"hard_sigmoid", "Hardsigmoid()"},
                                                                  {"hard_silu", "Hardswish()"},
                                                                  {"hard_tanh", "Hardtanh()"},
                                                                  {"log_sigmoid", "LogSigmoid()"}};
  for (const auto& [word, printed] : words) CHECK(built("\"" + word + "\"", "3.3.3") == with(printed));
  CHECK(built("null", "2.4.0") == with(""));
  CHECK(built(R"({"class_name": "LeakyReLU", "config": {"name": "l", "alpha": 0.1}})", "2.9.0") ==
        with("LeakyReLU(0.1)"));
  CHECK(built(R"({"module": "keras.layers", "class_name": "LeakyReLU", "config": {"negative_slope": 0.25}})",
              "3.0.0") == with("LeakyReLU(0.25)"));
  CHECK(built(R"({"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "function"})",
              "3.0.0") == with("ReLU()"));
  const auto fails = [&](const std::string& activation, const std::string& version, const std::string& reason) {
    CHECK(contains(error_of([&] { built(activation, version); }), reason));
  };
  fails(R"("hard_sigmoid")", "2.4.0", "as Keras 3 has it");
  fails(R"("exponential_growth")", "3.0.0", "Dense \"dense_1\": activation: got \"exponential_growth\"");
  fails(R"({"class_name": "function", "config": "my_swish", "registered_name": "my_swish"})", "3.0.0", "my_swish");
  fails(R"({"class_name": "Dropout", "config": {}})", "3.0.0", "Dropout");
  fails(R"({"class_name": "Activation", "config": {"activation": {"class_name": "Activation"}}})", "3.0.0",
        "Activation");
  fails("17", "3.0.0", "got 17");
}

TEST_CASE("keras: activation and dropout layers, with the names of Keras 2 and 3") {
  const auto built = [](const std::string& keras, const std::string& rest) {
    return loaded(sequential({input2("[null, 4]"), layer2(keras, "x", rest)}), {}).repr();
  };
  CHECK(built("LeakyReLU", R"("alpha": 0.30000001192092896)") == "Sequential(LeakyReLU(0.30000001192092896))");
  CHECK(built("LeakyReLU", R"("negative_slope": 0.5)") == "Sequential(LeakyReLU(0.5))");
  CHECK(built("LeakyReLU", "") == "Sequential(LeakyReLU(0.3))");
  CHECK(built("ReLU", R"("max_value": null, "negative_slope": 0.0, "threshold": 0.0)") == "Sequential(ReLU())");
  CHECK(built("ReLU", R"("max_value": 6.0, "negative_slope": 0.0)") == "Sequential(ReLU6())");
  CHECK(built("ELU", R"("alpha": 0.5)") == "Sequential(ELU(0.5))");
  CHECK(built("Softmax", R"("axis": -1)") == "Sequential(Softmax())");
  CHECK(built("Activation", R"("activation": "tanh")") == "Sequential(Tanh())");
  CHECK(built("Dropout", R"("rate": 0.25, "noise_shape": null, "seed": 7)") == "Sequential(Dropout(0.25))");
}

TEST_CASE("keras: a batch normalisation keeps Keras' momentum and epsilon, a layer what it was trained with") {
  manual_seed(31);
  const FileLayers layers = {{"bn",
                              "",
                              {{"gamma", values({4})},
                               {"beta", values({4})},
                               {"moving_mean", values({4})},
                               {"moving_variance", positive({4})}}},
                             {"dense", "", {{"kernel", values({4, 2})}}}};
  nn::Sequential net = loaded(
      sequential(
          {input2("[null, 4]"), layer2("BatchNormalization", "bn", R"("axis": [1], "momentum": 0.75, "epsilon": 0.01)"),
           R"({"class_name": "Dense", "config": {"name": "dense", "trainable": false, "units": 2, "use_bias": false}})"}),
      layers);
  CHECK(net.repr() ==
        "Sequential(BatchNorm(4, {.eps = 0.01, .momentum = 0.25, .biased_running_var = true}), Dense(4, 2, {.bias = "
        "false}))");
  CHECK(net.at<nn::BatchNorm>(0).weight.requires_grad());
  CHECK_FALSE(net.at<nn::Dense>(1).weight.requires_grad());
}

TEST_CASE("keras: files of doubles give a model of doubles, and the default generator is left alone") {
  const FileLayers layers = {
      {"dense", "", {{"kernel", randn({4, 2}, float64).array()}, {"bias", randn({2}, float64).array()}}}};
  const std::string config = sequential({input2("[null, 4]"), layer2("Dense", "dense", "\"units\": 2")});
  manual_seed(32);
  const Tensor before = randn({3});
  manual_seed(32);
  nn::Sequential net = loaded(config, layers);
  CHECK(same_bytes(randn({3}).array(), before.array()));
  CHECK(net.dtype() == float64);
  CHECK(same_bytes(net.at<nn::Dense>(0).bias.array(), layers[0].weights[1].second));
}

TEST_CASE("keras: models in models are built, weights and all") {
  manual_seed(33);
  const Array k1 = values({4, 3}), b1 = values({3}), k2 = values({3, 2}), b2 = values({2});
  const std::string inner =
      R"({"module": "keras", "class_name": "Functional", "config": {"name": "inner", "layers": [)" +
      in_graph(input3("[null, 4]"), "i", "[]") + ", " +
      in_graph(layer3("Dense", "a", "\"units\": 3"), "a", node3("i")) +
      R"(], "input_layers": [["i", 0, 0]], "output_layers": [["a", 0, 0]]}})";
  const std::string config = sequential({input3("[null, 4]"), inner, layer3("Dense", "b", "\"units\": 2")});
  const FileLayers layers = {{"inner", "functional/layers/dense", {{"kernel", k1}, {"bias", b1}}},
                             {"b", "dense", {{"kernel", k2}, {"bias", b2}}}};
  const Folder folder;
  write_keras(folder / "m.keras", config, layers);
  write_legacy_model(folder / "m.h5", config, layers);
  const Tensor x = randn({5, 4});
  const Tensor expected = matmul(matmul(x, Tensor(k1)) + Tensor(b1), Tensor(k2)) + Tensor(b2);
  for (const char* name : {"m.keras", "m.h5"}) {
    nn::Sequential net = load_model(folder / name);
    CHECK(net.repr() == "Sequential(Functional(Dense(4, 3)), Dense(3, 2))");
    check_kept(net, x);
    CHECK(difference(predicted(net, x), expected) < 1e-6);
  }
}

TEST_CASE("keras: graphs that are no chain, and models of other classes, are refused") {
  const std::string in = in_graph(input3("[null, 4]"), "i", "[]");
  const auto dense = [](const std::string& name, const std::string& nodes) {
    return in_graph(layer3("Dense", name, kDense), name, nodes);
  };
  const std::string ins = R"([["i", 0, 0]])", out = R"([["b", 0, 0]])";
  const std::string both = R"([{"args": [[{"class_name": "__keras_tensor__", "config": {"keras_history": ["i", 0, 0]}},
      {"class_name": "__keras_tensor__", "config": {"keras_history": ["a", 0, 0]}}]], "kwargs": {}}])";
  refused(functional({in, dense("a", node3("i")), dense("b", both)}, ins, out), "with several inputs");
  refused(functional({in, dense("a", node3("i")), dense("b", node3("i"))}, ins, out), "several layers take");
  refused(functional({in, in_graph(input3("[null, 4]"), "j", "[]"), dense("b", node3("i"))}, ins, out),
          "several inputs");
  refused(functional({in, dense("a", node3("b")), dense("b", node3("a"))}, ins, out), "do not hang together");
  refused(functional({in, dense("a", node3("i")), dense("b", node3("a"))}, ins, R"([["a", 0, 0]])"), "its output");
  refused(functional({in, dense("a", node3("gone"))}, ins, out), "that is not there");
  refused(functional({in, dense("b", node3("i")), dense("b", node3("i"))}, ins, out), "two layers are called \"b\"");
  refused(functional({in, dense("b", node3("i", R"({"training": true})"))}, ins, out), "training = true");
  refused(functional({dense("b", "[]")}, ins, out), "several times");
  refused(functional({}, ins, out), "it has no input");
  refused(R"({"class_name": "MyModel", "config": {"name": "m"}})", "MyModel \"m\": only Sequential and Functional");
  refused(R"({"class_name": "Sequential"})", "has no config");
  refused(R"({"class_name": "Sequential", "config": {"layers": 3}})", "no list of layers");
  refused("[1, 2]", "only Sequential");
  refused(sequential({R"("text")"}), "there is no layer");
  refused(sequential({layer3("Dense", "dense", kDense)}), "does not tell the input shape");
}

TEST_CASE("keras: layers and options without an exact counterpart are refused by name") {
  refused_layer("LSTM", "\"units\": 4", "there is no layer \"LSTM\"");
  refused_layer("Lambda", R"("function": {"class_name": "__lambda__", "config": {"code": "4wE="}})",
                "there is no layer \"Lambda\"");
  const std::string conv = R"("filters": 4, "kernel_size": 3)";
  refused_layer("Conv2D", conv + R"(, "data_format": "channels_first")", "data_format: got \"channels_first\"");
  refused_layer("Conv2D", conv + R"(, "padding": "reflect")", "padding: got \"reflect\"");
  refused_layer("Conv2D", conv + R"(, "groups": 2)", "groups: got 2 with 3 and 4 channels");
  refused_layer("Conv2D", R"("filters": 4, "kernel_size": [9, 3])", "its kernel reaches over 9 of an input of 8");
  refused_layer("Conv2D", R"("filters": 4, "kernel_size": [3, 3, 3])", "one size or two");
  refused_layer("Conv2D", conv, "gets 2 axes besides the batch; expected 3", "[null, 8, 3]");
  refused_layer("Conv2D", conv, "the last axis of its input is not known", "[null, 8, 8, null]");
  refused_layer("Conv2DTranspose", conv + R"(, "output_padding": [1, 1])", "output_padding");
  refused_layer("MaxPooling2D", R"("pool_size": 9)", "its window of 9 is larger");
  refused_layer("MaxPooling2D", R"("pool_size": 3, "strides": 2, "padding": "same")", "depends on the input's size",
                "[null, null, null, 3]");
  refused_layer("BatchNormalization", R"("axis": 1)", "axis: got [1]; expected the last, 3");
  refused_layer("BatchNormalization", R"("renorm": true)", "renorm");
  refused_layer("LayerNormalization", R"("axis": [1, 2, 3])", "axis: got [1, 2, 3]");
  refused_layer("Embedding", R"("input_dim": 4, "output_dim": 3, "mask_zero": true)", "mask_zero: got true",
                "[null, 8]");
  refused_layer("Dropout", R"("rate": 1.5)", "p");
  refused_layer("Dropout", R"("rate": 0.5, "noise_shape": [null, 1])", "noise_shape");
  refused_layer("ReLU", R"("max_value": 3)", "max_value: got 3");
  refused_layer("ReLU", R"("threshold": 1)", "threshold");
  refused_layer("Softmax", R"("axis": 1)", "axis: got [1]");
  refused_layer("Reshape", R"("target_shape": [7, -1])", "target_shape: got [7, -1] for 192 elements");
  refused_layer("Reshape", R"("target_shape": [-1, -1])", "target_shape");
  refused_layer("Flatten", "", "unknown size", "[null, null, 8, 3]");
  refused_layer("UpSampling2D", R"("interpolation": "bilinear")", "interpolation: got \"bilinear\"");
  refused_layer("Cropping2D", R"("cropping": 4)", "cuts off all");
  refused_layer("Rescaling", R"("scale": [1, 2, 3])", "scale: got [1, 2, 3]; expected a finite number");
  refused_layer("Dense", R"("units": 2, "lora_rank": 4)", "lora_rank", "[null, 8]");
  refused(
      sequential(
          {input3("[null, 4]"),
           R"({"class_name": "Dense", "config": {"name": "q", "units": 3, "dtype": {"class_name": "QuantizedDTypePolicy", "config": {}}}})"}),
      "QuantizedDTypePolicy");
}

TEST_CASE("keras: numbers out of range are refused before anything is made of them") {
  const FileLayers little = dense_weights("dense");
  const auto units = [&](const std::string& number, const std::string& reason) {
    refused(sequential({input3("[null, 4]"), layer3("Dense", "dense", "\"units\": " + number)}), reason, little);
  };
  units("1099511627776", "units: got 1099511627776; expected an integer from 1 to 2147483647");
  units("2147483647", "has more parameters, 4 x 2147483647, than the file holds");
  units("0", "units: got 0");
  units("-5", "units: got -5");
  units("18446744073709551615", "units: got 1.8446744073709552e+19");
  units("2.5", "units: got 2.5");
  units("\"3\"", "units: got \"3\"");
  units("1e999", "JSON");
  units("[3]", "units: got [3]");
  units("null", "units is missing");
  refused(sequential(
              {input3("[null, 2147483647, 2147483647, 3]"), layer3("Flatten", "f"), layer3("Dense", "dense", kDense)}),
          "makes an axis of size 2147483648", little);
  refused(
      sequential({input3("[null, 8, 8, 3]"), layer3("Conv2D", "c", R"("filters": 3, "kernel_size": 1099511627776)")}),
      "kernel_size: got", little);
  refused(sequential({input3("[null, 8, 8, 3]"),
                      layer3("Conv2D", "c", R"("filters": 3, "kernel_size": 2147483647, "padding": "same")")}),
          "more parameters", little);
  refused(sequential({input3("[null, 8, 8, 3]"), layer3("ZeroPadding2D", "z", R"("padding": 2147483647)")}),
          "makes an axis", little);
  refused(sequential({input3("[null, 8, 8, 3]"), layer3("UpSampling2D", "u", R"("size": 2147483647)")}),
          "makes an axis", little);
  refused(sequential({input3("[null, 1, 1, 1, 1, 1, 1, 1, 1]")}), "a list of at most 8 sizes", little);
  refused(sequential({input3("[]"), layer3("Dense", "dense", kDense)}), "no axis for the batch", little);
  refused(sequential({input3("[null, -4]"), layer3("Dense", "dense", kDense)}), "got -4", little);
}

TEST_CASE("keras: JSON that is damaged, deep, long or has a key twice is refused") {
  refused("{\"class_name\": ", "is not JSON");
  refused("", "", {});
  refused(std::string(100'000, '['), "nested more than 128 deep");
  refused("[" + std::string(2'000'000, '0').replace(1, 1, ","), "JSON");
  std::string many = "[0";
  for (int i = 0; i < 1'000'001; ++i) many += ",0";
  refused(many + "]", "more than 1000000 values");
  refused(R"({"class_name": "Sequential", "class_name": "Model"})", "a key twice: \"class_name\"");
  refused(R"({"class_name": NaN})", "is not JSON");
  std::string deep = R"({"class_name": "Sequential", "config": [)" + input3("[null, 4]") + "]}";
  for (int i = 0; i < 20; ++i) deep = R"({"class_name": "Sequential", "config": [)" + deep + "]}";
  refused(deep, "nested more than 16 deep");
  std::string long_one = input3("[null, 4]");
  for (int i = 0; i < 10'001; ++i) long_one += ", " + layer2("ReLU", "r");
  refused(R"({"class_name": "Sequential", "config": [)" + long_one + "]}", "more than 10000 layers");
}

TEST_CASE("keras: weights that do not fit the configuration are listed") {
  const std::string config = sequential({input3("[null, 4]"), layer3("Dense", "dense_1", kDense)});
  refused(config, "the kernel of module 0 (Dense): got [5, 3]; expected [4, 3]",
          {{"dense_1", "dense", {{"kernel", values({5, 3})}, {"bias", values({3})}}}});
  refused(config, "has more parameters", {});
  const Folder folder;
  write_weights_h5(folder / "w.weights.h5", dense_weights());
  CHECK(contains(error_of([&] { load_model(folder / "w.weights.h5"); }), "holds weights alone"));
}

TEST_CASE("keras: archives that lack a part, or are damaged, are refused") {
  const Folder folder;
  const std::string config = sequential({input3("[null, 4]"), layer3("Dense", "dense_1", kDense)});
  write_weights_h5(folder / "w.h5", dense_weights());
  const std::string weights = content(folder / "w.h5");
  const auto refuse = [&](const std::vector<ZipEntry>& entries, const std::string& reason) {
    put(folder / "m.keras", zip_of(entries));
    const std::string text = error_of([&] { load_model(folder / "m.keras"); });
    CHECK(contains(text, reason));
    CHECK(contains(text, "m.keras"));
  };
  refuse({{"config.json", config}}, "it has no model.weights.h5");
  refuse({{"model.weights.h5", weights}}, "it has no config.json");
  refuse({{"config.json", config}, {"model.weights.h5", "no HDF5"}}, "HDF5");
  refuse({{"config.json", config}, {"model.weights.h5", weights.substr(0, weights.size() / 2)}}, "model.weights.h5");
  refuse({{"config.json", config}, {"config.json", config}, {"model.weights.h5", weights}}, "m.keras");
  refuse({{"config.json", config, 0, 0, -1, 1}, {"model.weights.h5", weights}}, "config.json");
  put(folder / "m.keras", zip_of({{"config.json", config}, {"../../etc/assets", "x"}, {"model.weights.h5", weights}}));
  CHECK(load_model(folder / "m.keras").size() == 2);
  const std::string whole = content(folder / "m.keras");
  for (std::size_t length = 0; length < whole.size(); length += 97) {
    put(folder / "cut.keras", whole.substr(0, length));
    CHECK(error_of([&] { load_model(folder / "cut.keras"); }).empty() == false);
  }
}

TEST_CASE("keras: a configuration with any characters changed is a model or an IoError") {
  manual_seed(34);
  const std::string config = sequential(
      {input3("[null, 6, 6, 2]"),
       layer3("Conv2D", "c",
              R"("filters": 3, "kernel_size": [3, 3], "strides": [1, 1], "padding": "valid", "activation": "relu")"),
       layer3("MaxPooling2D", "p", R"("pool_size": [2, 2], "strides": [2, 2], "padding": "same")"),
       layer3("Flatten", "f"), layer3("BatchNormalization", "b", R"("axis": -1)"),
       layer3("Dense", "d", R"("units": 2)")});
  const FileLayers layers = {{"c", "conv2d", {{"kernel", values({3, 3, 2, 3})}, {"bias", values({3})}}},
                             {"b",
                              "batch_normalization",
                              {{"g", values({12})}, {"b", values({12})}, {"m", values({12})}, {"v", positive({12})}}},
                             {"d", "dense", {{"kernel", values({12, 2})}, {"bias", values({2})}}}};
  const Folder folder;
  write_keras(folder / "m.keras", config, layers);
  REQUIRE(load_model(folder / "m.keras").size() == 6);
  write_weights_h5(folder / "w.h5", layers);
  const std::string weights = content(folder / "w.h5");
  const std::string letters = "0129-[]{}\",:anue";
  Generator generator(35);
  const auto below = [&](std::size_t n) {
    return static_cast<std::size_t>(
        randint(0, static_cast<std::int64_t>(n), {}, int64, generator).item<std::int64_t>());
  };
  int loaded_ones = 0, refused_ones = 0;
  for (int round = 0; round < 300; ++round) {
    std::string changed = config;
    for (std::size_t i = 0; i <= below(2); ++i) changed[below(changed.size())] = letters[below(letters.size())];
    put(folder / "m.keras", zip_of({{"config.json", changed}, {"model.weights.h5", weights}}));
    CAPTURE(changed);
    try {
      nn::Sequential net = load_model(folder / "m.keras");
      CHECK(net.size() > 0);
      ++loaded_ones;
    } catch (const IoError&) {
      ++refused_ones;
    }
  }
  CHECK(loaded_ones > 10);
  CHECK(refused_ones > 100);
}
