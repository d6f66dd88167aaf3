#include "train/detail/stored_file.hpp"

#include <fmt/format.h>

#include <variant>

#include "tensor/error.hpp"

namespace xgrad::train::detail {
namespace {

constexpr int kDeepest = 16;  // groups in groups that the names of a state may make

[[noreturn]] void unfit(const data::Hdf5Reader& in, const std::string& what) {
  fail<IoError>("train::load", fmt::format("{}: {}", in.file().string(), what));
}

void gather(const data::Hdf5Reader& in, const std::string& group, const std::string& prefix, int depth,
            optim::State& state) {
  if (depth > kDeepest) unfit(in, group + ": its groups are nested too deeply");
  for (const std::string& name : in.names(group)) {
    const std::string path = below(group, name);
    if (in.is_group(path)) gather(in, path, prefix + name + "/", depth + 1, state);
    else state.entries.push_back({prefix + name, in.read(path)});
  }
}

}  // namespace

std::string below(std::string_view group, std::string_view name) { return fmt::format("{}/{}", group, name); }

void write_state(data::Hdf5Writer& out, const std::string& group, const optim::State& state) {
  out.group(group);
  out.attribute(group, "type", state.type);
  for (const auto& [name, value] : state.entries) out.write(below(group, name), value);
}

optim::State read_state(const data::Hdf5Reader& in, const std::string& group) {
  if (!in.is_group(group)) unfit(in, fmt::format("there is no group {} in it", group));
  optim::State state;
  if (in.has_attribute(group, "type")) {
    const data::Attribute type = in.attribute(group, "type");
    if (const auto* text = std::get_if<std::string>(&type)) state.type = *text;
  }
  if (state.type.empty()) unfit(in, fmt::format("{} has no attribute \"type\" with a name", group));
  gather(in, group, "", 0, state);
  return state;
}

void write_tensors(data::Hdf5Writer& out, const std::string& group, const nn::StateDict& tensors) {
  out.group(group);
  for (const auto& [name, tensor] : tensors) out.write(below(group, name), tensor.array());
}

nn::StateDict read_tensors(const data::Hdf5Reader& in, const std::string& group) {
  if (!in.is_group(group)) unfit(in, fmt::format("there is no group {} in it", group));
  nn::StateDict tensors;
  for (const std::string& name : in.names(group)) tensors.push_back({name, Tensor(in.read(below(group, name)))});
  return tensors;
}

std::int64_t read_count(const data::Hdf5Reader& in, const std::string& object, const std::string& name) {
  if (in.exists(object) && in.has_attribute(object, name)) {
    const data::Attribute value = in.attribute(object, name);
    if (const auto* number = std::get_if<std::int64_t>(&value); number && *number >= 0) return *number;
  }
  unfit(in, fmt::format("{} has no attribute \"{}\" with a count", object, name));
}

std::vector<std::string> read_texts(const data::Hdf5Reader& in, const std::string& object, const std::string& name) {
  if (!in.has_attribute(object, name)) return {};
  const data::Attribute value = in.attribute(object, name);
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return *list;
  return {};
}

// ---- saving ----------------------------------------------------------------------------------------------------------

StoredWriter::StoredWriter(data::Hdf5Writer& out, std::string group) : out_(out), group_(std::move(group)) {
  out_.group(group_);
}

void StoredWriter::on_array(std::string_view name, Array& value) {
  if (value.defined()) out_.write(below(group_, name), value);
}
void StoredWriter::on_texts(std::string_view name, std::vector<std::string>& values) {
  out_.attribute(group_, name, values);
}
void StoredWriter::on_tensors(std::string_view name, nn::StateDict& value) {
  write_tensors(out_, below(group_, name), value);
}
void StoredWriter::on_part(std::string_view name, optim::Stateful& value) {
  write_state(out_, below(group_, name), value.state_dict());
}
void StoredWriter::refuse(std::string_view name, const std::string& what) const {
  fail<ValueError>("train::save", fmt::format("{}: {}", below(group_, name), what));
}

// ---- loading ---------------------------------------------------------------------------------------------------------

StoredReader::StoredReader(const data::Hdf5Reader& in, std::string group) : in_(in), group_(std::move(group)) {
  if (!in_.is_group(group_)) unfit(in_, fmt::format("there is no group {} in it", group_));
}

void StoredReader::on_array(std::string_view name, Array& value) {
  const std::string path = below(group_, name);
  value = in_.exists(path) ? in_.read(path) : Array();
}
void StoredReader::on_texts(std::string_view name, std::vector<std::string>& values) {
  if (!in_.has_attribute(group_, name)) refuse(name, "there is no such attribute");
  values = read_texts(in_, group_, std::string(name));
}
void StoredReader::on_tensors(std::string_view name, nn::StateDict& value) {
  value = read_tensors(in_, below(group_, name));
}
void StoredReader::on_part(std::string_view name, optim::Stateful& value) {
  const optim::State state = read_state(in_, below(group_, name));
  try {
    value.load_state_dict(state);
  } catch (const ValueError& error) {
    refuse(name, error.what());
  }
}
void StoredReader::refuse(std::string_view name, const std::string& what) const {
  unfit(in_, fmt::format("{}: {}", below(group_, name), what));
}

}  // namespace xgrad::train::detail
