#include "data/formats/detail/hdf5_input.hpp"

#include <hdf5.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <new>

namespace xgrad::data::detail {
namespace {

/// Travels with the access list, which copies it byte by byte.
struct DriverInfo {
  const InputBytes* bytes;
};

struct InputFile {
  H5FD_t base{};  // first: HDF5 knows the file by its address
  const InputBytes* bytes = nullptr;
  haddr_t end_of_allocation = 0;
};

InputFile& of(H5FD_t* file) { return *reinterpret_cast<InputFile*>(file); }
const InputFile& of(const H5FD_t* file) { return *reinterpret_cast<const InputFile*>(file); }

H5FD_t* open_file(const char*, unsigned flags, hid_t access, haddr_t) noexcept {
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access));
  if (!info || (flags & (H5F_ACC_RDWR | H5F_ACC_TRUNC | H5F_ACC_CREAT))) return nullptr;
  auto* file = new (std::nothrow) InputFile;
  if (!file) return nullptr;
  file->bytes = info->bytes;
  return &file->base;
}

herr_t close_file(H5FD_t* file) noexcept {
  delete &of(file);
  return 0;
}

int compare_files(const H5FD_t* a, const H5FD_t* b) noexcept {
  const auto *x = of(a).bytes, *y = of(b).bytes;
  return x == y ? 0 : std::less<>()(x, y) ? -1 : 1;
}

herr_t tell_features(const H5FD_t*, unsigned long* flags) noexcept {
  if (flags) *flags = H5FD_FEAT_ACCUMULATE_METADATA_READ | H5FD_FEAT_DATA_SIEVE;
  return 0;
}

haddr_t get_end_of_allocation(const H5FD_t* file, H5FD_mem_t) noexcept { return of(file).end_of_allocation; }
haddr_t get_end_of_file(const H5FD_t* file, H5FD_mem_t) noexcept { return of(file).bytes->size; }
herr_t set_end_of_allocation(H5FD_t* file, H5FD_mem_t, haddr_t address) noexcept {
  of(file).end_of_allocation = address;
  return 0;
}

herr_t read_bytes(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t at, std::size_t size, void* out) noexcept {
  return of(file).bytes->read(at, size, out) ? 0 : -1;
}

herr_t refuse_to_write(H5FD_t*, H5FD_mem_t, hid_t, haddr_t, std::size_t, const void*) noexcept { return -1; }

constexpr H5FD_class_t make_driver() {
  H5FD_class_t driver{};
#ifdef H5FD_CLASS_VERSION  // since HDF5 1.14
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(601);  // from the range left to private drivers
#endif
  driver.name = "xgrad_input";
  driver.maxaddr = (haddr_t{1} << 63) - 1;
  driver.fc_degree = H5F_CLOSE_WEAK;
  driver.fapl_size = sizeof(DriverInfo);
  driver.open = open_file;
  driver.close = close_file;
  driver.cmp = compare_files;
  driver.query = tell_features;
  driver.get_eoa = get_end_of_allocation;
  driver.set_eoa = set_end_of_allocation;
  driver.get_eof = get_end_of_file;
  driver.read = read_bytes;
  driver.write = refuse_to_write;
  constexpr H5FD_mem_t map[H5FD_MEM_NTYPES] = H5FD_FLMAP_DICHOTOMY;
  for (int i = 0; i < H5FD_MEM_NTYPES; ++i) driver.fl_map[i] = map[i];
  return driver;
}
constexpr H5FD_class_t kDriver = make_driver();

}  // namespace

bool InputBytes::read(std::uint64_t at, std::size_t n, void* out) const noexcept {
  errno = 0;
  if (at > size || n > size - at) return false;
  if (memory) {
    if (n > 0) std::memcpy(out, memory + at, n);
    return true;
  }
  for (auto* to = static_cast<char*>(out); n > 0;) {
    const ssize_t got = ::pread(descriptor, to, n, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;  // an error, or the file has become shorter
    to += got;
    at += static_cast<std::uint64_t>(got);
    n -= static_cast<std::size_t>(got);
  }
  return true;
}

Handle open_input(const Hdf5File& file, const InputBytes& bytes) {
  static Id driver = -1;  // guarded by the lock that callers hold
  if (driver < 0 || H5Iget_type(driver) != H5I_VFL) driver = file.check(H5FDregister(&kDriver), {}, "cannot be opened");
  const Handle access = file.own(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, {}, "cannot be opened");
  file.check(H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG), {}, "cannot be opened");
  const DriverInfo info{&bytes};
  file.check(H5Pset_driver(access.get(), driver, &info), {}, "cannot be opened");
  return file.own(H5Fopen("bytes", H5F_ACC_RDONLY, access.get()), H5Fclose, {}, "cannot be opened");
}

}  // namespace xgrad::data::detail
