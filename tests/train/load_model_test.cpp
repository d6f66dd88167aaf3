#include <doctest/doctest.h>

#include "autograd/create.hpp"
#include "data/formats/sealed.hpp"
#include "nn/nn.hpp"
#include "tests/train/checkpoints.hpp"
#include "train/checkpoint.hpp"
#include "train/detail/description_json.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

nn::Sequential everything() {
  nn::Sequential net(
      nn::Conv2D(1, 4, 3,
                 {.padding = Padding::same, .kernel_regularizer = nn::l2(0.01), .kernel_constraint = nn::max_norm(3)}),
      nn::BatchNorm(4), nn::ReLU(), nn::MaxPool(2),
      nn::Residual(nn::Conv2D(4, 4, {1, 3}, {.padding = {0, 1}, .bias = false}), nn::Sequential(nn::ELU(0.5)))
          .shortcut(nn::Conv2D(4, 4, 1)),
      nn::Flatten(), nn::Dropout(0.25), nn::Dense(4 * 16, 5), nn::Softmax());
  for (const auto& [name, t] : net.state_dict())
    if (is_floating(t.dtype())) Tensor(t).copy_(rand(t.shape(), t.dtype()) + 0.1);
  return net;
}

/// A checkpoint with this description and the values of a model.
void put_description(const fs::path& file, nn::Module& values, const std::string& description) {
  data::write_sealed(file, 1, [&](data::Hdf5Writer& out) {
    out.attribute("/", "format", std::string("xgrad"));
    out.attribute("/", "format_version", std::int64_t{1});
    if (!description.empty()) out.attribute("/", "description", description);
    out.group("/model");
    for (const auto& [name, t] : values.state_dict()) out.write("/model/" + name, t.array());
  });
}

}  // namespace

TEST_SUITE_BEGIN("train");

TEST_CASE("load_model: a Sequential of built-in modules comes back from the file alone, to the bit") {
  const Folder folder;
  manual_seed(4);
  nn::Sequential net = everything();
  net.eval();
  net[6].train();
  net[7].to(float64);
  net.at<nn::Dense>(7).weight.requires_grad_(false);
  net.at<nn::BatchNorm>(1).bias.requires_grad_(false);
  train::save(folder / "net.h5", net);
  const std::uint64_t drawn = default_generator().counter();
  const std::unique_ptr<nn::Module> loaded = train::load_model(folder / "net.h5");
  CHECK(default_generator().counter() == drawn);
  CHECK(loaded->str() == net.str());
  CHECK((bytes_of(*loaded) == bytes_of(net)));  // dtypes are part of them
  const auto modules = net.named_modules(), same = loaded->named_modules();
  REQUIRE(same.size() == modules.size());
  for (std::size_t i = 0; i < modules.size(); ++i) {
    CHECK(same[i].name == modules[i].name);
    CHECK(same[i].module->training() == modules[i].module->training());
  }
  for (std::size_t i = 0; i < net.parameters().size(); ++i)
    CHECK(loaded->parameters()[i].requires_grad() == net.parameters()[i].requires_grad());
  net.to(float32).eval();
  loaded->to(float32).eval();
  const Tensor x = randn({3, 1, 8, 8});
  CHECK(same_bytes((*loaded)(x).array(), net(x).array()));
  CHECK(nn::regularization_loss(*loaded).item<double>() == nn::regularization_loss(net).item<double>());
  CHECK(nn::has_constraints(*loaded));
  train::save(folder / "again.h5", *loaded);
  CHECK(train::load_model(folder / "again.h5")->str() == net.str());
}

TEST_CASE("load_model: layers that share their parameters share them again") {
  const Folder folder;
  const nn::Dense tied(6, 6);
  nn::Sequential net(tied, nn::Tanh(), nn::Residual(tied));
  REQUIRE(net.parameters().size() == 2);
  train::save(folder / "net.h5", net);
  const auto loaded = train::load_model(folder / "net.h5");
  CHECK(loaded->parameters().size() == 2);
  const Tensor x = randn({2, 6});
  CHECK(same_bytes((*loaded)(x).array(), net(x).array()));
}

