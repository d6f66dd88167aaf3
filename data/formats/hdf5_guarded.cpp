#include <fcntl.h>

#include <algorithm>
#include <string>
#include <utility>

#include "data/formats/detail/foreign.hpp"
#include "data/formats/detail/hdf5_source.hpp"
#include "data/formats/detail/plain_file.hpp"

namespace xgrad::data::detail {
namespace {

/// Names and the number of parameters are the user's. Walking takes milliseconds: values are not read.
constexpr ForeignLimits kLimits{.seconds = 20, .objects = 1'000'000, .plain_names = false};

class Guarded final : public Hdf5Source {
 public:
  explicit Guarded(std::unique_ptr<PlainFile> file)
      : file_(std::move(file)), told_{.op = file_->op(), .path = file_->path()} {
    const Descriptor shown(::fcntl(file_->descriptor(), F_DUPFD_CLOEXEC, 3));  // away from the standard streams
    if (shown.get() < 0) told_.fail({}, "cannot be opened a second time");
    root_ = read_guarded(told_, {.descriptor = shown.get(), .size = file_->size()}, kLimits, &unread_);
  }

  const std::filesystem::path& file() const override { return told_.path; }
  bool exists(std::string_view path) const override { return group_at(path) || dataset_at(path); }
  bool is_group(std::string_view path) const override { return group_at(path) != nullptr; }

  std::vector<std::string> names(std::string_view path) const override {
    const Hdf5Group* group = group_at(path);
    if (!group) told_.fail(path, dataset_at(path) ? "is not a group" : "nothing by this name in the file");
    std::vector<std::string> out;
    for (const auto& [name, below] : group->groups) out.push_back(name);
    for (const auto& [name, value] : group->datasets) out.push_back(name);
    std::sort(out.begin(), out.end());
    return out;
  }

  DatasetInfo info(std::string_view path) const override {
    const Hdf5Value& value = numbers(path);
    if (const auto found = unread_.find(&value); found != unread_.end())
      return {found->second.dtype, found->second.shape};
    return {value.array.dtype(), value.array.shape()};
  }

  Array read(std::string_view path) const override {
    const Hdf5Value& value = numbers(path);
    const auto found = unread_.find(&value);
    if (found == unread_.end()) return value.array.clone();
    Array array = Array::empty(found->second.shape, found->second.dtype);
    if (file_->read(array.mutable_raw(), array.nbytes(), found->second.place) < array.nbytes())
      told_.fail(path, "cannot be read: the file has changed meanwhile");
    return array;
  }

  bool is_text(std::string_view path) const override {
    const Hdf5Value& value = dataset(path);
    return value.is_text() && !unread_.contains(&value);
  }

  std::vector<std::string> read_text(std::string_view path) const override {
    if (!is_text(path)) told_.fail(path, "holds numbers; expected text");
    return dataset(path).texts;
  }

  bool has_attribute(std::string_view object, std::string_view name) const override {
    return attributes_of(object).contains(std::string(name));
  }
  Attribute attribute(std::string_view object, std::string_view name) const override {
    const auto& all = attributes_of(object);
    const auto found = all.find(std::string(name));
    if (found == all.end()) told_.fail(object, "has no attribute \"" + printable(name) + "\"");
    return found->second;
  }
  std::map<std::string, Attribute> attributes(std::string_view object) const override { return attributes_of(object); }

 private:
  const Hdf5Group* group_at(std::string_view path) const {
    return path.starts_with('/') ? root_.find_group(path.substr(1)) : nullptr;
  }
  const Hdf5Value* dataset_at(std::string_view path) const {
    return path.starts_with('/') ? root_.find_dataset(path.substr(1)) : nullptr;
  }
  const Hdf5Value& dataset(std::string_view path) const {
    const Hdf5Value* value = dataset_at(path);
    if (!value) told_.fail(path, group_at(path) ? "is not a dataset" : "nothing by this name in the file");
    return *value;
  }
  const Hdf5Value& numbers(std::string_view path) const {
    if (is_text(path)) told_.fail(path, "is of text; expected numbers or bools");
    return dataset(path);
  }
  const std::map<std::string, Attribute>& attributes_of(std::string_view path) const {
    const Hdf5Group* group = group_at(path);
    return group ? group->attributes : dataset(path).attributes;
  }

  std::unique_ptr<PlainFile> file_;
  Hdf5File told_;  ///< how errors are told
  UnreadNumbers unread_;
  Hdf5Group root_;
};

}  // namespace

std::unique_ptr<Hdf5Source> guarded_source(std::unique_ptr<PlainFile> file) {
  return std::make_unique<Guarded>(std::move(file));
}

}  // namespace xgrad::data::detail
