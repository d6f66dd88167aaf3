#include "data/formats/detail/hdf5_dataset.hpp"

#include <hdf5.h>

#include <array>
#include <bit>

namespace xgrad::data::detail {
namespace {

constexpr std::uint64_t kAlwaysFine = std::uint64_t{16} << 20;  // bytes that may be declared without being stored
constexpr std::uint64_t kMostPacked = 1100;                     // deflate cannot pack tighter than 1 : 1032
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 47;     // as Array has it

/// Whether `stored` bytes in the file can stand for `declared` ones.
bool plausible(std::uint64_t declared, std::uint64_t stored) {
  return declared <= kAlwaysFine || declared / kMostPacked <= stored;
}

std::string bytes(std::uint64_t n) { return n == UINT64_MAX ? "over 2^64 bytes" : std::to_string(n) + " bytes"; }

void check_filters(const Hdf5File& file, std::string_view path, Id plist) {
  const int filters = file.check(H5Pget_nfilters(plist), path, "its filters cannot be read");
  for (unsigned i = 0; i < static_cast<unsigned>(filters); ++i) {
    unsigned flags = 0, config = 0;
    std::size_t values = 0;
    const H5Z_filter_t filter = H5Pget_filter2(plist, i, &flags, &values, nullptr, 0, nullptr, &config);
    file.check(filter, path, "its filters cannot be read");
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32)
      file.fail(path,
                "is packed by filter number " + std::to_string(filter) + "; expected deflate, shuffle or fletcher32");
  }
}

/// Everything lies in this file. Asked before the dataspace, for which HDF5 opens the sources of a virtual dataset.
void check_layout(const Hdf5File& file, std::string_view path, const Handle& plist) {
  if (file.check(H5Pget_external_count(plist.get()), path, "its storage cannot be read") > 0)
    file.fail(path, "keeps its values in other files, which is not followed");
  const H5D_layout_t layout = H5Pget_layout(plist.get());
  if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED)
    file.fail(path, layout == H5D_VIRTUAL ? "is a virtual dataset, which is not followed" : "has an unknown layout");
  check_filters(file, path, plist.get());
}

/// Compares what is declared with what the file holds, so that nothing is allocated on the word of a few bytes.
void check_storage(const Hdf5File& file, std::string_view path, const Dataset& d, const Handle& plist) {
  const H5D_layout_t layout = H5Pget_layout(plist.get());
  const std::uint64_t element = H5Tget_size(d.type.get());
  const std::uint64_t declared = saturating_product(d.count, element);
  const std::uint64_t stored = declared == 0 ? 0 : H5Dget_storage_size(d.id.get());
  const auto refuse = [&](const std::string& what) {
    file.fail(path, what + ": declares " + d.shape.str() + " (" + bytes(declared) + "), stores " + bytes(stored) +
                        " in a file of " + bytes(file.size));
  };
  if (declared > kMaxBytes || stored > file.size || !plausible(declared, stored))
    refuse("declares more than is stored");
  if (layout == H5D_COMPACT && stored < declared) refuse("declares more than is stored");
  if (layout == H5D_CONTIGUOUS && stored > 0) {
    const haddr_t offset = H5Dget_offset(d.id.get());
    if (stored < declared || offset == HADDR_UNDEF || offset > file.size - stored)
      refuse("declares more than is stored");
  }
  if (layout == H5D_CHUNKED) {
    std::array<hsize_t, Shape::kMaxRank> sizes{};
    const int rank =
        file.check(H5Pget_chunk(plist.get(), Shape::kMaxRank, sizes.data()), path, "its chunks cannot be read");
    std::uint64_t chunk = element;
    for (int i = 0; i < std::min(rank, Shape::kMaxRank); ++i)
      chunk = saturating_product(chunk, sizes[static_cast<std::size_t>(i)]);
    if (!plausible(chunk, stored)) refuse("has chunks of " + bytes(chunk));
  }
}

}  // namespace

Dataset open_dataset(const Hdf5File& file, std::string_view path) {
  return open_dataset(file, path, open_object(file, path));
}

