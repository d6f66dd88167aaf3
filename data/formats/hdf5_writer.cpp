#include <hdf5.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <type_traits>

#include "data/formats/detail/hdf5_core.hpp"
#include "data/formats/detail/hdf5_output.hpp"
#include "data/formats/hdf5.hpp"

namespace xgrad::data {

using detail::Handle;
using detail::Hdf5Lock;
using detail::Id;

struct Hdf5Writer::Open : detail::Hdf5File {
  detail::OutputStatus output;
  Handle links;  // property list: names are UTF-8
  bool closed = false;
  bool broken = false;  // an earlier call failed: the file must not be taken for whole

  ~Open() { id.close(); }  // while `output` is there

  void check_output(std::string_view object) const {
    if (output.error != 0) fail(object, "cannot be written: " + std::generic_category().message(output.error));
  }
  /// Runs one step of writing; when it throws, or the system could not write, the file counts as broken.
  template <class F>
  void step(std::string_view object, F&& work) {
    broken = true;
    work();
    check_output(object);
    broken = false;
  }
};

namespace {

/// h5py's bool: an enum on int8.
Handle bool_type(const detail::Hdf5File& file) {
  Handle type = file.own(H5Tenum_create(H5T_STD_I8LE), H5Tclose, {}, "cannot make a type");
  const std::int8_t no = 0, yes = 1;
  file.check(H5Tenum_insert(type.get(), "FALSE", &no), {}, "cannot make a type");
  file.check(H5Tenum_insert(type.get(), "TRUE", &yes), {}, "cannot make a type");
  return type;
}

Handle copy_of(const detail::Hdf5File& file, Id type) {
  return file.own(H5Tcopy(type), H5Tclose, {}, "cannot make a type");
}

/// The types in the file (little-endian) and in memory.
struct Types {
  Handle stored, memory;
};
Types types_of(const detail::Hdf5File& file, DType dtype) {
  switch (dtype) {
    case DType::float32: return {copy_of(file, H5T_IEEE_F32LE), copy_of(file, H5T_NATIVE_FLOAT)};
    case DType::float64: return {copy_of(file, H5T_IEEE_F64LE), copy_of(file, H5T_NATIVE_DOUBLE)};
    case DType::int64: return {copy_of(file, H5T_STD_I64LE), copy_of(file, H5T_NATIVE_INT64)};
    case DType::uint8: return {copy_of(file, H5T_STD_U8LE), copy_of(file, H5T_NATIVE_UINT8)};
    case DType::bool_: return {bool_type(file), bool_type(file)};
  }
  file.fail({}, "unknown dtype");
}

Handle text_type(const detail::Hdf5File& file) {
  Handle type = copy_of(file, H5T_C_S1);
  file.check(H5Tset_size(type.get(), H5T_VARIABLE), {}, "cannot make a type");
  file.check(H5Tset_cset(type.get(), H5T_CSET_UTF8), {}, "cannot make a type");
  return type;
}

/// Without times in the object headers: the same content gives the same bytes.
Handle creation_list(const detail::Hdf5File& file, Id kind) {
  Handle list = file.own(H5Pcreate(kind), H5Pclose, {}, "cannot make a property list");
  file.check(H5Pset_obj_track_times(list.get(), false), {}, "cannot make a property list");
  return list;
}

void check_path(const detail::Hdf5File& file, std::string_view path) {
  const bool plain = path.size() > 1 && path.front() == '/' && path.back() != '/' && path.find("//") == path.npos &&
                     path.find('\0') == path.npos;
  if (!plain) file.fail(path, "not an absolute path; expected \"/group/name\"");
  for (std::size_t start = 1; start < path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view part = path.substr(start, end - start);
    if (part == "." || part == "..") file.fail(path, "not a plain path; expected \"/group/name\"");
    start = end + 1;
  }
}

/// Makes the groups that `path` (checked) lies in, and `path` itself when `whole`.
void make_groups(const detail::Hdf5File& file, Id links, std::string_view path, bool whole) {
  for (std::size_t end = path.find('/', 1); whole || end != path.npos; end = path.find('/', end + 1)) {
    const std::string group(path.substr(0, end));
    if (const htri_t known = H5Lexists(file.id.get(), group.c_str(), H5P_DEFAULT); known <= 0) {
      file.check(known, group, "cannot be looked up");
      const Handle list = creation_list(file, H5P_GROUP_CREATE);
      file.own(H5Gcreate2(file.id.get(), group.c_str(), links, list.get(), H5P_DEFAULT), H5Gclose, group,
               "cannot make the group");
    } else {
      file.own(H5Gopen2(file.id.get(), group.c_str(), H5P_DEFAULT), H5Gclose, group, "is not a group");
    }
    if (end == path.npos) break;
  }
}

void check_text(const detail::Hdf5File& file, std::string_view object, const std::string& text) {
  if (text.find('\0') != std::string::npos)
    file.fail(object, "attribute text holds a NUL character, which HDF5 cannot store");
}

void write_value(const detail::Hdf5File& file, std::string_view object, std::string_view name, const Handle& holder,
                 const Handle& stored, const Handle& memory, const hsize_t* count, const void* values) {
  const Handle space = file.own(count ? H5Screate_simple(1, count, nullptr) : H5Screate(H5S_SCALAR), H5Sclose, object,
                                "cannot make a dataspace");
  const Handle attribute =
      file.own(H5Acreate2(holder.get(), std::string(name).c_str(), stored.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
               H5Aclose, object, "cannot make attribute \"" + detail::printable(name) + "\"");
  if (!count || *count > 0)
    file.check(H5Awrite(attribute.get(), memory.get(), values), object, "cannot write an attribute");
}

}  // namespace

Hdf5Writer::Hdf5Writer(const std::filesystem::path& path, std::uint64_t user_block) {
  const Hdf5Lock lock;
  auto opened = std::make_unique<Open>();
  Open& file = *opened;
  file.op = "data::Hdf5Writer";
  file.path = path;
  const Handle access = file.own(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, {}, "cannot be created");
  file.check(H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG), {}, "cannot be created");
  file.check(detail::use_output_driver(access.get(), file.output) ? 0 : -1, {}, "cannot be created");
  // Files that HDF5 1.8 and everything since can read; the oldest format allows no attribute above 64 KiB.
  file.check(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V18), {}, "cannot be created");
  const Handle creation = creation_list(file, H5P_FILE_CREATE);
  if (user_block > 0 && H5Pset_userblock(creation.get(), user_block) < 0)
    file.fail({}, "bad user block size: got " + std::to_string(user_block) + "; expected 0 or a power of two from 512");
  file.links = file.own(H5Pcreate(H5P_LINK_CREATE), H5Pclose, {}, "cannot be created");
  file.check(H5Pset_char_encoding(file.links.get(), H5T_CSET_UTF8), {}, "cannot be created");
  file.id = Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose);
  if (!file.id.valid() && file.output.error != 0)
    file.fail({}, "cannot be created: " + std::generic_category().message(file.output.error));
  file.check(file.id.get(), {}, "cannot be created");
  open_ = std::move(opened);
}

