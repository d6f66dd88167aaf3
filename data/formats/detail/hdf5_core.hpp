#pragma once
/// Private to the HDF5 reader and writer: owned ids, the process-wide lock, errors. hdf5.h itself stays in .cpp files.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "data/formats/detail/utf8.hpp"

namespace xgrad::data::detail {

using Id = std::int64_t;  ///< hid_t

/// An HDF5 id that is closed when it goes. Only ever made, moved and destroyed under an Hdf5Lock.
class Handle {
 public:
  using Close = int (*)(Id);
  Handle() noexcept = default;
  Handle(Id id, Close closer) noexcept : id_(id), close_(closer) {}
  Handle(Handle&& o) noexcept : id_(std::exchange(o.id_, -1)), close_(o.close_) {}
  Handle& operator=(Handle&& o) noexcept {
    std::swap(id_, o.id_);
    std::swap(close_, o.close_);
    return *this;
  }
  ~Handle() { close(); }

  Id get() const noexcept { return id_; }
  bool valid() const noexcept { return id_ >= 0; }
  /// Closes now; false when HDF5 reports a failure.
  bool close() noexcept { return id_ < 0 || close_(std::exchange(id_, -1)) >= 0; }

 private:
  Id id_ = -1;
  Close close_ = nullptr;
};

/// Held during every call of libhdf5, which is not thread-safe. While it lives HDF5 does not print its errors.
class Hdf5Lock {
 public:
  Hdf5Lock();
  ~Hdf5Lock();
  Hdf5Lock(const Hdf5Lock&) = delete;
  Hdf5Lock& operator=(const Hdf5Lock&) = delete;

 private:
  int (*printer_)(Id, void*) = nullptr;
  void* printer_data_ = nullptr;
};

/// An open file, and how its errors are told.
struct Hdf5File {
  const char* op;  ///< "data::Hdf5Reader" or "data::Hdf5Writer"
  std::filesystem::path path;
  Handle id{};
  std::uint64_t size = 0;  ///< bytes of the file, when reading

  /// Throws IoError "op: file: object: what"; `object` may be empty.
  [[noreturn]] void fail(std::string_view object, std::string_view what) const;
  /// The same followed by HDF5's own messages about the call that just failed.
  [[noreturn]] void fail_hdf5(std::string_view object, std::string_view what) const;
  /// Fails unless an HDF5 call succeeded (its result is not negative).
  template <class R>
  R check(R result, std::string_view object, std::string_view what) const {
    if (result < 0) fail_hdf5(object, what);
    return result;
  }
  Handle own(Id opened, Handle::Close close, std::string_view object, std::string_view what) const {
    return Handle(check(opened, object, what), close);
  }
};

/// Opens `file.path` for reading, after a look at what it is; `chunk_cache` bytes for the chunks of each dataset, or
/// HDF5's own default.
void open_for_reading(Hdf5File& file, std::size_t chunk_cache = 0);

}  // namespace xgrad::data::detail
