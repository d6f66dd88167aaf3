#include "train/checkpoint.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "autograd/create.hpp"
#include "data/formats/sealed.hpp"
#include "tests/train/checkpoints.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

/// Any tensors under any names.
struct Bag : nn::Module {
  std::vector<std::pair<std::string, Tensor>> parts, buffers;
  void members(Members& m) override {
    for (auto& [name, tensor] : parts) m(name, tensor);
    for (auto& [name, tensor] : buffers) m.buffer(name, tensor);
  }
};

}  // namespace

TEST_SUITE_BEGIN("train");

TEST_CASE("checkpoint: a fresh model gets the saved one's bytes, in place") {
  const Folder folder;
  Net saved, fresh;
  train::save(folder / "net.h5", saved);
  REQUIRE(bytes_of(saved) != bytes_of(fresh));
  const auto held = fresh.parameters();  // as an optimiser holds them
  train::load(folder / "net.h5", fresh);
  CHECK((bytes_of(fresh) == bytes_of(saved)));
  CHECK(same_bytes(held[0].array(), saved.hidden.weight.array()));
  CHECK(fresh.hidden.weight.requires_grad());
  CHECK(fresh.hidden.weight.is_leaf());
  CHECK(folder.entries() == 1);
}

TEST_CASE("checkpoint: every dtype, scalars, empty axes, infinities and NaN survive") {
  const Folder folder;
  const float inf = std::numeric_limits<float>::infinity();
  const auto make = [&](bool filled) {
    const auto pick = [&](Tensor value) { return filled ? value : zeros_like(value); };
    Bag bag;
    bag.parts = {{"f32", pick(tensor(std::vector<float>{1.5f, -0.0f, inf, std::nanf("")}))},
                 {"f64", pick(tensor(std::vector<double>{0.1, 1e300}))},
                 {"scalar", pick(full({}, 2.5, float64))},
                 {"deep.er.name", pick(full({2, 1, 3}, 0.5, float32))},
                 {"no rows", zeros({0, 4})}};
    bag.buffers = {{"i64", pick(tensor(std::vector<std::int64_t>{-1, std::numeric_limits<std::int64_t>::max()}))},
                   {"u8", pick(full({3}, 200, uint8))},
                   {"bool", pick(full({2}, true, bool_))},
                   {"count", pick(full({}, 7, int64))}};
    return bag;
  };
  Bag saved = make(true), loaded = make(false);
  train::save(folder / "bag.h5", saved);
  train::load(folder / "bag.h5", loaded);
  CHECK((bytes_of(loaded) == bytes_of(saved)));
}

TEST_CASE("checkpoint: a model without parameters, and undefined ones, are no trouble") {
  const Folder folder;
  Bag none;
  train::save(folder / "none.h5", none);
  train::load(folder / "none.h5", none);
  nn::Dense no_bias(3, 2, {.bias = false}), other(3, 2, {.bias = false});
  train::save(folder / "dense.h5", no_bias);
  train::load(folder / "dense.h5", other);
  CHECK((bytes_of(no_bias) == bytes_of(other)));
}

TEST_CASE("checkpoint: float64 files load into float32 models and back") {
  const Folder folder;
  Net wide, narrow, again;
  wide.to(float64);
  wide.hidden.weight.mutable_data<double>()[0] = 0.1;
  wide.hidden.weight.mutable_data<double>()[1] = 1e300;
  train::save(folder / "wide.h5", wide);
  train::load(folder / "wide.h5", narrow);
  CHECK(narrow.hidden.weight.dtype() == float32);
  CHECK(narrow.hidden.weight.data<float>()[0] == 0.1f);
  CHECK(std::isinf(narrow.hidden.weight.data<float>()[1]));
  again.to(float64);
  train::save(folder / "narrow.h5", narrow);
  train::load(folder / "narrow.h5", again);
  CHECK(again.hidden.weight.dtype() == float64);
  CHECK(again.hidden.weight.data<double>()[0] == static_cast<double>(0.1f));
}

