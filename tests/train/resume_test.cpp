#include <doctest/doctest.h>
#include <signal.h>

#include <csignal>

#include "autograd/create.hpp"
#include "data/formats/sealed.hpp"
#include "tests/throws.hpp"
#include "tests/train/checkpoints.hpp"
#include "tests/train/runs.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

/// A small training that can be stopped and started again.
struct Small {
  Tensor x, y;
  nn::Sequential net;
  optim::Adam adam;

  Small()
      : x(examples()), y(x.slice(1, 0, 2) * 2.),
        net((manual_seed(5), nn::Dense(3, 4)), nn::Dropout(0.2), nn::Dense(4, 2)),
        adam(net.named_parameters(), {.lr = 0.01}) {}
  static Tensor examples() {
    manual_seed(2);
    return randn({20, 3});
  }
  train::History fit(train::FitOptions o) {
    if (o.batch_size == 32) o.batch_size = 4;
    return train::fit(net, adam, nn::MSE{}, x, y, std::move(o));
  }
  std::string bytes() {
    std::string out = bytes_of(net);
    for (const auto& [name, value] : adam.state_dict().entries) {
      out += name;
      out.append(static_cast<const char*>(value.raw()), value.nbytes());
    }
    return out;
  }
};

/// Leaves fit in the middle.
struct Stopped {};
train::Lambda stop_at(std::int64_t step) {
  return train::Lambda({.on_batch_begin = [step](train::Training& t) {
    if (t.step == step) throw Stopped();
  }});
}
/// In the place of it.
train::Lambda nothing() { return train::Lambda({}); }

void flip(const fs::path& file) {
  std::string bytes = content(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  put(file, bytes);
}

}  // namespace

TEST_SUITE_BEGIN("train");

TEST_CASE("resume: a run that was left goes on as if nothing had been; a finished one returns its history") {
  const Folder folder;
  Small whole;
  const train::History expected = whole.fit({.epochs = 4, .callbacks = {nothing()}});
  for (const std::int64_t step : {0, 1, 7, 10, 19}) {
    CAPTURE(step);
    fs::remove(folder / "run.h5");
    {
      Small first;
      CHECK_THROWS_AS(
          first.fit({.epochs = 4, .callbacks = {stop_at(step)}, .resume = folder / "run.h5", .checkpoint_every = 3}),
          Stopped);
    }
    Small second;
    const train::History h =
        second.fit({.epochs = 4, .callbacks = {nothing()}, .resume = folder / "run.h5", .checkpoint_every = 3});
    CHECK(h.same_values(expected));
    CHECK((second.bytes() == whole.bytes()));
    Small third;
    CHECK(third.fit({.epochs = 4, .callbacks = {stop_at(20)}, .resume = folder / "run.h5"}).same_values(expected));
    CHECK((third.bytes() == whole.bytes()));
  }
}

TEST_CASE("resume: with more epochs a finished run trains on as the longer one would have") {
  const Folder folder;
  Small longer;
  const train::History expected = longer.fit({.epochs = 5});
  Small().fit({.epochs = 2, .resume = folder / "run.h5"});
  Small second;
  const train::History h = second.fit({.epochs = 5, .resume = folder / "run.h5"});
  CHECK(h.same_values(expected));
  CHECK((second.bytes() == longer.bytes()));
  CHECK(train::load_history(folder / "run.h5").same_values(expected));
  CHECK((bytes_of(*train::load_model(folder / "run.h5")) == bytes_of(longer.net)));
}

TEST_CASE("resume: a run that a callback ended stays ended, with its best weights") {
  const Folder folder;
  const auto run = [&](Small& s, std::int64_t epochs) {
    train::EarlyStopping early({.monitor = "loss", .min_delta = 100, .patience = 2, .restore_best_weights = true});
    const train::History h = s.fit({.epochs = epochs, .callbacks = {&early}, .resume = folder / "run.h5"});
    CHECK(early.stopped_epoch() == 2);
    CHECK(early.best_epoch() == 0);
    return h;
  };
  Small first, again;
  const train::History h = run(first, 9);
  CHECK(h.epoch.size() == 3);
  const train::History same = run(again, 12);
  CHECK(same.same_values(h));
  CHECK(same.stopped == h.stopped);
  CHECK_FALSE(same.stopped.empty());
  CHECK((again.bytes() == first.bytes()));
}

