#include <hdf5.h>

#include <system_error>

#include "data/formats/detail/hdf5_attributes.hpp"
#include "data/formats/detail/hdf5_dataset.hpp"
#include "data/formats/hdf5.hpp"

namespace xgrad::data {

using detail::Handle;
using detail::Hdf5Lock;

struct Hdf5Reader::Open : detail::Hdf5File {};

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

Hdf5Reader::Hdf5Reader(const std::filesystem::path& file) {
  const Hdf5Lock lock;
  auto opened = std::make_unique<Open>(Open{{.op = "data::Hdf5Reader", .path = file}});
  detail::open_for_reading(*opened);
  open_ = std::move(opened);
}

Hdf5Reader::~Hdf5Reader() {
  if (!open_) return;
  const Hdf5Lock lock;
  open_.reset();
}

Hdf5Reader::Hdf5Reader(Hdf5Reader&&) noexcept = default;

Hdf5Reader& Hdf5Reader::operator=(Hdf5Reader&& other) noexcept {
  const Hdf5Lock lock;
  open_ = std::move(other.open_);
  return *this;
}

const std::filesystem::path& Hdf5Reader::file() const { return open_->path; }

bool Hdf5Reader::exists(std::string_view path) const {
  const Hdf5Lock lock;
  return detail::find_object(*open_, path, true).valid();
}

bool Hdf5Reader::is_group(std::string_view path) const {
  const Hdf5Lock lock;
  const Handle object = detail::find_object(*open_, path, true);
  return object.valid() && H5Iget_type(object.get()) == H5I_GROUP;
}

std::vector<std::string> Hdf5Reader::names(std::string_view group) const {
  const Hdf5Lock lock;
  const Handle object = detail::open_object(*open_, group);
  if (H5Iget_type(object.get()) != H5I_GROUP) open_->fail(group, "is not a group");
  std::vector<std::string> names;
  open_->check(H5Literate(object.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names), group,
               "its members cannot be listed");
  return names;
}

DatasetInfo Hdf5Reader::info(std::string_view dataset) const {
  const Hdf5Lock lock;
  const detail::Dataset d = detail::open_dataset(*open_, dataset);
  return {detail::dtype_of(*open_, dataset, d), d.shape};
}

Array Hdf5Reader::read(std::string_view dataset) const {
  const Hdf5Lock lock;
  return detail::read_array(*open_, dataset, detail::open_dataset(*open_, dataset));
}

bool Hdf5Reader::is_text(std::string_view dataset) const {
  const Hdf5Lock lock;
  return detail::open_dataset(*open_, dataset).kind == detail::Kind::text;
}

std::vector<std::string> Hdf5Reader::read_text(std::string_view dataset) const {
  const Hdf5Lock lock;
  const detail::Dataset d = detail::open_dataset(*open_, dataset);
  if (d.kind != detail::Kind::text)
    open_->fail(dataset, "is of " + detail::description_of(d.type.get()) + "; expected text");
  if (d.count == 0) return {};
  return detail::read_texts(*open_, dataset, d.type.get(), d.space.get(), d.count, [&](detail::Id memory, void* out) {
    return H5Dread(d.id.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, out);
  });
}

bool Hdf5Reader::has_attribute(std::string_view object, std::string_view name) const {
  const Hdf5Lock lock;
  return detail::attribute_exists(*open_, detail::open_object(*open_, object), object, name);
}

Attribute Hdf5Reader::attribute(std::string_view object, std::string_view name) const {
  const Hdf5Lock lock;
  const Handle holder = detail::open_object(*open_, object);
  if (!detail::attribute_exists(*open_, holder, object, name))
    open_->fail(object, "has no attribute \"" + detail::printable(name) + "\"");
  return *detail::read_attribute(*open_, holder, object, name, false);
}

std::map<std::string, Attribute> Hdf5Reader::attributes(std::string_view object) const {
  const Hdf5Lock lock;
  const Handle holder = detail::open_object(*open_, object);
  std::map<std::string, Attribute> out;
  for (const std::string& name : detail::attribute_names(*open_, holder, object))
    if (auto value = detail::read_attribute(*open_, holder, object, name, true)) out.emplace(name, std::move(*value));
  return out;
}

}  // namespace xgrad::data