Hdf5Writer::~Hdf5Writer() {
  const Hdf5Lock lock;
  open_.reset();
}

void Hdf5Writer::group(std::string_view path) {
  const Hdf5Lock lock;
  Open& file = *open_;
  if (path == "/") return;
  file.step(path, [&] {
    check_path(file, path);
    make_groups(file, file.links.get(), path, true);
  });
}

void Hdf5Writer::write(std::string_view dataset, const Array& value) {
  const Hdf5Lock lock;
  Open& file = *open_;
  file.step(dataset, [&] {
    check_path(file, dataset);
    make_groups(file, file.links.get(), dataset, false);
    const Types types = types_of(file, value.dtype());
    std::array<hsize_t, Shape::kMaxRank> sizes{};
    std::transform(value.shape().begin(), value.shape().end(), sizes.begin(),
                   [](std::int64_t n) { return static_cast<hsize_t>(n); });
    const Handle space =
        file.own(value.dim() == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(value.dim(), sizes.data(), nullptr),
                 H5Sclose, dataset, "cannot make a dataspace");
    const Handle list = creation_list(file, H5P_DATASET_CREATE);
    const Handle made = file.own(H5Dcreate2(file.id.get(), std::string(dataset).c_str(), types.stored.get(),
                                            space.get(), file.links.get(), list.get(), H5P_DEFAULT),
                                 H5Dclose, dataset, "cannot make the dataset");
    if (value.numel() > 0)
      file.check(H5Dwrite(made.get(), types.memory.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, value.raw()), dataset,
                 "cannot be written");
  });
}

void Hdf5Writer::attribute(std::string_view object, std::string_view name, const Attribute& value) {
  const Hdf5Lock lock;
  Open& file = *open_;
  file.step(object, [&] {
    if (object != "/") check_path(file, object);
    if (name.empty() || name.find('\0') != name.npos)
      file.fail(object, "attribute names must not be empty or hold a NUL");
    const Handle holder = file.own(H5Oopen(file.id.get(), std::string(object).c_str(), H5P_DEFAULT), H5Oclose, object,
                                   "cannot be opened");
    const std::string key(name);
    if (file.check(H5Aexists(holder.get(), key.c_str()), object, "its attributes cannot be read") > 0)
      file.check(H5Adelete(holder.get(), key.c_str()), object, "cannot replace an attribute");

    const auto put = [&](const Handle& stored, const Handle& memory, const hsize_t* count, const void* values) {
      write_value(file, object, name, holder, stored, memory, count, values);
    };
    std::visit(
        [&]<class T>(const T& v) {
          if constexpr (std::is_same_v<T, std::string>) {
            check_text(file, object, v);
            const char* text = v.c_str();
            put(text_type(file), text_type(file), nullptr, &text);
          } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
            std::vector<const char*> texts;
            for (const std::string& text : v) {
              check_text(file, object, text);
              texts.push_back(text.c_str());
            }
            const hsize_t count = texts.size();
            put(text_type(file), text_type(file), &count, texts.data());
          } else if constexpr (std::is_arithmetic_v<T>) {
            const Types types = types_of(file, dtype_of<T>());
            put(types.stored, types.memory, nullptr, &v);
          } else {
            const Types types = types_of(file, dtype_of<typename T::value_type>());
            const hsize_t count = v.size();
            put(types.stored, types.memory, &count, v.data());
          }
        },
        value);
  });
}

void Hdf5Writer::close() {
  const Hdf5Lock lock;
  Open& file = *open_;
  if (file.closed) return;
  if (file.broken) file.fail({}, "was not written: an earlier step failed");
  file.step({}, [&] {
    file.check(H5Fflush(file.id.get(), H5F_SCOPE_GLOBAL), {}, "cannot be written");
    file.check(file.id.close() ? 0 : -1, {}, "cannot be closed");
  });
  file.closed = true;
}

}  // namespace xgrad::data
