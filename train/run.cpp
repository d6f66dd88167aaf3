#include "train/run.hpp"

#include <fmt/format.h>

#include <bit>
#include <set>
#include <unordered_set>

#include "data/formats/sealed.hpp"
#include "tensor/error.hpp"
#include "train/checkpoint.hpp"
#include "train/detail/checkpoint_file.hpp"
#include "train/detail/run_file.hpp"
#include "train/detail/stored_file.hpp"

namespace xgrad::train {

namespace detail {
namespace {

constexpr const char* kParts = "/state/parts";
constexpr const char* kGenerators = "/state/generators";
constexpr const char* kOutside = "/state/parameters";
constexpr const char* kDefault = "default";

[[noreturn]] void unfit(const std::string& file, const std::string& what) {
  fail<IoError>("train::load", fmt::format("{}: does not fit this run, which is left unchanged: {}", file, what));
}

/// Parameters of the optimiser's that are not the model's: of the loss, say.
nn::StateDict outside(const Run& run) {
  nn::StateDict found = run.optimizer ? parameters_of(*run.optimizer) : nn::StateDict{};
  std::unordered_set<const xgrad::detail::Node*> own;
  for (const Tensor& p : run.model->parameters()) own.insert(p.node());
  std::erase_if(found, [&](const NamedTensor& p) { return own.contains(p.tensor.node()); });
  return found;
}

/// What is in both must be the same; otherwise an error tells which.
template <class Map>
void same_names(const data::Hdf5Reader& in, const std::string& group, const Map& expected, const char* kind,
                const char* always = nullptr) {
  std::set<std::string> wanted, found;
  for (const auto& [name, value] : expected) wanted.insert(name);
  if (in.is_group(group))
    for (const std::string& name : in.names(group))
      if (!always || name != always) found.insert(name);
  for (const std::string& name : wanted)
    if (!found.contains(name)) unfit(in.file().string(), fmt::format("it holds no {} \"{}\"", kind, name));
  for (const std::string& name : found)
    if (!wanted.contains(name))
      unfit(in.file().string(), fmt::format("it holds a {} \"{}\" that the run has not", kind, name));
}

void write_flags(data::Hdf5Writer& out, const std::string& path, const std::vector<bool>& flags) {
  Array values = Array::empty({static_cast<std::int64_t>(flags.size())}, bool_);
  std::copy(flags.begin(), flags.end(), values.mutable_data<bool>());
  out.write(path, values);
}

std::vector<bool> read_flags_at(const data::Hdf5Reader& in, const std::string& path, std::size_t n) {
  const Array values = in.read(path);
  if (values.dtype() != bool_ || values.dim() != 1 || values.numel() != static_cast<std::int64_t>(n))
    unfit(in.file().string(),
          fmt::format("{}: got {} {}; expected [{}] bool", path, values.shape().str(), name_of(values.dtype()), n));
  const auto flags = values.values<bool>();
  return {flags.begin(), flags.end()};
}

std::vector<bool> training_flags(nn::Module& model) {
  std::vector<bool> flags;
  for (const nn::NamedModule& entry : model.named_modules()) flags.push_back(entry.module->training());
  return flags;
}
std::vector<bool> trainable_flags(nn::Module& model) {
  std::vector<bool> flags;
  for (const Tensor& p : model.parameters()) flags.push_back(p.requires_grad());
  return flags;
}

}  // namespace

nn::StateDict parameters_of(const optim::Optimizer& optimizer) {
  nn::StateDict all;
  for (std::size_t g = 0; g < optimizer.num_groups(); ++g)
    for (std::size_t i = 0; i < optimizer.parameters(g).size(); ++i)
      all.push_back({optimizer.names(g)[i], optimizer.parameters(g)[i]});
  return all;
}

void write_generator(data::Hdf5Writer& out, const std::string& path, const Generator& generator) {
  out.write(path, Array::copy_of(std::vector<std::int64_t>{std::bit_cast<std::int64_t>(generator.seed()),
                                                           std::bit_cast<std::int64_t>(generator.counter())}));
}

Generator read_generator(const data::Hdf5Reader& in, const std::string& path) {
  const Array values = in.read(path);
  if (values.dtype() != int64 || values.shape() != Shape{2})
    unfit(in.file().string(), fmt::format("{} is no generator: got {} {}; expected [2] int64", path,
                                          values.shape().str(), name_of(values.dtype())));
  const auto* v = values.data<std::int64_t>();
  return Generator(std::bit_cast<std::uint64_t>(v[0]), std::bit_cast<std::uint64_t>(v[1]));
}

void write_run(data::Hdf5Writer& out, const Run& run, const nn::StateDict& state) {
  write_model(out, *run.model, state);
  if (run.optimizer) write_state(out, "/optimizer", run.optimizer->state_dict());
  out.group("/state");
  out.attribute("/state", "epoch", run.epoch);
  out.attribute("/state", "step", run.step);
  write_flags(out, "/state/training", training_flags(*run.model));
  write_flags(out, "/state/trainable", trainable_flags(*run.model));
  if (const nn::StateDict more = outside(run); !more.empty()) write_tensors(out, kOutside, more);
  if (run.schedule) write_state(out, "/state/schedule", run.schedule->state_dict());
  for (const auto& [name, part] : run.parts) write_state(out, below(kParts, name), part->state_dict());
  write_generator(out, below(kGenerators, kDefault), xgrad::default_generator());
  for (const auto& [name, generator] : run.generators) write_generator(out, below(kGenerators, name), *generator);
  write_history(out, run.history);
}

LoadedRun::LoadedRun(const data::Hdf5Reader& in, const Run& run) : file_(in.file().string()) {
  model_ = read_model(in, run.model->state_dict());
  if (!in.is_group("/state"))
    unfit(file_, "it holds a model alone, and no training; train::load(file, model) reads it");
  epoch_ = read_count(in, "/state", "epoch");
  step_ = read_count(in, "/state", "step");
  read_states(in, run);
  read_flags(in, run);
  default_ = read_generator(in, below(kGenerators, kDefault));
  same_names(in, kGenerators, run.generators, "generator", kDefault);
  for (const auto& [name, generator] : run.generators)
    generators_.emplace_back(generator, read_generator(in, below(kGenerators, name)));
  history_ = read_history(in);
}

/// Parts, then the schedule, which sets learning rates, then the optimiser, which has the last word on them.
void LoadedRun::read_states(const data::Hdf5Reader& in, const Run& run) {
  same_names(in, kParts, run.parts, "part");
  for (const auto& [name, part] : run.parts) states_.emplace_back(part, read_state(in, below(kParts, name)));
  const auto one = [&](optim::Stateful* own, const std::string& group, const char* kind) {
    const bool there = in.is_group(group);
    if (own && !there) unfit(file_, fmt::format("it holds no {}", kind));
    if (!own && there) unfit(file_, fmt::format("it holds the state of the {}, and the run has none", kind));
    if (own) states_.emplace_back(own, read_state(in, group));
  };
  one(run.schedule, "/state/schedule", "schedule");
  one(run.optimizer, "/optimizer", "optimiser");
  if (run.optimizer && states_.back().second.type != run.optimizer->name())
    unfit(file_, fmt::format("it was saved with another optimiser: got {}; the file has {}", run.optimizer->name(),
                             states_.back().second.type));
}

void LoadedRun::read_flags(const data::Hdf5Reader& in, const Run& run) {
  training_ = read_flags_at(in, "/state/training", run.model->named_modules().size());
  trainable_ = read_flags_at(in, "/state/trainable", run.model->parameters().size());
  for (const auto& [name, tensor] : outside(run)) {
    const std::string path = below(kOutside, name);
    if (!in.exists(path)) unfit(file_, fmt::format("it holds no parameter \"{}\" of the optimiser's", name));
    const Array value = in.read(path);
    if (value.shape() != tensor.shape() || value.dtype() != tensor.dtype())
      unfit(file_, fmt::format("{}: got {} {}; expected {} {}", path, value.shape().str(), name_of(value.dtype()),
                               tensor.shape().str(), name_of(tensor.dtype())));
    outside_.emplace_back(tensor, Tensor(value));
  }
}

void LoadedRun::put(Run& run) const {
  History history = history_;
  std::vector<optim::State> before;
  for (const auto& [part, state] : states_) before.push_back(part->state_dict());
  const std::vector<bool> trainable = trainable_flags(*run.model);
  std::vector<Tensor> parameters = run.model->parameters();
  const auto set_trainable = [&](const std::vector<bool>& flags) {
    for (std::size_t i = 0; i < flags.size(); ++i)
      if (parameters[i].requires_grad() != flags[i]) parameters[i].requires_grad_(flags[i]);
  };
  const auto undo = [&] {
    set_trainable(trainable);
    for (std::size_t i = 0; i < states_.size(); ++i) states_[i].first->load_state_dict(before[i]);
  };
  try {
    for (const auto& [part, state] : states_) part->load_state_dict(state);
    set_trainable(trainable_);
    run.model->load_state_dict(model_);
  } catch (const ValueError& error) {
    undo();
    unfit(file_, error.what());
  } catch (...) {
    undo();
    throw;
  }
  for (const auto& [target, value] : outside_) Tensor(target).copy_(value);
  std::size_t i = 0;
  for (const nn::NamedModule& entry : run.model->named_modules()) {  // outermost first: each overrides its owner
    if (entry.module->training() != training_[i]) entry.module->train(training_[i]);
    ++i;
  }
  xgrad::default_generator() = default_;
  for (const auto& [target, value] : generators_) *target = value;
  run.history = std::move(history);
  run.epoch = epoch_;
  run.step = step_;
}

}  // namespace detail

void save(const std::filesystem::path& file, const Run& run) {
  if (!run.model) fail<ValueError>("train::save", "got a run without a model");
  const nn::StateDict state = run.model->state_dict();
  detail::check_names(state);
  data::write_sealed(file, kCheckpointFormat, [&](data::Hdf5Writer& out) { detail::write_run(out, run, state); });
}

void load(const std::filesystem::path& file, Run& run) {
  if (!run.model) fail<ValueError>("train::load", "got a run without a model");
  const data::Hdf5Reader in = detail::open_checkpoint(file);
  detail::LoadedRun(in, run).put(run);
}

}  // namespace xgrad::train