TEST_CASE("resume: frozen parameters and modes come back, though epochs' beginnings do not") {
  const Folder folder;
  const auto freeze = [](std::int64_t stop) {
    return train::Lambda({.on_epoch_begin =
                              [](train::Training& t) {
                                if (t.epoch != 1) return;
                                t.model.named_modules()[1].module->requires_grad_(false);
                                t.model.named_modules()[2].module->eval();
                              },
                          .on_batch_begin =
                              [stop](train::Training& t) {
                                if (t.step == stop) throw Stopped();
                              }});
  };
  Small whole;
  whole.fit({.epochs = 3, .callbacks = {freeze(-1)}});
  Small a;
  CHECK_THROWS_AS(a.fit({.epochs = 3, .callbacks = {freeze(8)}, .resume = folder / "run.h5", .checkpoint_every = 1}),
                  Stopped);
  Small b;
  b.fit({.epochs = 3, .callbacks = {freeze(-1)}, .resume = folder / "run.h5", .checkpoint_every = 1});
  CHECK((b.bytes() == whole.bytes()));
  CHECK_FALSE(b.net.at<nn::Dense>(0).weight.requires_grad());
  CHECK_FALSE(b.net[1].training());
}

TEST_CASE("resume: after Ctrl-C a run goes on behind the batch that was the last, as if there had been no end") {
  const Folder folder;
  Small whole;
  const train::History expected = whole.fit({.epochs = 3, .callbacks = {nothing()}});
  Small first;  // seeds the generator
  struct sigaction usual {
  }, of_doctest{};
  usual.sa_handler = SIG_DFL;
  sigaction(SIGINT, &usual, &of_doctest);
  const auto interrupt = [](train::Training& t) {
    if (t.step == 7) std::raise(SIGINT);
  };
  const train::History cut =
      first.fit({.epochs = 3, .callbacks = {train::Lambda({.on_batch_end = interrupt})}, .resume = folder / "run.h5"});
  sigaction(SIGINT, &of_doctest, nullptr);
  CHECK(cut.interrupted);
  CHECK(cut.epoch.size() == 2);
  Small second;
  const train::History h = second.fit({.epochs = 3, .callbacks = {nothing()}, .resume = folder / "run.h5"});
  CHECK_FALSE(h.interrupted);
  CHECK(h.same_values(expected));
  CHECK((second.bytes() == whole.bytes()));
}

TEST_CASE("resume: keep_last keeps so many, and an older one takes the place of a damaged one") {
  const Folder folder;
  const fs::path file = folder / "run.h5";
  Small whole;
  const train::History expected = whole.fit({.epochs = 5});
  Small().fit({.epochs = 4, .resume = file, .keep_last = 3});
  CHECK(folder.entries() == 3);
  CHECK(train::load_history(file).epoch.size() == 4);
  CHECK(train::load_history(folder / "run.1.h5").epoch.size() == 3);
  CHECK(train::load_history(folder / "run.2.h5").epoch.size() == 2);
  flip(file);
  put(folder / "run.1.h5", content(folder / "run.1.h5").substr(0, 3000));
  Small second;
  const train::History h = second.fit({.epochs = 5, .resume = file, .keep_last = 3});
  CHECK(h.same_values(expected));
  CHECK((second.bytes() == whole.bytes()));
  REQUIRE(h.warnings.size() == 1);
  CHECK(contains(h.warnings[0], "run.h5 is damaged; the run goes on with the checkpoint before, "));
  CHECK(contains(h.warnings[0], "run.2.h5"));
  CHECK(folder.entries() == 3);
  for (const char* name : {"run.h5", "run.1.h5", "run.2.h5"}) {
    CHECK(data::check_seal(folder / name) == data::Seal::whole);
    flip(folder / name);
  }
  Small last;
  const std::string before = last.bytes();
  CHECK(contains(error_of([&] { last.fit({.epochs = 5, .resume = file}); }), "run.h5: is damaged"));
  CHECK((last.bytes() == before));
}

