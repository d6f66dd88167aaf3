#include "train/checkpoint.hpp"

#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "data/formats/sealed.hpp"
#include "tensor/error.hpp"
#include "train/detail/checkpoint_file.hpp"
#include "train/detail/description_json.hpp"
#include "train/detail/state_fit.hpp"

namespace xgrad::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormatName = "xgrad";
constexpr std::size_t kMaxName = 1024;

[[noreturn]] void refuse(const fs::path& file, const std::string& what) {
  fail<IoError>("train::load", file.string() + ": " + what);
}

std::string path_of(std::string_view name) { return "/model/" + std::string(name); }

/// Whether a dataset can have this name and be found again by it.
bool storable(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.size() <= kMaxName && name.find('/') == name.npos &&
         name.find('\0') == name.npos;
}

// ---- loading --------------------------------------------------------------------------------------------------------

void check_header(const data::Hdf5Reader& in) {
  const auto wrong = [&](const std::string& what) { refuse(in.file(), "is not an xgrad checkpoint: " + what); };
  if (!in.has_attribute("/", "format") || !in.has_attribute("/", "format_version"))
    wrong("it has no root attributes \"format\" and \"format_version\"");
  const data::Attribute format = in.attribute("/", "format"), version = in.attribute("/", "format_version");
  const auto* name = std::get_if<std::string>(&format);
  if (!name || *name != kFormatName) wrong("its root attribute \"format\" is not \"xgrad\"");
  const auto* number = std::get_if<std::int64_t>(&version);
  if (!number || *number < 1) wrong("its root attribute \"format_version\" is not a positive integer");
  if (*number > kCheckpointFormat)
    refuse(in.file(), "has a newer format: got version " + std::to_string(*number) + "; this xgrad reads up to " +
                          std::to_string(kCheckpointFormat) + ". Update xgrad to read it");
  if (!in.is_group("/model")) refuse(in.file(), "holds no model: there is no group /model in it");
}

/// What /model holds; it may be anything.
std::vector<detail::StoredTensor> stored_in(const data::Hdf5Reader& in, const nn::StateDict& state) {
  std::set<std::string_view> in_model;
  for (const auto& [name, tensor] : state) in_model.insert(name);
  std::vector<detail::StoredTensor> out;
  for (const std::string& name : in.names("/model")) {
    try {
      const data::DatasetInfo info = in.info(path_of(name));
      out.push_back({name, info.dtype, info.shape});
    } catch (const IoError&) {
      if (in_model.contains(name)) throw;  // says what is wrong with it
      out.push_back({name, {}, {}});
    }
  }
  return out;
}

}  // namespace

namespace detail {

void check_names(const nn::StateDict& state) {
  std::set<std::string_view> seen;
  for (const auto& [name, tensor] : state) {
    if (!storable(name))
      fail<ValueError>("train::save", "a member's name cannot stand in a file: got \"" + name.substr(0, 80) +
                                          "\"; expected 1 to 1024 characters without \"/\"");
    if (!seen.insert(name).second)
      fail<ValueError>("train::save",
                       "two members have one name: got \"" + name + "\" twice; expected different names");
  }
}

void write_model(data::Hdf5Writer& out, nn::Module& model, const nn::StateDict& state) {
  out.attribute("/", "format", std::string(kFormatName));
  out.attribute("/", "format_version", std::int64_t{kCheckpointFormat});
  out.attribute("/", "library_version", std::string(XGRAD_VERSION));
  out.attribute("/", "model", model.str());
  out.attribute("/", "description", to_json(nn::describe(model)));
  out.group("/model");
  for (const auto& [name, tensor] : state) out.write(path_of(name), tensor.array());
}

data::Hdf5Reader open_checkpoint(const fs::path& file) {
  data::Hdf5Reader in = data::open_sealed(file, kCheckpointFormat, "an xgrad checkpoint");
  check_header(in);
  return in;
}

nn::StateDict read_model(const data::Hdf5Reader& in, const nn::StateDict& state) {
  detail::require_fit("train::load", in.file(), stored_in(in, state), state);
  nn::StateDict read;
  read.reserve(state.size());
  for (const auto& [name, tensor] : state) read.push_back({name, Tensor(in.read(path_of(name)).to(tensor.dtype()))});
  return read;
}

}  // namespace detail

namespace {

void save_all(const fs::path& file, nn::Module& model, const History* history) {
  const nn::StateDict state = model.state_dict();
  detail::check_names(state);
  data::write_sealed(file, kCheckpointFormat, [&](data::Hdf5Writer& out) {
    detail::write_model(out, model, state);
    if (history) write_history(out, *history);
  });
}

}  // namespace

void save(const fs::path& file, nn::Module& model) { save_all(file, model, nullptr); }
void save(const fs::path& file, nn::Module& model, const History& history) { save_all(file, model, &history); }

void load(const fs::path& file, nn::Module& model) {
  const data::Hdf5Reader in = detail::open_checkpoint(file);
  model.load_state_dict(detail::read_model(in, model.state_dict()));
}

}  // namespace xgrad::train