TEST_CASE("checkpoint: the file is laid out as documented") {
  const Folder folder;
  Net net;
  train::save(folder / "net.h5", net);
  const data::Hdf5Reader in(folder / "net.h5");
  CHECK(in.names("/") == std::vector<std::string>{"model"});
  CHECK(in.names("/model") == std::vector<std::string>{"hidden.bias", "hidden.weight", "out.bias", "out.weight"});
  CHECK(in.info("/model/hidden.weight").shape == Shape{7, 5});
  CHECK(same_bytes(in.read("/model/out.bias"), net.out.bias.array()));
  CHECK(in.attributes("/").size() == 5);
  CHECK(std::get<std::string>(in.attribute("/", "format")) == "xgrad");
  CHECK(std::get<std::int64_t>(in.attribute("/", "format_version")) == 1);
  CHECK_FALSE(std::get<std::string>(in.attribute("/", "library_version")).empty());
  CHECK(std::get<std::string>(in.attribute("/", "model")) == net.str());
}

TEST_CASE("checkpoint: the same model gives the same bytes, and saving leaves it alone") {
  const Folder folder;
  Net net;
  const std::string before = bytes_of(net);
  train::save(folder / "a.h5", net);
  train::save(folder / "b.h5", net);
  CHECK((content(folder / "a.h5") == content(folder / "b.h5")));
  CHECK((bytes_of(net) == before));
}

TEST_CASE("checkpoint: files that are no checkpoints are told apart") {
  const Folder folder;
  Net net;
  refused(folder / "absent.h5", net, "no such file");
  refused(folder.path, net, "is a folder");
  put(folder / "empty.h5", "");
  refused(folder / "empty.h5", net, "is truncated: got 0 bytes");
  put(folder / "text.h5", std::string(3000, 'x'));
  refused(folder / "text.h5", net, "is not an xgrad checkpoint");
  {
    data::Hdf5Writer out(folder / "plain.h5");
    out.write("/model/hidden.weight", Array::zeros({7, 5}));
    out.close();
  }
  refused(folder / "plain.h5", net, "is not an xgrad checkpoint but a plain HDF5 file");
  const auto sealed = [&](const char* name, std::uint32_t format, const data::Attribute& kind,
                          const data::Attribute& version) {
    data::write_sealed(folder / name, format, [&](data::Hdf5Writer& out) {
      out.attribute("/", "format", kind);
      out.attribute("/", "format_version", version);
    });
  };
  sealed("newer.h5", 2, std::string("xgrad"), std::int64_t{2});
  refused(folder / "newer.h5", net, "has a newer format: got version 2; this xgrad reads up to 1");
  sealed("newer_inside.h5", 1, std::string("xgrad"), std::int64_t{3});
  refused(folder / "newer_inside.h5", net, "has a newer format: got version 3");
  sealed("other.h5", 1, std::string("other"), std::int64_t{1});
  refused(folder / "other.h5", net, "root attribute \"format\" is not \"xgrad\"");
  sealed("number.h5", 1, std::int64_t{1}, std::int64_t{1});
  refused(folder / "number.h5", net, "root attribute \"format\" is not \"xgrad\"");
  sealed("version.h5", 1, std::string("xgrad"), std::string("1"));
  refused(folder / "version.h5", net, "\"format_version\" is not a positive integer");
  sealed("no_model.h5", 1, std::string("xgrad"), std::int64_t{1});
  refused(folder / "no_model.h5", net, "holds no model");
  data::write_sealed(folder / "bare.h5", 1, [](data::Hdf5Writer&) {});
  refused(folder / "bare.h5", net, "has no root attributes");
}

TEST_CASE("checkpoint: every mismatch is listed at once, and the model is unchanged") {
  const Folder folder;
  Bag saved, model;
  saved.parts = {{"same", ones({2})},
                 {"shape", ones({2, 3})},
                 {"extra", ones({4})},
                 {"also_extra", ones({})},
                 {"rank", ones({6})}};
  saved.buffers = {{"kind", full({2}, 1, int64)}};
  model.parts = {
      {"same", zeros({2})}, {"shape", zeros({3, 2})}, {"missing", zeros({5}, float64)}, {"rank", zeros({6, 1})}};
  model.buffers = {{"kind", zeros({2})}, {"gone", full({}, 1, int64)}};
  train::save(folder / "bag.h5", saved);
  for (const char* line :
       {"does not fit the model (7 mismatches), which is left unchanged:",
        "\n  different shape: shape: got [2, 3]; expected [3, 2]",
        "\n  different shape: rank: got [6]; expected [6, 1]", "\n  different dtype: kind: got int64; expected float32",
        "\n  missing in the file: missing [5] float64", "\n  missing in the file: gone [] int64",
        "\n  not in the model: extra [4] float32", "\n  not in the model: also_extra [] float32"})
    refused(folder / "bag.h5", model, line);

  Bag one = saved;
  one.unshare();
  one.parts.pop_back();
  refused(folder / "bag.h5", one, "(1 mismatch), which is left unchanged:\n  not in the model: rank [6] float32");
}

