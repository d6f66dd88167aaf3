#pragma once
// Trainings that are killed again and again, and what they end with. The program calls itself: with arguments it is one
// run of `fit`, which may kill itself; without, it starts such runs until they are through, and compares.

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <xgrad.hpp>

namespace resume_kills {

using namespace xgrad;
namespace fs = std::filesystem;

// ---- dying -----------------------------------------------------------------------------------------------------------

inline long calls_to_live = -1, batches_to_live = -1;  // -1: for ever

[[noreturn]] inline void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}
/// Before and after every system call that matters while a file is written.
inline void count_call() {
  if (calls_to_live > 0 && --calls_to_live == 0) die();
}

}  // namespace resume_kills

// In place of the C library's: this program's saving can be killed in between.
extern "C" {
int fsync(int file) {
  resume_kills::count_call();
  const long result = ::syscall(SYS_fsync, file);
  resume_kills::count_call();
  return static_cast<int>(result);
}
int rename(const char* from, const char* to) noexcept {
  resume_kills::count_call();
  const long result = ::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  resume_kills::count_call();
  return static_cast<int>(result);
}
int link(const char* from, const char* to) noexcept {
  resume_kills::count_call();
  const long result = ::syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
  resume_kills::count_call();
  return static_cast<int>(result);
}
ssize_t pwrite(int file, const void* bytes, size_t n, off_t at) {
  resume_kills::count_call();
  const long result = ::syscall(SYS_pwrite64, file, bytes, n, at);
  resume_kills::count_call();
  return result;
}
}

namespace resume_kills {

// ---- one run ---------------------------------------------------------------------------------------------------------

/// Examples with noise of their own in every epoch.
class Noisy : public data::TensorDataset {
 public:
  using data::TensorDataset::TensorDataset;
  data::Batch batch(std::span<const std::int64_t> indices) const override {
    data::Batch b = data::TensorDataset::batch(indices);
    b.x = b.x + randn(b.x.shape()) * 0.1;
    return b;
  }
};

struct Runner {
  fs::path folder;
  std::int64_t scale = 1;  ///< how much larger the model and data are
  nn::Sequential net;
  Noisy data;
  Noisy validation;

  Runner(fs::path f, std::int64_t s)
      : folder(std::move(f)), scale(s),
        net((manual_seed(3), nn::Dense(8, 16 * s)), nn::BatchNorm(16 * s), nn::ReLU(), nn::Dropout(0.3),
            nn::Residual(nn::Dense(16 * s, 16 * s), nn::Tanh()), nn::Dense(16 * s, 3)),
        data(examples(100 * s, 5)), validation(examples(30, 6)) {}

  static Noisy examples(std::int64_t n, std::uint64_t seed) {
    Generator generator(seed);
    const GeneratorGuard guard(generator);
    const Tensor x = randn({n, 8});
    return Noisy(x.array(), argmax(x.slice(1, 0, 3) + randn({n, 3}) * 0.5, 1).array());
  }

  static void append(std::string& out, const void* bytes, std::size_t n) {
    out.append(static_cast<const char*>(bytes), n);
  }
  static void append(std::string& out, const Array& a) { append(out, a.raw(), a.nbytes()); }
  /// Everything that must be the same, to the bit.
  void finish(const optim::Optimizer& optimizer, const train::History& h, const std::string& more = {}) {
    std::string out = more;
    for (const auto& [name, tensor] : net.state_dict()) append(out += name, tensor.array());
    for (const auto& [name, value] : optimizer.state_dict().entries) append(out += name, value);
    append(out, h.epoch.data(), h.epoch.size() * sizeof(std::int64_t));
    for (const std::string& name : h.names()) {
      append(out += name, h[name].data(), h[name].size() * sizeof(double));
      append(out, h.epochs(name).data(), h.epochs(name).size() * sizeof(std::int64_t));
    }
    out += h.stopped;
    for (const std::string& warning : h.warnings) out += warning;
    append(out, Tensor(rand({2})).array());  // the generator has come as far
    std::ofstream(folder / "end", std::ios::binary) << out;
  }

