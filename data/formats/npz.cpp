#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/formats/atomic.hpp"
#include "data/formats/detail/npy_stream.hpp"
#include "data/formats/detail/utf8.hpp"
#include "data/formats/detail/zip_input.hpp"
#include "data/formats/npy.hpp"
#include "tensor/error.hpp"

namespace xgrad::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kReading = "data::read_npz";
constexpr std::string_view kExtension = ".npy";
constexpr std::size_t kMaxName = 65535 - 4;           // bytes, as zip has it, with the extension
constexpr zip_uint16_t kNoDate = 1 << 5 | 1;          // 1980-01-01, as NumPy
constexpr std::size_t kPiece = std::size_t{1} << 20;  // bytes copied at a time

/// libzip's own words for an error.
class ZipError {
 public:
  ZipError() { zip_error_init(&error_); }
  ~ZipError() { zip_error_fini(&error_); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  zip_error_t* get() { return &error_; }
  std::string text() { return zip_error_strerror(&error_); }

 private:
  zip_error_t error_;
};

// ---- reading -----------------------------------------------------------------------------------------------------

/// The name of an entry's array.
std::string array_name(const ZipEntry& entry) {
  std::string name = entry.name;
  if (name.ends_with(kExtension)) name.resize(name.size() - kExtension.size());
  return name;
}

// ---- writing -----------------------------------------------------------------------------------------------------

void check_names(const std::vector<NamedTensor>& arrays) {
  std::set<std::string_view> used;
  for (const auto& [name, tensor] : arrays) {
    if (name.empty() || name.size() > kMaxName || name.find('\0') != name.npos)
      fail<ValueError>("data::write_npz", fmt::format("a name cannot stand in an archive: got '{}'; expected 1 to {} "
                                                      "bytes without NUL",
                                                      detail::printable(name, 80), kMaxName));
    if (!used.insert(name).second)
      fail<ValueError>("data::write_npz",
                       fmt::format("two arrays have one name: got '{}' twice", detail::printable(name, 80)));
  }
}

/// A new archive, built in memory.
class NewArchive {
 public:
  explicit NewArchive(const fs::path& file) : file_(file) {
    source_ = zip_source_buffer_create(nullptr, 0, 0, error_.get());
    if (!source_) fail(error_.text());
    zip_source_keep(source_);  // to read it when the archive is closed
    zip_ = zip_open_from_source(source_, ZIP_TRUNCATE, error_.get());
    if (!zip_) {
      zip_source_free(source_);
      zip_source_free(source_);
      fail(error_.text());
    }
  }
  ~NewArchive() {
    if (zip_) zip_discard(zip_);
    zip_source_free(source_);
  }
  NewArchive(const NewArchive&) = delete;
  NewArchive& operator=(const NewArchive&) = delete;

  /// `header` and `array` must stay until `write_to`.
  void add(const std::string& name, std::string& header, const Array& array, bool compress) {
    zip_buffer_fragment_t parts[2] = {};
    parts[0].data = reinterpret_cast<zip_uint8_t*>(header.data());
    parts[0].length = header.size();
    parts[1].data = static_cast<zip_uint8_t*>(const_cast<void*>(array.raw()));  // libzip only reads it
    parts[1].length = array.nbytes();
    zip_source_t* content = zip_source_buffer_fragment_create(parts, array.nbytes() > 0 ? 2 : 1, 0, error_.get());
    if (!content) fail(error_.text());
    const zip_int64_t at = zip_file_add(zip_, (name + std::string(kExtension)).c_str(), content, ZIP_FL_ENC_UTF_8);
    if (at < 0) {
      zip_source_free(content);
      fail(zip_strerror(zip_));
    }
    const auto index = static_cast<zip_uint64_t>(at);
    if (zip_set_file_compression(zip_, index, compress ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 6) != 0 ||
        zip_file_set_dostime(zip_, index, 0, kNoDate, 0) != 0)
      fail(zip_strerror(zip_));
  }

  void write_to(detail::FileOutput& out) {
    if (zip_get_num_entries(zip_, 0) == 0) {  // for libzip no archive at all; for NumPy the record of its end
      out.write(std::string("PK\5\6").append(18, '\0'));
      return;
    }
    if (zip_close(zip_) != 0) fail(zip_strerror(zip_));
    zip_ = nullptr;
    if (zip_source_open(source_) != 0) fail("the archive cannot be read");
    std::vector<char> piece(kPiece);
    for (;;) {
      const zip_int64_t got = zip_source_read(source_, piece.data(), piece.size());
      if (got < 0) fail("the archive cannot be read");
      if (got == 0) break;
      out.write(piece.data(), static_cast<std::size_t>(got));
    }
    zip_source_close(source_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    xgrad::fail<IoError>("data::write_npz", file_.string() + ": cannot be written: " + what);
  }

  const fs::path& file_;
  ZipError error_;
  zip_source_t* source_ = nullptr;
  zip_t* zip_ = nullptr;
};

}  // namespace

std::vector<NamedTensor> read_npz(const fs::path& file) {
  const ZipReader archive(file, kReading);
  std::set<std::string> used;  // "x" and "x.npy" are one
  for (const ZipEntry& entry : archive.entries())
    if (!used.insert(array_name(entry)).second)
      fail<IoError>(kReading, fmt::format("{}: holds two arrays of one name: '{}'", file.string(),
                                          detail::printable(array_name(entry), 80)));
  std::vector<NamedTensor> out;
  for (const ZipEntry& entry : archive.entries()) {
    detail::ZipInput in(archive, entry);
    Array array = detail::read_npy(in, entry.size);
    in.finish();
    out.push_back({array_name(entry), Tensor(std::move(array))});
  }
  return out;
}

void write_npz(const fs::path& file, const std::vector<NamedTensor>& arrays, const NpzOptions& options) {
  check_names(arrays);
  std::vector<std::string> headers;
  for (const auto& [name, tensor] : arrays) headers.push_back(detail::npy_header(tensor.array()));
  atomic_write(file, [&](const fs::path& temporary) {
    NewArchive archive(file);
    for (std::size_t i = 0; i < arrays.size(); ++i)
      archive.add(arrays[i].name, headers[i], arrays[i].tensor.array(), options.compress);
    detail::FileOutput out("data::write_npz", temporary, file);
    archive.write_to(out);
    out.close();
  });
}

}  // namespace xgrad::data