TEST_CASE("load_model: what is not built in is named, and such a model loads into an instance") {
  const Folder folder;
  Net own, other;
  train::save(folder / "own.h5", own);
  CHECK(contains(error_of([&] { train::load_model(folder / "own.h5"); }),
                 "its model cannot be rebuilt: nn::build: the model is a Net, which is no module of xgrad's own"));
  train::load(folder / "own.h5", other);
  CHECK((bytes_of(own) == bytes_of(other)));

  struct Dense : nn::Module {  // of the same name as one of ours
    Tensor w = ones({1}).requires_grad_();
    void members(Members& m) override { m("w", w); }
    Tensor forward(const Tensor& x) override { return x * w; }
  };
  nn::Sequential inside{nn::ReLU(), nn::Residual{Dense{}}};
  train::save(folder / "inside.h5", inside);
  CHECK(contains(error_of([&] { train::load_model(folder / "inside.h5"); }),
                 "\"1.body.0\" is a Dense, which is no module of xgrad's own"));
  nn::Sequential function(nn::Dense(2, 2), [](const Tensor& x) { return x * 2.; });
  train::save(folder / "function.h5", function);
  CHECK(contains(error_of([&] { train::load_model(folder / "function.h5"); }),
                 "\"1\" is a Lambda, which is no module of xgrad's own but a function"));
}

TEST_CASE("load_model: files whose description does not fit are refused, without the memory that they ask for") {
  const Folder folder;
  const fs::path file = folder / "net.h5";
  nn::Dense dense(3, 2);
  const auto refused = [&](const std::string& description, const std::string& reason) {
    put_description(file, dense, description);
    CAPTURE(description);
    CHECK(contains(error_of([&] { train::load_model(file); }), reason));
  };
  refused("", "has no description of its model");
  refused("[1, 2", "is not as xgrad writes it");
  refused("[]", "is not as xgrad writes it");
  refused(R"({"type": 5})", "is not as xgrad writes it");
  refused(R"({"type": "Dense", "arguments": {"in": 3}})", "there is no argument \"out\"");
  refused(R"({"type": "Dense", "arguments": {"in": 3, "out": "two"}})", "argument \"out\" is not of its kind");
  refused(R"({"type": "Dense", "arguments": {"in": 3, "out": -2}})", "expected 1 or more");
  refused(R"({"type": "Dense", "arguments": {"in": 3, "out": 2, "more": 1}})", "newer xgrad");
  refused(R"({"type": "Dense", "arguments": {"in": 3, "out": 4}})",
          "different shape: weight: got [2, 3]; expected [4, 3]");
  refused(R"({"type": "Dense", "arguments": {"in": 1000000000, "out": 1000000000}})", "larger than all that there is");
  refused(R"({"type": "Dense", "arguments": {"in": 9000000000000000000, "out": 9000000000000000000}})",
          "larger than all");
  refused(R"({"type": "Embedding", "arguments": {"words": 4000000, "dim": 4000000}})", "larger than all that there is");
  refused(R"({"type": "Dense", "arguments": {"in": 3, "out": 2}, "members": [{"name": "0", "type": "ReLU"}]})",
          "has no member");
  refused(R"({"type": "Dense", "arguments": {"in": 3, "out": 2}, "shared": {"weight": "elsewhere"}})", "cannot share");
  refused(R"({"type": "Residual", "members": [{"name": "body", "type": "ReLU"}]})", "expected a Sequential");
  refused(R"({"type": "Sequential", "members": [{"name": "1", "type": "ReLU"}]})", "expected \"0\"");
  std::string deep, end;
  for (int i = 0; i < 5000; ++i) {
    deep += R"({"name": "0", "type": "Sequential", "members": [)";
    end += "]}";
  }
  refused(deep + end, "too deep");
  refused(std::string(1 << 20, '['), "too deep");
  put_description(file, dense, R"({"type": "Dense", "arguments": {"in": 3, "out": 2}})");
  CHECK((bytes_of(*train::load_model(file)) == bytes_of(dense)));
}

TEST_SUITE_END();