TEST_CASE("checkpoint: what stands at a parameter's place but is none") {
  const Folder folder;
  const auto with = [&](const char* name, const std::function<void(data::Hdf5Writer&)>& fill) {
    data::write_sealed(folder / name, 1, [&](data::Hdf5Writer& out) {
      out.attribute("/", "format", std::string("xgrad"));
      out.attribute("/", "format_version", std::int64_t{1});
      fill(out);
    });
  };
  Bag model;
  model.parts = {{"w", zeros({2})}};
  with("group.h5", [](data::Hdf5Writer& out) { out.group("/model/w"); });
  refused(folder / "group.h5", model, "/model/w: is not a dataset");
  with("extra_group.h5", [](data::Hdf5Writer& out) {
    out.write("/model/w", Array::zeros({2}));
    out.group("/model/g");
  });
  refused(folder / "extra_group.h5", model, "not in the model: g");
  with("dataset.h5", [](data::Hdf5Writer& out) { out.write("/model", Array::zeros({2})); });
  refused(folder / "dataset.h5", model, "holds no model");
  // What lies beside the model is for others: an optimiser's state, a history.
  with("more.h5", [](data::Hdf5Writer& out) {
    out.write("/model/w", Array::full({2}, 3, float32));
    out.write("/optimizer/w/momentum", Array::zeros({2}));
    out.write("/history/loss", Array::zeros({9}));
  });
  train::load(folder / "more.h5", model);
  CHECK(model.parts[0].second.data<float>()[1] == 3.0f);
}

TEST_CASE("checkpoint: names that cannot stand in a file are refused before anything is written") {
  const Folder folder;
  for (const std::string& name : {std::string(), std::string("a/b"), std::string("."), std::string(".."),
                                  std::string("a\0b", 3), std::string(2000, 'n')}) {
    Bag bag;
    bag.parts = {{name, zeros({1})}};
    CHECK(contains(error_of<ValueError>([&] { train::save(folder / "bag.h5", bag); }), "cannot stand in a file"));
  }
  Bag twice;
  twice.parts = {{"a", zeros({1})}, {"a", zeros({1})}};
  CHECK(contains(error_of<ValueError>([&] { train::save(folder / "bag.h5", twice); }), "two members have one name"));
  CHECK(folder.entries() == 0);
}

TEST_CASE("checkpoint: where saving fails, the old file stays") {
  const Folder folder;
  Net net, other;
  train::save(folder / "net.h5", net);
  const std::string before = content(folder / "net.h5");
  Bag bad;
  bad.parts = {{"a/b", zeros({1})}};
  CHECK_THROWS_AS(train::save(folder / "net.h5", bad), ValueError);
  CHECK((content(folder / "net.h5") == before));
  CHECK(contains(error_of([&] { train::save(folder / "absent/net.h5", net); }),
                 "absent/net.h5: cannot be written: No such file"));
  CHECK(contains(error_of([&] { train::save(folder.path, net); }), "is a folder"));
  CHECK(contains(error_of([&] { train::save(folder / "net.h5/net.h5", net); }), "Not a directory"));
  CHECK(folder.entries() == 1);
}

TEST_CASE("checkpoint: saves at the same time leave one whole file, and loads meanwhile see whole ones") {
  const Folder folder;
  std::vector<Net> nets(3);
  train::save(folder / "net.h5", nets[0]);
  std::vector<std::string> errors(nets.size() + 1);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < nets.size(); ++t)
    threads.emplace_back([&, t] {
      errors[t] = error_of<Error>([&] {
        for (int i = 0; i < 8; ++i) train::save(folder / "net.h5", nets[t]);
      });
    });
  threads.emplace_back([&] {
    errors.back() = error_of<Error>([&] {
      Net reader;
      for (int i = 0; i < 20; ++i) train::load(folder / "net.h5", reader);
    });
  });
  for (auto& thread : threads) thread.join();
  for (const auto& error : errors) CHECK(error == "");
  Net last;
  train::load(folder / "net.h5", last);
  bool known = false;
  for (auto& net : nets) known = known || bytes_of(net) == bytes_of(last);
  CHECK(known);
  CHECK(folder.entries() == 1);
}

TEST_SUITE_END();
