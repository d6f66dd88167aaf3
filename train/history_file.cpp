// History in checkpoints: /history/<series>, one value for each epoch it was measured in.

#include <fmt/format.h>

#include <algorithm>

#include "data/formats/hdf5.hpp"
#include "data/formats/sealed.hpp"
#include "tensor/array.hpp"
#include "train/checkpoint.hpp"
#include "train/history.hpp"

namespace xgrad::train {
namespace {

constexpr const char* kGroup = "/history";
constexpr std::size_t kMostWarnings = 1000;  // an attribute has room for some thousand texts

std::string path_of(const std::string& name) { return fmt::format("{}/{}", kGroup, name); }

[[noreturn]] void refuse(const data::Hdf5Reader& in, const std::string& what) {
  fail<IoError>("train::load_history", in.file().string() + ": " + what);
}

template <class T>
std::vector<T> read_list(const data::Hdf5Reader& in, const std::string& path) {
  const Array value = in.read(path);
  if (value.dim() != 1 || value.dtype() != dtype_of<T>())
    refuse(in, fmt::format("{} is not a series: got {} {}; expected one axis of {}", path, value.shape().str(),
                           name_of(value.dtype()), name_of(dtype_of<T>())));
  const auto values = value.values<T>();
  return {values.begin(), values.end()};
}

}  // namespace

void write_history(data::Hdf5Writer& out, const History& history) {
  out.group(kGroup);
  for (const auto& s : history.series_) {
    if (s.name.empty() || s.name.find('/') != s.name.npos || s.name.find('\0') != s.name.npos || s.name == "." ||
        s.name == "..")
      fail<ValueError>("train::save",
                       fmt::format("a series' name cannot stand in a file: got \"{}\"; expected no \"/\"", s.name));
    out.write(path_of(s.name), Array::copy_of(s.values));
  }
  // Which epochs a series was measured in, for those that are not in all of them.
  out.group("/history_epochs");
  out.write("/history_epochs/all", Array::copy_of(history.epoch));
  out.write("/history_epochs/seconds", Array::copy_of(history.seconds));
  out.group("/history_epochs/series");
  for (const auto& s : history.series_)
    if (s.epochs != history.epoch) out.write("/history_epochs/series/" + s.name, Array::copy_of(s.epochs));
  std::vector<std::string> names = history.names();
  out.attribute("/history_epochs", "names", names);
  if (!history.stopped.empty()) out.attribute("/history_epochs", "stopped", history.stopped);
  if (history.interrupted) out.attribute("/history_epochs", "interrupted", std::int64_t{1});
  if (!history.warnings.empty()) {
    const std::size_t kept = std::min(history.warnings.size(), kMostWarnings);
    out.attribute(
        "/history_epochs", "warnings",
        std::vector<std::string>(history.warnings.end() - static_cast<std::ptrdiff_t>(kept), history.warnings.end()));
  }
}

History read_history(const data::Hdf5Reader& in) {
  History history;
  if (!in.exists(kGroup)) return history;
  if (!in.is_group(kGroup) || !in.is_group("/history_epochs") || !in.has_attribute("/history_epochs", "names"))
    refuse(in, "its groups /history and /history_epochs are not as xgrad writes them");
  history.epoch = read_list<std::int64_t>(in, "/history_epochs/all");
  history.seconds = read_list<double>(in, "/history_epochs/seconds");
  for (std::size_t i = 1; i < history.epoch.size(); ++i)
    if (history.epoch[i] <= history.epoch[i - 1]) refuse(in, "its epochs are not in order");
  if (history.seconds.size() != history.epoch.size()) refuse(in, "its seconds are not those of its epochs");
  const data::Attribute names = in.attribute("/history_epochs", "names");
  if (const auto* list = std::get_if<std::vector<std::string>>(&names)) {
    for (const std::string& name : *list) {
      const std::string own = "/history_epochs/series/" + name;
      History::Series s{name, history.epoch, read_list<double>(in, path_of(name))};
      if (in.exists(own)) s.epochs = read_list<std::int64_t>(in, own);
      if (s.epochs.size() != s.values.size()) refuse(in, path_of(name) + " has not a value for each of its epochs");
      history.series_.push_back(std::move(s));
    }
  }
  const auto read_if_there = [&]<class T>(const char* name, T& value) {
    if (!in.has_attribute("/history_epochs", name)) return;
    const data::Attribute read = in.attribute("/history_epochs", name);
    if (const auto* found = std::get_if<T>(&read)) value = *found;
  };
  std::int64_t interrupted = 0;
  read_if_there("stopped", history.stopped);
  read_if_there("interrupted", interrupted);
  read_if_there("warnings", history.warnings);
  history.interrupted = interrupted != 0;
  return history;
}

History load_history(const std::filesystem::path& checkpoint) {
  return read_history(data::open_sealed(checkpoint, kCheckpointFormat, "an xgrad checkpoint"));
}

}  // namespace xgrad::train
