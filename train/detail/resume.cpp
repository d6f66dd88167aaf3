#include "train/detail/resume.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <typeinfo>

#include "data/formats/sealed.hpp"
#include "nn/detail/type_name.hpp"
#include "tensor/error.hpp"
#include "train/checkpoint.hpp"
#include "train/detail/checkpoint_file.hpp"
#include "train/detail/rotation.hpp"
#include "train/detail/run_file.hpp"
#include "train/detail/stored_file.hpp"

namespace xgrad::train::detail {
namespace {

constexpr const char* kOp = "train::fit";
constexpr const char* kOptions = "/state/options";
constexpr const char* kLoader = "/state/loader";
constexpr const char* kMeasures = "/state/measures";
constexpr const char* kCallbacks = "/state/callbacks";
constexpr const char* kGradients = "/state/gradients";

/// Fowler, Noll and Vo's hash, to see whether weights are others.
std::string fingerprint(const Tensor& t) {
  if (!t.defined()) return "none";
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto* bytes = static_cast<const unsigned char*>(t.array().raw());
  for (std::size_t i = 0; i < t.array().nbytes(); ++i) hash = (hash ^ bytes[i]) * 0x100000001b3;
  return fmt::format("{} {} {:016x}", t.shape().str(), xgrad::name_of(t.dtype()), hash);
}

template <class T>
std::string or_none(const std::optional<T>& value) {
  return value ? fmt::format("{}", *value) : "none";
}

/// A value where it can be saved whatever it is.
class Trial final : public Stored {
  void on_array(std::string_view, Array&) override {}
  void on_texts(std::string_view, std::vector<std::string>&) override {}
  void on_tensors(std::string_view, nn::StateDict&) override {}
  void on_part(std::string_view, optim::Stateful&) override {}
  [[noreturn]] void refuse(std::string_view name, const std::string& what) const override {
    fail<ValueError>(kOp, fmt::format("{}: {}", name, what));
  }
};

}  // namespace

std::vector<Option> options_of(const FitOptions& o, const data::Dataset& data, const Training& training) {
  std::vector<std::string> callbacks, metrics;
  for (const AnyCallback& c : o.callbacks) {
    const Callback& callback = *c.operator->();
    callbacks.push_back(nn::detail::type_name(typeid(callback)));
  }
  for (const AnyMetric& m : o.metrics) metrics.push_back(m->name());
  std::string weights;
  for (const auto& [label, weight] : o.class_weight)
    weights += fmt::format("{}{}: {}", weights.empty() ? "" : ", ", label, weight);
  const bool validated = o.validation || o.validation_split > 0;
  const std::int64_t validation_batch = o.validation_batch_size > 0 ? o.validation_batch_size : o.batch_size;
  return {{"examples", fmt::format("{}", data.size())},
          {"dtype", std::string(xgrad::name_of(training.model.dtype()))},
          {"batch_size", fmt::format("{}", o.batch_size)},
          {"shuffle", fmt::format("{}", o.shuffle)},
          {"seed", or_none(o.seed)},
          {"validation", o.validation ? fmt::format("{} examples", o.validation->size()) : "none"},
          {"validation_split", fmt::format("{}", o.validation_split)},
          {"validation_freq", fmt::format("{}", o.validation_freq)},
          {"validation_batch_size", validated ? fmt::format("{}", validation_batch) : "none"},
          {"metrics", fmt::format("{}", fmt::join(metrics, ", "))},
          {"callbacks", fmt::format("{}", fmt::join(callbacks, ", "))},
          {"class_weight", weights.empty() ? "none" : weights},
          {"sample_weight", fingerprint(o.sample_weight)},
          {"schedule", !o.schedule                    ? "none"
                       : o.schedule_per == Per::batch ? "per batch"
                                                      : "per epoch"},
          {"clip_norm", or_none(o.clip_norm)},
          {"clip_value", or_none(o.clip_value)},
          {"accumulate", fmt::format("{}", o.accumulate)}};
}

/// An open checkpoint, read and checked.
class Checkpoints::File {
 public:
  File(const std::filesystem::path& wanted, const std::filesystem::path& found)
      : in(open_checkpoint(found)), wanted_(wanted), found_(found) {}

  data::Hdf5Reader in;
  std::optional<LoadedRun> run;
  Place place;
  std::vector<std::pair<Tensor, Tensor>> gradients;  ///< and the parameters they are of
  bool stopping = false;

  bool is_older() const { return wanted_ != found_; }
  const std::filesystem::path& wanted() const { return wanted_; }
  const std::filesystem::path& found() const { return found_; }

