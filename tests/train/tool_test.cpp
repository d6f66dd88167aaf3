// xgrad-checkpoint, run as a user runs it.

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "data/formats/npy.hpp"
#include "data/formats/safetensors.hpp"
#include "data/formats/sealed.hpp"
#include "nn/nn.hpp"
#include "tests/train/checkpoints.hpp"
#include "tests/train/keras_files.hpp"
#include "train/history.hpp"
#include "train/keras.hpp"

TEST_SUITE_BEGIN("train");

using namespace xgrad;
using namespace xgrad::test;

#ifdef XGRAD_CHECKPOINT_TOOL

namespace {

struct Run {
  int code;
  std::string out, err;
};

struct Tool {
  Folder folder;
  /// Runs the program in the folder.
  Run operator()(const std::string& arguments) const {
    const std::string command =
        "cd '" + folder.path.string() + "' && '" XGRAD_CHECKPOINT_TOOL "' " + arguments + " >out 2>err";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content(folder / "out"), content(folder / "err")};
  }
};

void flip(const fs::path& file, std::size_t at) {
  std::string bytes = content(file);
  bytes[at] ^= 1;
  put(file, bytes);
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("xgrad-checkpoint list: shows names, dtypes, shapes and bytes of every group") {
  const Tool tool;
  Net net;
  data::write_sealed(tool.folder / "run.h5", train::kCheckpointFormat, [&](data::Hdf5Writer& out) {
    out.attribute("/", "format", std::string("xgrad"));
    for (const auto& [name, tensor] : net.state_dict()) out.write("/model/" + name, tensor.array());
    out.write("/optimizer/hidden.weight/exp_avg", Array::zeros({7, 5}, float64));
    out.group("/state");
    out.attribute("/state", "epoch", std::int64_t{3});
  });
  const Run run = tool("list run.h5");
  CHECK(run.code == 0);
  CHECK(run.err == "");
  CHECK(contains(run.out, "@format = \"xgrad\""));
  CHECK(contains(run.out, "/state@epoch = 3"));
  CHECK(contains(run.out, "/model: 4 datasets, 66 elements, 264 bytes\n"));
  CHECK(contains(run.out, "  hidden.bias    float32  [7]                         28\n"));
  CHECK(contains(run.out, "/optimizer: 1 dataset, 35 elements, 280 bytes\n  hidden.weight/exp_avg  float64  [7, 5]"));
  const Run json = tool("list --json run.h5");
  CHECK(json.code == 0);
  CHECK(contains(json.out, R"("path": "/model/hidden.weight")"));
  CHECK(contains(json.out, R"("epoch": 3)"));
}

TEST_CASE("xgrad-checkpoint history: a table, CSV and JSON; trouble where there is none") {
  const Tool tool;
  Net net;
  train::History history;
  history.record(0, {{"loss", 0.5}, {"val_loss", 0.75}});
  history.record(1, {{"loss", 0.25}});
  history.seconds = {1.5, 2.5};
  train::save(tool.folder / "run.h5", net, history);
  CHECK(tool("history run.h5").out ==
        "epoch  loss  val_loss  seconds\n"
        "    0   0.5      0.75     1.50\n"
        "    1  0.25               2.50\n");
  CHECK(tool("history run.h5 --csv").out == history.csv());
  CHECK(tool("history run.h5 --json").out == history.json() + "\n");
  train::save(tool.folder / "net.h5", net);
  const Run none = tool("history net.h5");
  CHECK(none.code == 2);
  CHECK(none.out == "");
  CHECK(none.err == "xgrad-checkpoint: net.h5: holds no history\n");
}

TEST_CASE("xgrad-checkpoint diff: exit code 0 for equal files, 1 with every difference, 2 for trouble") {
  const Tool tool;
  Net net;
  train::History history;
  history.record(0, {{"loss", 0.5}});
  history.seconds = {1};
  train::save(tool.folder / "a.h5", net, history);
  history.seconds = {2};  // times do not count
  train::save(tool.folder / "b.h5", net, history);
  Run run = tool("diff a.h5 b.h5");
  CHECK(run.code == 0);
  CHECK(contains(run.out, "equal: "));
  CHECK(lines(run.out) == 1);

  const auto set_bias = [&](float second) {
    net.load_state_dict({{"out.bias", Tensor(Array::copy_of(std::vector<float>{1, second, 4}))}}, false);
  };
  set_bias(2);
  train::save(tool.folder / "a.h5", net, history);
  set_bias(2.5);
  train::save(tool.folder / "b.h5", net, history);
  run = tool("diff a.h5 b.h5");
  CHECK(run.code == 1);
  CHECK(contains(run.out, "/model/out.bias  1 of 3 differ, by up to 0.5 (relative 0.2)\ndifferent: 1 of "));
  CHECK(tool("diff a.h5 b.h5 --atol 0.5").code == 0);
  CHECK(tool("diff a.h5 b.h5 --rtol 0.1").code == 1);
  CHECK(contains(tool("diff a.h5 b.h5 --all").out, "/model/hidden.weight   equal\n"));
  CHECK(contains(tool("diff a.h5 b.h5 --json").out, R"("largest_difference": 0.5)"));

  data::write_npz(tool.folder / "c.npz", {{"hidden.weight", Tensor(Array::zeros({5, 7}))}, {"extra", net.out.bias}});
  run = tool("diff a.h5 c.npz --model");
  CHECK(run.code == 1);
  CHECK(contains(run.out, "/model/extra          only in the second\n"));
  CHECK(contains(run.out, "/model/hidden.bias    only in the first\n"));
  CHECK(contains(run.out, "/model/hidden.weight  shape [7, 5] and [5, 7]\n"));

  run = tool("diff a.h5 none.h5");
  CHECK(run.code == 2);
  CHECK(contains(run.err, "none.h5: no such file"));
  CHECK(lines(run.err) == 1);
}

TEST_CASE("xgrad-checkpoint verify: exit code 0 for whole files, 1 for damaged, truncated and foreign ones") {
  const Tool tool;
  Net net;
  for (const char* name : {"whole.h5", "damaged.h5", "cut.h5"}) train::save(tool.folder / name, net);
  flip(tool.folder / "damaged.h5", 2000);
  fs::resize_file(tool.folder / "cut.h5", 1000);
  put(tool.folder / "other.h5", "something else");
  CHECK(tool("verify whole.h5").out == "whole.h5: whole\n");
  CHECK(tool("verify whole.h5 -q").out == "");
  const Run run = tool("verify whole.h5 damaged.h5 cut.h5 other.h5");
  CHECK(run.code == 1);
  CHECK(contains(run.out, "whole.h5: whole\ndamaged.h5: is damaged"));
  CHECK(contains(run.out, "cut.h5: is truncated: got 1000 bytes; expected "));
  CHECK(contains(run.out, "other.h5: is not an xgrad checkpoint"));
  CHECK(tool("verify none.h5").code == 2);
  CHECK(tool("list damaged.h5").code == 2);
  CHECK(contains(tool("list damaged.h5").err, "damaged.h5: is damaged"));
}

TEST_CASE("xgrad-checkpoint convert: weights go from any format to any other and come back the same") {
  const Tool tool;
  Net net, back;
  train::save(tool.folder / "a.h5", net);
  for (const char* command : {"convert a.h5 b.npz", "convert b.npz c.safetensors", "convert c.safetensors d.h5",
                              "convert d.h5 e.bin --to npz", "convert e.bin f --to xgrad"}) {
    CAPTURE(command);
    const Run run = tool(command);
    CHECK(run.code == 0);
    CHECK(run.out + run.err == "");
  }
  train::load(tool.folder / "f", back);
  CHECK((bytes_of(back) == bytes_of(net)));
  CHECK(data::read_safetensors(tool.folder / "c.safetensors").tensors.size() == 4);
  CHECK(tool("diff a.h5 c.safetensors --model").code == 0);

  Run run = tool("convert a.h5 x.bin");
  CHECK(run.code == 2);
  CHECK(contains(run.err, "xgrad-checkpoint: x.bin: its extension is that of no format; choose one with --to"));
  run = tool("convert missing.h5 x.npz");
  CHECK(run.code == 2);
  CHECK(contains(run.err, "missing.h5: no such file"));
  CHECK(!fs::exists(tool.folder / "x.npz"));
}

TEST_CASE("xgrad-checkpoint convert: checkpoints become weights of Keras, and come back to the bit") {
  const Tool tool;
  manual_seed(3);
  const auto make = [] {
    return nn::Sequential(nn::Conv2D(3, 4, 3), nn::BatchNorm::keras(4), nn::ReLU(), nn::Flatten(),
                          nn::Dense(4 * 6 * 6, 5));
  };
  nn::Sequential net = make();
  train::save(tool.folder / "a.h5", net);
  for (const char* name : {"w.weights.h5", "w.h5 --to keras"}) {
    CAPTURE(name);
    const Run run = tool("convert a.h5 " + std::string(name));
    CHECK(run.code == 0);
    CHECK(run.out + run.err == "");
    nn::Sequential fresh = make();
    train::keras::load_weights(tool.folder.path / std::string(name).substr(0, std::string(name).find(' ')), fresh);
    for (auto& [path, tensor] : fresh.state_dict())  // Keras counts no batches
      if (path == "1.num_batches_tracked") tensor.copy_(net.at<nn::BatchNorm>(1).num_batches_tracked);
    CHECK((bytes_of(fresh) == bytes_of(net)));
  }
  // Weights alone do not tell their model, and have Keras' arrangement.
  CHECK(contains(tool("list w.weights.h5").out, "conv2d.0               float32  [3, 3, 3, 4]"));
  CHECK(tool("convert w.weights.h5 w.npz").code == 0);
  Run run = tool("convert w.weights.h5 b.h5");
  CHECK(run.code == 2);
  CHECK(contains(run.err, "w.weights.h5: holds weights alone, no configuration of a model"));
  CHECK(!fs::exists(tool.folder / "b.h5"));

  Net own;
  train::save(tool.folder / "own.h5", own);
  run = tool("convert own.h5 own.weights.h5");
  CHECK(run.code == 2);
  CHECK(contains(run.err, "own.h5: its model cannot be rebuilt: nn::build: the model is a Net"));
  CHECK(tool("convert own.h5 same.h5").code == 0);
  CHECK(tool("diff own.h5 same.h5 --model").code == 0);

  nn::Sequential flat(nn::Flatten(), nn::Dense(12, 2));
  train::save(tool.folder / "flat.h5", flat);
  CHECK(contains(tool("convert flat.h5 flat.weights.h5").err, "--input-shape"));
  CHECK(tool("convert flat.h5 flat.weights.h5 --input-shape 3,2,2").code == 0);
  const Array kernel = train::keras::read_weights(tool.folder / "flat.weights.h5")[0].value;
  CHECK(kernel.data<float>()[2] == flat.at<nn::Dense>(1).weight.array().data<float>()[4]);  // row 1 is channel 1
}

TEST_CASE("xgrad-checkpoint convert: a model of Keras becomes a checkpoint that load_model rebuilds") {
  const Tool tool;
  manual_seed(4);
  const std::string config =
      sequential({input3("[null, 6, 6, 2]"), layer3("Conv2D", "c", R"("filters": 3, "kernel_size": [3, 3])"),
                  layer3("BatchNormalization", "b", R"("axis": -1, "scale": false)"), layer3("Flatten", "f"),
                  layer3("Dense", "d", R"("units": 2)")});
  const FileLayers layers = {
      {"c", "conv2d", {{"kernel", values({3, 3, 2, 3})}, {"bias", values({3})}}},
      {"b", "batch_normalization", {{"beta", values({3})}, {"mean", values({3})}, {"variance", positive({3})}}},
      {"d", "dense", {{"kernel", values({48, 2})}, {"bias", values({2})}}}};
  test::write_keras(tool.folder / "m.keras", config, layers);
  write_legacy_model(tool.folder / "m.hdf5", config, layers);
  for (const char* name : {"m.keras", "m.hdf5"}) {
    CAPTURE(name);
    CHECK(tool("convert " + std::string(name) + " m.h5").code == 0);
    CHECK(tool("diff m.h5 " + std::string(name) + " --model").code == 0);
    nn::Sequential net = train::keras::load_model(tool.folder / name);
    const auto kept = train::load_model(tool.folder / "m.h5");
    CHECK(kept->str() == net.str());
    kept->eval();
    const Tensor x = randn({2, 2, 6, 6});
    CHECK(same_bytes((*kept)(x).array(), predicted(net, x).array()));
  }
  CHECK(contains(tool("list m.keras").out, "/model: 8 datasets"));

  test::write_keras(tool.folder / "odd.keras", sequential({input3("[null, 4]"), layer3("LSTM", "l", "\"units\": 2")}),
                    {layers[2]});
  const Run run = tool("convert odd.keras odd.h5");
  CHECK(run.code == 2);
  CHECK(contains(run.err, "there is no layer \"LSTM\""));
  CHECK(tool("convert odd.keras odd.npz").code == 0);
  CHECK(data::read_npz(tool.folder / "odd.npz")[0].name == "dense.0");
}

TEST_CASE("xgrad-checkpoint: help and version are exit code 0, wrong arguments 2") {
  const Tool tool;
  CHECK(tool("--version").out.starts_with("xgrad-checkpoint "));
  const Run help = tool("--help");
  CHECK(help.code == 0);
  for (const char* command : {"list", "history", "diff", "verify", "convert", "safetensors", "Exit codes"})
    CHECK(contains(help.out, command));
  for (const char* wrong : {"", "unknown", "list", "diff a.h5", "history a.h5 --csv --json", "convert a b --to pickle",
                            "diff a b --atol -1"}) {
    CAPTURE(wrong);
    const Run run = tool(wrong);
    CHECK(run.code == 2);
    CHECK(run.err != "");
  }
}

#else

TEST_CASE("xgrad-checkpoint is tested where it is built") { std::puts("SKIPPED: built with XGRAD_TOOLS=OFF"); }

#endif

TEST_SUITE_END();