TEST_CASE("resume: other options, models, optimisers and files are refused, and nothing changes") {
  const Folder folder;
  const fs::path file = folder / "run.h5";
  Small().fit({.epochs = 2, .metrics = {"mse"}, .resume = file});
  Small s;
  const std::string before = s.bytes();
  const std::uint64_t drawn = default_generator().counter();
  const std::string text = error_of<ValueError>([&] {
    s.fit({.epochs = 3, .batch_size = 5, .metrics = {"mae"}, .clip_norm = 1., .accumulate = 2, .resume = file});
  });
  CHECK(contains(text,
                 "run.h5: was begun with other options (4 differ); nothing was changed:\n"
                 "  batch_size: got 5; expected 4\n"));
  CHECK(contains(text, "metrics: got mae; expected mse"));
  CHECK(contains(text, "clip_norm: got 1; expected none"));
  CHECK(contains(text, "accumulate: got 2; expected 1"));
  CHECK((s.bytes() == before));
  CHECK(default_generator().counter() == drawn);

  const auto refused = [&](nn::Module& net, optim::Optimizer& opt, train::FitOptions o, const std::string& reason) {
    const std::string bytes = bytes_of(net);
    const auto state = opt.state_dict();
    o.epochs = 3;
    o.batch_size = 4;
    o.resume = file;
    CHECK(contains(error_of([&] { train::fit(net, opt, nn::MSE{}, s.x, s.y, o); }), reason));
    CHECK((bytes_of(net) == bytes));
    const auto after = opt.state_dict();
    REQUIRE(after.entries.size() == state.entries.size());
    for (std::size_t i = 0; i < after.entries.size(); ++i)
      CHECK(same_bytes(after.entries[i].value, state.entries[i].value));
  };
  nn::Sequential wider(nn::Dense(3, 5), nn::Dropout(0.2), nn::Dense(5, 2));
  optim::Adam adam(wider.named_parameters());
  refused(wider, adam, {}, "different shape: 0.weight: got [4, 3]; expected [5, 3]");
  optim::SGD sgd(s.net.named_parameters(), {.momentum = 0.9});
  refused(s.net, sgd, {}, "it was saved with another optimiser: got SGD; the file has Adam");
  optim::Adam unnamed(s.net.parameters());
  refused(s.net, unnamed, {.metrics = {"mse"}}, "the state has no entry \"0.0/step\"");
  optim::Schedule schedule(s.adam, optim::StepLR{.step_size = 2});
  refused(s.net, s.adam, {.schedule = &schedule}, "it holds no schedule");
  nn::Sequential deeper(nn::Dense(3, 4), nn::Sequential(nn::Dropout(0.2)), nn::Dense(4, 2));
  optim::Adam own(deeper.named_parameters());
  refused(deeper, own, {}, "/state/training: got [4] bool; expected [5] bool");

  train::save(file, s.net);
  refused(s.net, s.adam, {}, "it holds a model alone, and no training");
  train::save(file, train::Run{.model = &s.net, .optimizer = &s.adam});
  refused(s.net, s.adam, {}, "was saved by a loop of one's own, not by fit");
  put(file, "something else");
  refused(s.net, s.adam, {}, "is not an xgrad checkpoint");
  data::write_sealed(file, 9, [](data::Hdf5Writer& out) { out.group("/model"); });
  refused(s.net, s.adam, {}, "has a newer format: got version 9");
  CHECK(throws<ValueError>([&] { s.fit({.keep_last = 2}); }, "checkpoint_every and keep_last need a file"));
  CHECK(throws<ValueError>([&] { s.fit({.resume = file, .keep_last = 0}); }, "keep_last: got 0; expected 1 or more"));
  CHECK(contains(error_of([&] { s.fit({.resume = folder / "none" / "run.h5"}); }), "run.h5"));
}

TEST_CASE("resume: a metric that cannot be saved is refused in the middle of epochs, and does at their ends") {
  struct Count : train::Metric {
    double n = 0;
    std::string name() const override { return "count"; }
    void reset() override { n = 0; }
    void update(const Tensor&, const Tensor&) override { ++n; }
    double result() const override { return n; }
  };
  const Folder folder;
  Small s;
  CHECK(throws<ValueError>([&] { s.fit({.metrics = {Count()}, .resume = folder / "run.h5", .checkpoint_every = 1}); },
                           "\"count\" does not say what it has gathered"));
  CHECK(s.fit({.metrics = {Count()}, .resume = folder / "run.h5"})["count"] == std::vector<double>{5});
}