 private:
  std::filesystem::path wanted_, found_;
};

Checkpoints::Checkpoints(FitOptions& options, Training& training, Measures& measures, const data::Dataset& data)
    : options_(options), training_(training), measures_(measures) {
  if (!on()) {
    if (options.checkpoint_every > 0 || options.keep_last > 1)
      fail<ValueError>(kOp, "checkpoint_every and keep_last need a file: give resume its name");
    return;
  }
  described_ = options_of(options, data, training);
  try {
    Trial trial;
    measures_.reset();
    measures_.each([&](const std::string&, auto& measure) { measure.stored(trial); });
  } catch (const ValueError&) {
    if (options.checkpoint_every > 0) throw;
    anywhere_ = false;
  }
}

Run Checkpoints::run() const {
  return {.model = &training_.model, .optimizer = &training_.optimizer, .schedule = options_.schedule};
}

// ---- saving ----------------------------------------------------------------------------------------------------------

void Checkpoints::write(std::int64_t epoch, const Place& place) {
  Run all = run();
  all.epoch = epoch;
  all.step = training_.step;
  all.history = training_.history;
  const nn::StateDict state = all.model->state_dict();
  check_names(state);
  rotate(options_.resume, options_.keep_last);
  data::write_sealed(options_.resume, kCheckpointFormat, [&](data::Hdf5Writer& out) {
    write_run(out, all, state);
    out.attribute("/state", "batch", place.batch);
    out.attribute("/state", "gathered", place.gathered);
    out.attribute("/state", "stopping", std::int64_t{training_.stopping()});
    write_generator(out, kLoader, place.loader);
    out.group(kOptions);
    for (const auto& [name, text] : described_) out.attribute(kOptions, name, text);
    if (place.batch > 0)
      measures_.each([&](const std::string& name, auto& measure) {
        StoredWriter stored(out, below(kMeasures, name));
        measure.stored(stored);
      });
    if (place.gathered > 0) {
      nn::StateDict gradients;
      for (const auto& [name, tensor] : parameters_of(training_.optimizer))
        if (const Tensor gradient = tensor.grad(); gradient.defined()) gradients.push_back({name, gradient});
      write_tensors(out, kGradients, gradients);
    }
    for (std::size_t i = 0; i < options_.callbacks.size(); ++i) {
      StoredWriter stored(out, below(kCallbacks, std::to_string(i)));
      options_.callbacks[i]->stored(stored);
    }
  });
}

// ---- loading ---------------------------------------------------------------------------------------------------------

void Checkpoints::check(const data::Hdf5Reader& in) const {
  const std::string file = in.file().string();
  if (in.is_group("/state") && !in.is_group(kOptions))
    fail<IoError>(kOp, file + ": was saved by a loop of one's own, not by fit; train::load(file, run) reads it");
  std::vector<std::string> lines;
  for (const auto& [name, text] : described_) {
    if (!in.has_attribute(kOptions, name)) continue;  // an option that came later
    const data::Attribute was = in.attribute(kOptions, name);
    const auto* before = std::get_if<std::string>(&was);
    if (!before || *before != text)
      lines.push_back(fmt::format("{}: got {}; expected {}", name, text, before ? *before : "a text"));
  }
  if (lines.empty()) return;
  fail<ValueError>(kOp, fmt::format("{}: was begun with other options ({} differ{}); nothing was changed:\n  {}\nUse "
                                    "those of the file, or begin anew with another one",
                                    file, lines.size(), lines.size() == 1 ? "s" : "", fmt::join(lines, "\n  ")));
}

void Checkpoints::read_stored(const data::Hdf5Reader& in, const Place& place) {
  if (place.batch > 0)
    measures_.each([&](const std::string& name, auto& measure) {
      StoredReader stored(in, below(kMeasures, name));
      measure.stored(stored);
    });
  for (std::size_t i = 0; i < options_.callbacks.size(); ++i) {
    StoredReader stored(in, below(kCallbacks, std::to_string(i)));
    options_.callbacks[i]->stored(stored);
  }
}

void Checkpoints::read_gradients(File& file) const {
  if (file.place.gathered == 0) return;
  nn::StateDict parameters = parameters_of(training_.optimizer);
  for (auto& [name, gradient] : read_tensors(file.in, kGradients)) {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&, &n = name](const NamedTensor& p) { return p.name == n; });
    if (found == parameters.end() || found->tensor.shape() != gradient.shape() ||
        found->tensor.dtype() != gradient.dtype())
      fail<IoError>(kOp, fmt::format("{}: the gradient of \"{}\" fits no parameter", file.found().string(), name));
    file.gradients.emplace_back(found->tensor, gradient);
  }
}

bool Checkpoints::load() {
  std::error_code none;
  if (!on() || !std::filesystem::exists(options_.resume, none)) return false;
  const auto file = std::make_shared<File>(options_.resume, newest_whole(options_.resume));
  Run all = run();
  file->run.emplace(file->in, all);
  check(file->in);
  file->place = {.batch = read_count(file->in, "/state", "batch"),
                 .gathered = read_count(file->in, "/state", "gathered"),
                 .loader = read_generator(file->in, kLoader)};
  file->stopping = read_count(file->in, "/state", "stopping") != 0;
  if (file->place.batch > training_.steps || file->place.gathered > options_.accumulate)
    fail<IoError>(kOp, file->found().string() + ": its place lies behind the end of the data");
  read_gradients(*file);
  read_stored(file->in, file->place);  // so that what does not fit is found before the model has changed
  file->run->put(all);
  training_.history = std::move(all.history);
  training_.epoch = all.epoch;
  training_.step = all.step;
  training_.batch = file->place.batch;
  training_.resumed = true;
  file_ = file;
  return true;
}

Place Checkpoints::finish() {
  const std::shared_ptr<File> file = std::exchange(file_, nullptr);
  Run all = run();
  file->run->put(all);
  read_stored(file->in, file->place);
  for (auto& [parameter, gradient] : file->gradients) parameter.set_grad(gradient);
  if (file->stopping) training_.stop(training_.history.stopped);
  if (file->is_older()) {
    training_.warn(fmt::format("resume: {} is damaged; the run goes on with the checkpoint before, {}",
                               file->wanted().string(), file->found().string()));
    also_call(file->found(), file->wanted());
  }
  return file->place;
}

}  // namespace xgrad::train::detail
