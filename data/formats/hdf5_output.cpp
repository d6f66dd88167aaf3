#include "data/formats/detail/hdf5_output.hpp"

#include <fcntl.h>
#include <hdf5.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace xgrad::data::detail {
namespace {

/// Travels with the access list, which copies it byte by byte.
struct DriverInfo {
  OutputStatus* status;
};

struct OutputFile {
  H5FD_t base{};  // first: HDF5 knows the file by its address
  int fd = -1;
  OutputStatus* status = nullptr;
  haddr_t end_of_allocation = 0, end_of_file = 0;
  dev_t device = 0;
  ino_t inode = 0;

  void failed(int error) noexcept {
    if (status->error == 0) status->error = error;
  }
};

OutputFile& of(H5FD_t* file) { return *reinterpret_cast<OutputFile*>(file); }
const OutputFile& of(const H5FD_t* file) { return *reinterpret_cast<const OutputFile*>(file); }

H5FD_t* open_file(const char* name, unsigned flags, hid_t access, haddr_t) noexcept {
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access));
  if (!info) return nullptr;
  const int mode = ((flags & H5F_ACC_RDWR) ? O_RDWR : O_RDONLY) | ((flags & H5F_ACC_TRUNC) ? O_TRUNC : 0) |
                   ((flags & H5F_ACC_CREAT) ? O_CREAT : 0) | ((flags & H5F_ACC_EXCL) ? O_EXCL : 0);
  const int fd = ::open(name, mode | O_CLOEXEC, 0666);
  struct stat found {};
  if (fd < 0 || ::fstat(fd, &found) != 0) {
    info->status->error = errno;  // HDF5 may try again with other flags
    if (fd >= 0) ::close(fd);
    return nullptr;
  }
  auto* file = new (std::nothrow) OutputFile;
  if (!file) {
    ::close(fd);
    return nullptr;
  }
  info->status->error = 0;
  file->fd = fd;
  file->status = info->status;
  file->end_of_file = static_cast<haddr_t>(found.st_size);
  file->device = found.st_dev;
  file->inode = found.st_ino;
  return &file->base;
}

herr_t close_file(H5FD_t* file) noexcept {
  OutputFile& f = of(file);
  if (::close(f.fd) != 0) f.failed(errno);
  delete &f;
  return 0;
}

int compare_files(const H5FD_t* a, const H5FD_t* b) noexcept {
  const OutputFile &x = of(a), &y = of(b);
  if (x.device != y.device) return x.device < y.device ? -1 : 1;
  return x.inode == y.inode ? 0 : x.inode < y.inode ? -1 : 1;
}

herr_t tell_features(const H5FD_t*, unsigned long* flags) noexcept {
  if (flags)
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA_WRITE | H5FD_FEAT_ACCUMULATE_METADATA_READ |
             H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  return 0;
}

haddr_t get_end_of_allocation(const H5FD_t* file, H5FD_mem_t) noexcept { return of(file).end_of_allocation; }
haddr_t get_end_of_file(const H5FD_t* file, H5FD_mem_t) noexcept { return of(file).end_of_file; }
herr_t set_end_of_allocation(H5FD_t* file, H5FD_mem_t, haddr_t address) noexcept {
  of(file).end_of_allocation = address;
  return 0;
}

/// What lies beyond the end of the file reads as zeros.
herr_t read_bytes(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t at, std::size_t size, void* out) noexcept {
  OutputFile& f = of(file);
  auto* to = static_cast<char*>(out);
  while (size > 0) {
    const ssize_t got = ::pread(f.fd, to, size, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) f.failed(errno);
    if (got <= 0) break;
    to += got;
    at += static_cast<haddr_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  std::memset(to, 0, size);
  return 0;
}

herr_t write_bytes(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t at, std::size_t size, const void* bytes) noexcept {
  OutputFile& f = of(file);
  f.end_of_file = std::max(f.end_of_file, at + size);
  const auto* from = static_cast<const char*>(bytes);
  while (size > 0 && f.status->error == 0) {
    const ssize_t put = ::pwrite(f.fd, from, size, static_cast<off_t>(at));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      f.failed(errno);
      break;
    }
    from += put;
    at += static_cast<haddr_t>(put);
    size -= static_cast<std::size_t>(put);
  }
  return 0;
}

herr_t truncate_file(H5FD_t* file, hid_t, hbool_t) noexcept {
  OutputFile& f = of(file);
  if (f.status->error == 0 && f.end_of_allocation != f.end_of_file &&
      ::ftruncate(f.fd, static_cast<off_t>(f.end_of_allocation)) != 0)
    f.failed(errno);
  f.end_of_file = f.end_of_allocation;
  return 0;
}

constexpr H5FD_class_t make_driver() {
  H5FD_class_t driver{};
#ifdef H5FD_CLASS_VERSION  // since HDF5 1.14
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(600);  // from the range left to private drivers
#endif
  driver.name = "xgrad_output";
  driver.maxaddr = (haddr_t{1} << 63) - 1;
  driver.fc_degree = H5F_CLOSE_WEAK;  // as the default driver has it; the access list asks for strong
  driver.fapl_size = sizeof(DriverInfo);
  driver.open = open_file;
  driver.close = close_file;
  driver.cmp = compare_files;
  driver.query = tell_features;
  driver.get_eoa = get_end_of_allocation;
  driver.set_eoa = set_end_of_allocation;
  driver.get_eof = get_end_of_file;
  driver.read = read_bytes;
  driver.write = write_bytes;
  driver.truncate = truncate_file;
  constexpr H5FD_mem_t map[H5FD_MEM_NTYPES] = H5FD_FLMAP_DICHOTOMY;
  for (int i = 0; i < H5FD_MEM_NTYPES; ++i) driver.fl_map[i] = map[i];
  return driver;
}
constexpr H5FD_class_t kDriver = make_driver();

}  // namespace

bool use_output_driver(Id access, OutputStatus& status) {
  static Id driver = -1;  // guarded by the lock that callers hold
  if (driver < 0 || H5Iget_type(driver) != H5I_VFL) driver = H5FDregister(&kDriver);
  const DriverInfo info{&status};
  return driver >= 0 && H5Pset_driver(access, driver, &info) >= 0;
}

}  // namespace xgrad::data::detail