TEST_CASE("Run: a loop of one's own goes on where it was, all of it or nothing") {
  const Folder folder;
  const fs::path file = folder / "run.h5";
  struct Loop {
    Small s;
    Tensor extra = ones({2}).requires_grad_();
    optim::SGD second{{extra}, {.lr = 0.1, .momentum = 0.9}};
    optim::Schedule schedule{s.adam, optim::ExponentialLR{.gamma = 0.9}};
    optim::MovingAverage average{s.net.named_parameters(), {.decay = 0.5}};
    data::DataLoader loader{data::TensorDataset(s.x.array(), s.y.array()),
                            {.batch_size = 4, .shuffle = true, .seed = 3}};
    train::Run run{.model = &s.net,
                   .optimizer = &s.adam,
                   .schedule = &schedule,
                   .parts = {{"average", &average}, {"second", &second}},
                   .generators = {{"loader", &loader.generator()}}};
    void epoch() {
      double total = 0;
      for (const auto& [x, y] : loader) {
        s.adam.zero_grad();
        second.zero_grad();
        Tensor loss = nn::mse(s.net(x) * 1., y);
        loss.backward();
        s.adam.step();
        average.update();
        total += loss.item<double>();
        ++run.step;
      }
      schedule.step();
      run.history.record(run.epoch++, {{"loss", total}});
    }
    std::string bytes() {
      std::string out = s.bytes();
      for (const auto& [name, value] : average.state_dict().entries)
        out.append(static_cast<const char*>(value.raw()), value.nbytes());
      return out + std::to_string(schedule.steps()) + std::to_string(s.adam.lr());
    }
  };
  Loop whole;
  for (int i = 0; i < 4; ++i) whole.epoch();
  {
    Loop first;
    first.epoch();
    first.epoch();
    train::save(file, first.run);
  }
  Loop second;
  manual_seed(77);
  train::load(file, second.run);
  CHECK(second.run.epoch == 2);
  CHECK(second.run.step == 10);
  while (second.run.epoch < 4) second.epoch();
  CHECK((second.bytes() == whole.bytes()));
  CHECK(second.run.history.same_values(whole.run.history));

  Loop other;
  const std::string before = other.bytes();
  const auto refused = [&](const std::string& reason) {
    CHECK(contains(error_of([&] { train::load(file, other.run); }), reason));
    CHECK((other.bytes() == before));
    CHECK(other.run.epoch == 0);
  };
  other.run.parts.erase("average");
  refused("it holds a part \"average\" that the run has not");
  other.run.parts = {{"average", &other.average}, {"second", &other.second}, {"third", &other.second}};
  refused("it holds no part \"third\"");
  other.run.parts = {{"average", &other.second}, {"second", &other.second}};
  refused("cannot load a state of type \"MovingAverage\"");
  other.run.parts = {{"average", &other.average}, {"second", &other.second}};
  other.run.generators.clear();
  refused("it holds a generator \"loader\" that the run has not");
  other.run.generators = {{"loader", &other.loader.generator()}};
  other.run.schedule = nullptr;
  refused("it holds the state of the schedule, and the run has none");
  other.run.schedule = &other.second;  // loaded before the optimiser, which must come back too
  refused("cannot load a state of type \"Schedule\"");
  other.run.schedule = &other.schedule;
  other.run.optimizer = nullptr;
  refused("it holds the state of the optimiser, and the run has none");
  other.run.optimizer = &other.s.adam;
  other.run.model = nullptr;
  CHECK(throws<ValueError>([&] { train::load(file, other.run); }, "a run without a model"));
  CHECK(throws<ValueError>([&] { train::save(file, other.run); }, "a run without a model"));
}

TEST_CASE("Run: parameters of the optimiser's that are not the model's are saved, too") {
  const Folder folder;
  nn::Dense net(2, 1), fresh(2, 1);
  const auto all = [](nn::Module& m, Tensor& scale) {
    std::vector<nn::NamedTensor> list = m.named_parameters();
    list.push_back({"scale", scale});
    return list;
  };
  Tensor scale = full({3}, 5.).requires_grad_(), other = zeros({3}).requires_grad_();
  optim::SGD saved(all(net, scale)), loaded(all(fresh, other));
  train::save(folder / "run.h5", train::Run{.model = &net, .optimizer = &saved});
  train::Run run{.model = &fresh, .optimizer = &loaded};
  train::load(folder / "run.h5", run);
  CHECK(same_bytes(other.array(), scale.array()));
}

TEST_SUITE_END();
