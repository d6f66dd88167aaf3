#include <hdf5.h>

#include <array>

#include "data/formats/detail/hdf5_attributes.hpp"
#include "data/formats/detail/hdf5_objects.hpp"

namespace xgrad::data::detail {
namespace {

/// One number as such, several as a list.
template <class T>
Attribute scalar_or_list(std::vector<T> values, bool scalar) {
  if (scalar) return std::move(values.front());
  return values;
}

std::vector<std::int64_t> read_integers(const Hdf5File& file, std::string_view label, Kind kind, Id type,
                                        std::uint64_t count, const Read& read) {
  std::vector<std::int64_t> values(count);
  if (count == 0) return values;
  if (kind == Kind::boolean) {
    std::vector<std::uint8_t> flags(count);
    read_bools(file, label, type, count, read, flags.data());
    return {flags.begin(), flags.end()};
  }
  if (kind == Kind::uint64) {
    std::vector<std::uint64_t> wide(count);
    file.check(read(H5T_NATIVE_UINT64, wide.data()), label, "cannot be read");
    check_uint64(file, label, wide.data(), count);
    return {wide.begin(), wide.end()};
  }
  file.check(read(H5T_NATIVE_INT64, values.data()), label, "cannot be read");
  return values;
}

std::string label_of(std::string_view object, std::string_view name) {
  return std::string(object) + " attribute \"" + printable(name) + "\"";
}

/// Called by H5Aiterate2 for each attribute; C code above it must see no exception.
herr_t collect_name(Id, const char* name, const H5A_info_t*, void* out) noexcept {
  try {
    static_cast<std::vector<std::string>*>(out)->emplace_back(name);
    return 0;
  } catch (...) {
    return -1;
  }
}

}  // namespace

bool attribute_exists(const Hdf5File& file, const Handle& object, std::string_view path, std::string_view name) {
  return file.check(H5Aexists(object.get(), std::string(name).c_str()), label_of(path, name), "cannot be looked up") >
         0;
}

std::vector<std::string> attribute_names(const Hdf5File& file, const Handle& object, std::string_view path) {
  std::vector<std::string> names;
  file.check(H5Aiterate2(object.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names), path,
             "its attributes cannot be listed");
  return names;
}

std::optional<Attribute> read_attribute(const Hdf5File& file, const Handle& object, std::string_view path,
                                        std::string_view name, bool skip_others) {
  const std::string label = label_of(path, name);
  const Handle attribute =
      file.own(H5Aopen(object.get(), std::string(name).c_str(), H5P_DEFAULT), H5Aclose, label, "cannot be opened");
  const Handle type = file.own(H5Aget_type(attribute.get()), H5Tclose, label, "has no readable type");
  const Handle space = file.own(H5Aget_space(attribute.get()), H5Sclose, label, "has no readable dataspace");

  const int rank = file.check(H5Sget_simple_extent_ndims(space.get()), label, "has no readable dataspace");
  const Kind kind = kind_of(type.get());
  if (kind == Kind::other || rank > 1) {
    if (skip_others) return {};
    file.fail(label, kind == Kind::other ? "is of " + description_of(type.get()) + "; expected numbers or text"
                                         : "has " + std::to_string(rank) + " axes; expected at most 1");
  }
  hsize_t count = 1;
  if (H5Sget_simple_extent_type(space.get()) == H5S_NULL) count = 0;
  else if (rank == 1) file.check(H5Sget_simple_extent_dims(space.get(), &count, nullptr), label, "has no size");
  const bool scalar = rank == 0 && count == 1;
  // What is declared must lie in the file, so this bounds the memory that follows.
  if (saturating_product(count, H5Tget_size(type.get())) > file.size)
    file.fail(label, "declares more elements (" + std::to_string(count) + ") than the file can hold");

  const Read read = [&](Id memory, void* out) { return H5Aread(attribute.get(), memory, out); };
  if (kind == Kind::text) {
    if (count == 0) return std::vector<std::string>{};
    return scalar_or_list(read_texts(file, label, type.get(), space.get(), count, read), scalar);
  }
  if (kind == Kind::float16 || kind == Kind::float32 || kind == Kind::float64) {
    std::vector<double> values(count);
    if (count > 0) file.check(read(H5T_NATIVE_DOUBLE, values.data()), label, "cannot be read");
    return scalar_or_list(std::move(values), scalar);
  }
  return scalar_or_list(read_integers(file, label, kind, type.get(), count, read), scalar);
}

}  // namespace xgrad::data::detail
