#include <hdf5.h>

#include <optional>
#include <system_error>
#include <utility>

#include "data/formats/detail/hdf5_attributes.hpp"
#include "data/formats/detail/hdf5_dataset.hpp"
#include "data/formats/detail/hdf5_source.hpp"
#include "data/formats/hdf5.hpp"

namespace xgrad::data {

using detail::Handle;
using detail::Hdf5Lock;

namespace {

/// Called by H5Literate for each link of a group; C code above it must see no exception.
herr_t collect_name(hid_t, const char* name, const H5L_info_t*, void* out) noexcept {
  try {
    static_cast<std::vector<std::string>*>(out)->emplace_back(name);
    return 0;
  } catch (...) {
    return -1;
  }
}

/// The HDF5 library, in this process.
class Library final : public detail::Hdf5Source {
 public:
  explicit Library(const std::filesystem::path& path) {
    const Hdf5Lock lock;
    detail::Hdf5File opened{.op = "data::Hdf5Reader", .path = path};
    detail::open_for_reading(opened);
    file_.emplace(std::move(opened));
  }
  ~Library() override {
    const Hdf5Lock lock;
    file_.reset();
  }

  const std::filesystem::path& file() const override { return file_->path; }

  bool exists(std::string_view path) const override {
    const Hdf5Lock lock;
    return detail::find_object(*file_, path, true).valid();
  }

  bool is_group(std::string_view path) const override {
    const Hdf5Lock lock;
    const Handle object = detail::find_object(*file_, path, true);
    return object.valid() && H5Iget_type(object.get()) == H5I_GROUP;
  }

  std::vector<std::string> names(std::string_view group) const override {
    const Hdf5Lock lock;
    const Handle object = detail::open_object(*file_, group);
    if (H5Iget_type(object.get()) != H5I_GROUP) file_->fail(group, "is not a group");
    std::vector<std::string> names;
    file_->check(H5Literate(object.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names), group,
                 "its members cannot be listed");
    return names;
  }

  DatasetInfo info(std::string_view dataset) const override {
    const Hdf5Lock lock;
    const detail::Dataset d = detail::open_dataset(*file_, dataset);
    return {detail::dtype_of(*file_, dataset, d), d.shape};
  }

  Array read(std::string_view dataset) const override {
    const Hdf5Lock lock;
    return detail::read_array(*file_, dataset, detail::open_dataset(*file_, dataset));
  }

  bool is_text(std::string_view dataset) const override {
    const Hdf5Lock lock;
    return detail::open_dataset(*file_, dataset).kind == detail::Kind::text;
  }

  std::vector<std::string> read_text(std::string_view dataset) const override {
    const Hdf5Lock lock;
    const detail::Dataset d = detail::open_dataset(*file_, dataset);
    if (d.kind != detail::Kind::text)
      file_->fail(dataset, "is of " + detail::description_of(d.type.get()) + "; expected text");
    if (d.count == 0) return {};
    return detail::read_texts(*file_, dataset, d.type.get(), d.space.get(), d.count, [&](detail::Id memory, void* out) {
      return H5Dread(d.id.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, out);
    });
  }

  bool has_attribute(std::string_view object, std::string_view name) const override {
    const Hdf5Lock lock;
    return detail::attribute_exists(*file_, detail::open_object(*file_, object), object, name);
  }

  Attribute attribute(std::string_view object, std::string_view name) const override {
    const Hdf5Lock lock;
    const Handle holder = detail::open_object(*file_, object);
    if (!detail::attribute_exists(*file_, holder, object, name))
      file_->fail(object, "has no attribute \"" + detail::printable(name) + "\"");
    return *detail::read_attribute(*file_, holder, object, name, false);
  }

  std::map<std::string, Attribute> attributes(std::string_view object) const override {
    const Hdf5Lock lock;
    const Handle holder = detail::open_object(*file_, object);
    std::map<std::string, Attribute> out;
    for (const std::string& name : detail::attribute_names(*file_, holder, object))
      if (auto value = detail::read_attribute(*file_, holder, object, name, true)) out.emplace(name, std::move(*value));
    return out;
  }

 private:
  std::optional<detail::Hdf5File> file_;
};

}  // namespace

void detail::open_for_reading(Hdf5File& file, std::size_t chunk_cache) {
  std::error_code error;
  const auto status = std::filesystem::status(file.path, error);
  if (!std::filesystem::exists(status)) file.fail({}, "no such file");
  if (std::filesystem::is_directory(status)) file.fail({}, "is a folder; expected an HDF5 file");
  if (!std::filesystem::is_regular_file(status)) file.fail({}, "is not a regular file");
  file.size = std::filesystem::file_size(file.path, error);
  if (error) file.fail({}, error.message());

  const htri_t is_hdf5 = H5Fis_hdf5(file.path.c_str());
  if (is_hdf5 == 0) file.fail({}, "is not an HDF5 file");
  if (is_hdf5 < 0) file.fail_hdf5({}, "cannot be opened");
  const Handle access = file.own(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, {}, "cannot be opened");
  file.check(H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG), {}, "cannot be opened");
  // Locks where the file system has them: some network mounts have none, and that must not stop reading.
  file.check(H5Pset_file_locking(access.get(), true, true), {}, "cannot be opened");
  // 10,007: a prime well above the number of chunks that fit, as H5Pset_cache wants it; 0.75 is HDF5's default.
  if (chunk_cache > 0) file.check(H5Pset_cache(access.get(), 0, 10'007, chunk_cache, 0.75), {}, "cannot be opened");
  file.id = file.own(H5Fopen(file.path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose, {}, "cannot be opened");
}

Hdf5Reader::Hdf5Reader(const std::filesystem::path& file) : source_(std::make_unique<Library>(file)) {}
Hdf5Reader::Hdf5Reader(std::unique_ptr<detail::Hdf5Source> source) : source_(std::move(source)) {}
Hdf5Reader::~Hdf5Reader() = default;
Hdf5Reader::Hdf5Reader(Hdf5Reader&&) noexcept = default;
Hdf5Reader& Hdf5Reader::operator=(Hdf5Reader&&) noexcept = default;

const std::filesystem::path& Hdf5Reader::file() const { return source_->file(); }
bool Hdf5Reader::exists(std::string_view path) const { return source_->exists(path); }
bool Hdf5Reader::is_group(std::string_view path) const { return source_->is_group(path); }
std::vector<std::string> Hdf5Reader::names(std::string_view group) const { return source_->names(group); }
DatasetInfo Hdf5Reader::info(std::string_view dataset) const { return source_->info(dataset); }
Array Hdf5Reader::read(std::string_view dataset) const { return source_->read(dataset); }
bool Hdf5Reader::is_text(std::string_view dataset) const { return source_->is_text(dataset); }
std::vector<std::string> Hdf5Reader::read_text(std::string_view dataset) const { return source_->read_text(dataset); }
bool Hdf5Reader::has_attribute(std::string_view object, std::string_view name) const {
  return source_->has_attribute(object, name);
}
Attribute Hdf5Reader::attribute(std::string_view object, std::string_view name) const {
  return source_->attribute(object, name);
}
std::map<std::string, Attribute> Hdf5Reader::attributes(std::string_view object) const {
  return source_->attributes(object);
}

}  // namespace xgrad::data
