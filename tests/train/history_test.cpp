#include "train/history.hpp"

#include <cmath>

#include "tests/files.hpp"
#include "tests/throws.hpp"
#include "tests/train/runs.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

train::History three() {
  train::History h;
  h.record(0, {{"loss", 0.5}, {"accuracy", 1}});
  h.record(1, {{"loss", 0.25}, {"accuracy", 0.1}, {"val_loss", std::nan("")}});
  h.record(2, {{"loss", HUGE_VAL}, {"accuracy", 0.75}});
  h.seconds = {1, 2, 3.5};
  return h;
}

}  // namespace

TEST_SUITE_BEGIN("train");

TEST_CASE("history: as CSV and as JSON") {
  CHECK(three().csv() == "epoch,loss,accuracy,val_loss,seconds\n0,0.5,1,,1\n1,0.25,0.1,nan,2\n2,inf,0.75,,3.5\n");
  CHECK(three().json() ==
        "{\n  \"epoch\": [0, 1, 2],\n  \"loss\": [0.5, 0.25, null],\n  \"accuracy\": [1, 0.1, 0.75],\n"
        "  \"val_loss\": [null, null, null],\n  \"seconds\": [1, 2, 3.5]\n}\n");
  const Folder folder;
  three().write_csv(folder / "h.csv");
  three().write_json(folder / "h.json");
  CHECK(content(folder / "h.csv") == three().csv());
  CHECK(content(folder / "h.json") == three().json());
  CHECK(train::History().csv() == "epoch,seconds\n");
}

TEST_CASE("history: a checkpoint gives it back, missing epochs and NaN included") {
  const Folder folder;
  Slope net;
  train::save(folder / "a.h5", net, three());
  const auto h = train::load_history(folder / "a.h5");
  CHECK(h.same_values(three()));
  CHECK(h.epochs("val_loss") == std::vector<std::int64_t>{1});
  CHECK(h.seconds == three().seconds);
  train::load(folder / "a.h5", net);
  train::save(folder / "b.h5", net);
  CHECK(train::load_history(folder / "b.h5").epoch.empty());
  train::save(folder / "c.h5", net, {});
  CHECK(train::load_history(folder / "c.h5").names().empty());
  train::History bad;
  bad.record(0, {{"a/b", 1}});
  CHECK(throws<ValueError>([&] { train::save(folder / "d.h5", net, bad); }, "got \"a/b\""));
}

TEST_CASE("history: records in order, replaces the last epoch, and knows its names") {
  auto h = three();
  h.record(2, {{"loss", 7}, {"extra", 1}});
  CHECK(h["loss"] == std::vector<double>{0.5, 0.25, 7});
  CHECK(h.epochs("extra") == std::vector<std::int64_t>{2});
  CHECK(throws<ValueError>([&] { h.record(1, {}); }, "got 1 after 2"));
  CHECK(throws<ValueError>([&] { h["los"]; }, "there is no value named \"los\"; there are: loss, accuracy"));
  CHECK_FALSE(h.same_values(three()));
}