  train::FitOptions options(train::FitOptions o) const {
    if (folder.filename() == "whole") o.checkpoint_every = 0, o.keep_last = 1;
    else o.resume = folder / "run.h5";
    o.callbacks.push_back(train::Lambda({.on_batch_end = [](train::Training&) {
      if (batches_to_live > 0 && --batches_to_live == 0) die();
    }}));
    return o;
  }
  optim::Parameters parameters() { return net.named_parameters(); }
};

inline void momentum_and_one_cycle(Runner& r) {
  optim::SGD sgd(r.parameters(), {.lr = 0.05, .momentum = 0.9, .nesterov = true});
  optim::Schedule schedule(sgd, optim::OneCycleLR{.max_lr = 0.1, .total_steps = 53 * r.scale});
  const auto h = train::fit(r.net, sgd, nn::CrossEntropy{}, r.data,
                            r.options({.epochs = 4,
                                       .batch_size = 8,
                                       .metrics = {"accuracy"},
                                       .schedule = &schedule,
                                       .clip_norm = 1.,
                                       .checkpoint_every = 1,
                                       .keep_last = 3}));
  r.finish(sgd, h);
}

inline void adam_and_accumulation(Runner& r) {
  optim::Adam adam(r.parameters(), {.lr = 0.01, .amsgrad = true});
  optim::Schedule schedule(adam, optim::CosineAnnealingLR{.T_max = 4});
  const auto h = train::fit(r.net, adam, nn::CrossEntropy{}, r.data,
                            r.options({.epochs = 4,
                                       .batch_size = 8,
                                       .seed = 9,
                                       .metrics = {"accuracy", "f1_macro", train::MeanMetric("ce", nn::CrossEntropy{})},
                                       .class_weight = {{0, 2.}},
                                       .schedule = &schedule,
                                       .schedule_per = train::Per::epoch,
                                       .accumulate = 3,
                                       .checkpoint_every = 1}));
  r.finish(adam, h);
}

inline void early_stopping_and_plateau(Runner& r) {
  set_num_threads(4);
  optim::AdamW adam(r.parameters(), {.lr = 0.02});
  train::EarlyStopping early({.patience = 3, .restore_best_weights = true});
  const auto h =
      train::fit(r.net, adam, nn::CrossEntropy{}, r.data,
                 r.options({.epochs = 12,
                            .batch_size = 16,
                            .validation_split = 0.2,
                            .metrics = {"accuracy"},
                            .callbacks = {&early, train::ReduceLROnPlateau({.factor = 0.5, .patience = 1}),
                                          train::CSVLogger(r.folder / "log.csv"),
                                          train::ModelCheckpoint(r.folder / "best.h5", {.save_best_only = true})},
                            .checkpoint_every = 3,
                            .keep_last = 2}));
  std::ifstream log(r.folder / "log.csv", std::ios::binary), best(r.folder / "best.h5", std::ios::binary);
  std::string more((std::istreambuf_iterator<char>(log)), {});
  if (more.empty()) more = "no log" + r.folder.string();
  r.finish(adam, h, more + std::to_string(early.best_epoch()) + std::to_string(early.stopped_epoch()));
}

inline void statistics_at_ends_of_epochs(Runner& r) {
  optim::RMSprop rms(r.parameters(), {.lr = 0.003, .momentum = 0.5, .centered = true});
  train::GradientStats statistics({.every = 4});
  train::WeightSnapshots snapshots;
  Generator generator(2);
  Tensor weight;
  {
    const GeneratorGuard guard(generator);
    weight = rand({r.data.size()});
  }
  const auto h = train::fit(
      r.net, rms, nn::CrossEntropy{}, r.data,
      r.options({.epochs = 4,
                 .batch_size = 8,
                 .validation = &r.validation,
                 .callbacks = {&statistics, &snapshots,
                               train::LearningRateScheduler([](std::int64_t, double lr) { return lr * 0.9; })},
                 .sample_weight = weight}));
  std::string more;
  for (const auto& p : statistics.parameters) more += p.name + std::to_string(p.step) + std::to_string(p.update_ratio);
  for (const auto& a : statistics.activities) more += a.layer.name + a.layer.shape.str() + std::to_string(a.layer.mean);
  for (const auto& s : snapshots.snapshots) {
    more += s.name + std::to_string(s.epoch) + std::to_string(s.std);
    for (const std::int64_t n : s.counts) more += std::to_string(n) + " ";
  }
  r.finish(rms, h, more);
}

inline void lbfgs(Runner& r) {
  optim::LBFGS solver(r.parameters(), {.lr = 0.1, .max_iter = 3, .history_size = 4});
  const auto h = train::fit(r.net, solver, nn::CrossEntropy{}, r.data,
                            r.options({.epochs = 2, .batch_size = 20, .checkpoint_every = 1}));
  r.finish(solver, h);
}

struct Scenario {
  const char* name;
  void (*run)(Runner&);
  unsigned batches;  ///< within which a run is killed
};
inline constexpr std::array kScenarios = {Scenario{"SGD with momentum, one cycle", momentum_and_one_cycle, 12},
                                          Scenario{"Adam, accumulation, class weights", adam_and_accumulation, 12},
                                          Scenario{"early stopping, plateau, threads", early_stopping_and_plateau, 14},
                                          Scenario{"RMSprop, statistics", statistics_at_ends_of_epochs, 40},
                                          Scenario{"LBFGS", lbfgs, 5}};

// ---- many runs -------------------------------------------------------------------------------------------------------

inline std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

[[noreturn]] inline void give_up(const std::string& why) {
  std::cerr << why << "\n";
  std::exit(1);
}

/// Starts a run; whether it was killed.
inline bool killed(std::size_t scenario, const fs::path& folder, long scale, long batches, long calls) {
  const std::array<std::string, 5> arguments = {std::to_string(scenario), folder.string(), std::to_string(scale),
                                                std::to_string(batches), std::to_string(calls)};
  const pid_t child = ::fork();
  if (child < 0) give_up("fork failed");
  if (child == 0) {
    ::execl("/proc/self/exe", "resume_after_kill", arguments[0].c_str(), arguments[1].c_str(), arguments[2].c_str(),
            arguments[3].c_str(), arguments[4].c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child) give_up("waitpid failed");
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return true;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) give_up("a run ended by itself, wrongly");
  return false;
}

struct Count {
  int in_batches = 0, in_saves = 0;
};

/// Kills a training until it is through, `rounds` times, and compares with one that was let alone.
inline Count torment(std::size_t scenario, long scale, int rounds, std::mt19937_64& random) {
  const fs::path root = fs::absolute("resume.files");
  fs::remove_all(root);
  fs::create_directories(root / "whole");
  if (killed(scenario, root / "whole", scale, -1, -1)) give_up("the run to compare with was killed");
  Count count;
  for (int round = 0; round < rounds; ++round) {
    const fs::path folder = root / "killed";
    fs::remove_all(folder);
    fs::create_directories(folder);
    for (bool again = true; again;) {
      const bool saving = random() % 3 == 0;
      const long batches =
          1 + static_cast<long>(random() % (kScenarios[scenario].batches * static_cast<unsigned long>(scale)));
      const long calls = 1 + static_cast<long>(random() % 120);
      again = killed(scenario, folder, scale, saving ? -1 : batches, saving ? calls : -1);
      if (again) ++(saving ? count.in_saves : count.in_batches);
    }
    if (content(folder / "end") != content(root / "whole/end") || content(folder / "end").empty())
      give_up(std::string(kScenarios[scenario].name) + ": the resumed run ended with other bytes");
  }
  fs::remove_all(root);
  return count;
}

inline int main(int argc, char** argv, long scale, int rounds, std::uint64_t seed) {
  if (argc == 6) {
    batches_to_live = std::atol(argv[4]);
    calls_to_live = std::atol(argv[5]);
    Runner runner(argv[2], std::atol(argv[3]));
    kScenarios[static_cast<std::size_t>(std::atol(argv[1]))].run(runner);
    return 0;
  }
  std::mt19937_64 random(seed);
  int kills = 0;
  for (std::size_t i = 0; i < kScenarios.size(); ++i) {
    const Count count = torment(i, scale, rounds, random);
    std::cout << kScenarios[i].name << ": killed " << count.in_batches << " times between batches, " << count.in_saves
              << " times while saving; the same bytes at the end\n";
    kills += count.in_batches + count.in_saves;
  }
  if (kills < 20 * rounds) give_up("only " + std::to_string(kills) + " kills; expected more");
  return 0;
}

}  // namespace resume_kills