Dataset open_dataset(const Hdf5File& file, std::string_view path, Handle object) {
  Dataset d{};
  d.id = std::move(object);
  if (H5Iget_type(d.id.get()) != H5I_DATASET) file.fail(path, "is not a dataset");
  const Handle plist = file.own(H5Dget_create_plist(d.id.get()), H5Pclose, path, "its properties cannot be read");
  check_layout(file, path, plist);
  d.type = file.own(H5Dget_type(d.id.get()), H5Tclose, path, "has no readable type");
  d.space = file.own(H5Dget_space(d.id.get()), H5Sclose, path, "has no readable dataspace");
  d.kind = kind_of(d.type.get());
  const H5S_class_t form = H5Sget_simple_extent_type(d.space.get());
  if (form != H5S_SCALAR && form != H5S_SIMPLE) file.fail(path, "holds no value (a null dataspace)");
  const int rank = file.check(H5Sget_simple_extent_ndims(d.space.get()), path, "has no readable dataspace");
  if (rank > Shape::kMaxRank)
    file.fail(path, "has too many axes: got " + std::to_string(rank) + "; expected at most " +
                        std::to_string(Shape::kMaxRank));
  std::array<hsize_t, Shape::kMaxRank> sizes{};
  file.check(H5Sget_simple_extent_dims(d.space.get(), sizes.data(), nullptr), path, "has no readable dataspace");
  d.count = 1;
  for (int i = 0; i < rank; ++i) {
    const hsize_t size = sizes[static_cast<std::size_t>(i)];
    if (size > kMaxBytes)
      file.fail(path, "has an axis of " + std::to_string(size) + " elements, which is not plausible");
    d.shape.push_back(static_cast<std::int64_t>(size));
    d.count = saturating_product(d.count, size);
  }
  check_storage(file, path, d, plist);
  return d;
}

DType dtype_of(const Hdf5File& file, std::string_view path, const Dataset& dataset) {
  if (const auto dtype = dtype_of(dataset.kind)) return *dtype;
  file.fail(path, "is of " + description_of(dataset.type.get()) + "; expected numbers or bools");
}

void read_values(const Hdf5File& file, std::string_view path, const Dataset& d, std::uint64_t count, const Read& read,
                 void* to) {
  if (count == 0) return;
  switch (d.kind) {
    case Kind::float16:
    case Kind::float32: file.check(read(H5T_NATIVE_FLOAT, to), path, "cannot be read"); break;
    case Kind::float64: file.check(read(H5T_NATIVE_DOUBLE, to), path, "cannot be read"); break;
    case Kind::int64: file.check(read(H5T_NATIVE_INT64, to), path, "cannot be read"); break;
    case Kind::uint8: file.check(read(H5T_NATIVE_UINT8, to), path, "cannot be read"); break;
    case Kind::uint64:
      file.check(read(H5T_NATIVE_UINT64, to), path, "cannot be read");
      check_uint64(file, path, static_cast<const std::uint64_t*>(to), count);
      break;
    case Kind::boolean: read_bools(file, path, d.type.get(), count, read, static_cast<std::uint8_t*>(to)); break;
    case Kind::text:
    case Kind::other: break;  // have no dtype
  }
}

void read_values(const Hdf5File& file, std::string_view path, const Dataset& d, void* to) {
  const Read read = [&](Id memory, void* buffer) {
    return H5Dread(d.id.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
  };
  read_values(file, path, d, d.count, read, to);
}

Array read_array(const Hdf5File& file, std::string_view path, const Dataset& d) {
  Array out = Array::empty(d.shape, dtype_of(file, path, d));
  read_values(file, path, d, out.mutable_raw());
  return out;
}

void read_bfloat16(const Hdf5File& file, std::string_view path, const Dataset& d, float* to) {
  std::vector<unsigned char> raw(2 * d.count);
  if (d.count == 0) return;
  file.check(H5Dread(d.id.get(), d.type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data()), path, "cannot be read");
  for (std::uint64_t i = 0; i < d.count; ++i)
    to[i] = std::bit_cast<float>(std::uint32_t{raw[2 * i]} << 16 | std::uint32_t{raw[2 * i + 1]} << 24);
}

std::optional<std::uint64_t> values_in_file(const Dataset& d) {
  if constexpr (std::endian::native != std::endian::little) return {};
  const auto is = [&](Id type) { return H5Tequal(d.type.get(), type) > 0; };
  const bool same = (d.kind == Kind::float32 && is(H5T_IEEE_F32LE)) ||
                    (d.kind == Kind::float64 && is(H5T_IEEE_F64LE)) || (d.kind == Kind::int64 && is(H5T_STD_I64LE)) ||
                    (d.kind == Kind::uint8 && is(H5T_STD_U8LE));  // bools need a look at each
  if (!same) return {};
  const Handle plist(H5Dget_create_plist(d.id.get()), H5Pclose);
  if (!plist.valid() || H5Pget_layout(plist.get()) != H5D_CONTIGUOUS) return {};
  const haddr_t offset = H5Dget_offset(d.id.get());
  if (offset == HADDR_UNDEF) return {};
  return offset;
}

}  // namespace xgrad::data::detail
