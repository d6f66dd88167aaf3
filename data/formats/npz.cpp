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
#include "data/formats/npy.hpp"
#include "tensor/error.hpp"

namespace xgrad::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kReading = "data::read_npz";
constexpr std::string_view kExtension = ".npy";
constexpr std::uint64_t kTightest = 1032;             // deflate packs no more bytes into one
constexpr std::size_t kMaxName = 65535 - 4;           // bytes, as zip has it, with the extension
constexpr zip_uint16_t kNoDate = 1 << 5 | 1;          // 1980-01-01, as NumPy
constexpr std::size_t kPiece = std::size_t{1} << 20;  // bytes copied at a time

std::string printable(std::string_view name) {
  std::string out(name.substr(0, 80));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return out;
}

/// libzip's own words for an error.
class ZipError {
 public:
  explicit ZipError(int code) { zip_error_init_with_code(&error_, code); }
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

struct Entry {
  zip_uint64_t index;
  std::string stored_name, name;
  std::uint64_t size, packed;
};

class Archive {
 public:
  explicit Archive(const fs::path& file) : file_(file), bytes_(size_of(file)) {
    int code = 0;
    zip_.reset(zip_open(file.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
    if (!zip_) fail("is not a .npz file, or a damaged one: " + ZipError(code).text());
  }

  std::vector<Entry> entries() const {
    const zip_int64_t count = zip_get_num_entries(zip_.get(), 0);
    std::vector<Entry> out;
    std::set<std::string> used;
    std::uint64_t packed = 0;
    for (zip_int64_t i = 0; i < count; ++i) {
      Entry entry = examined(static_cast<zip_uint64_t>(i));
      packed += entry.packed;  // each at most the file's size: no overflow for 2^16 times that, and zip64 is checked
      if (packed > bytes_) fail("is damaged: its entries claim more bytes than it has");
      if (!used.insert(entry.name).second)
        fail(fmt::format("holds two arrays of one name: '{}'", printable(entry.name)));
      out.push_back(std::move(entry));
    }
    return out;
  }

  zip_t* get() const { return zip_.get(); }
  const fs::path& file() const { return file_; }
  [[noreturn]] void fail(const std::string& what) const {
    xgrad::fail<IoError>(kReading, file_.string() + ": " + what);
  }

 private:
  static std::uint64_t size_of(const fs::path& file) {
    return detail::PlainFile(kReading, file, 0).size();  // and refuses what is no file
  }

  Entry examined(zip_uint64_t index) const {
    zip_stat_t stat;
    zip_stat_init(&stat);
    constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if (zip_stat_index(zip_.get(), index, 0, &stat) != 0 || (stat.valid & kNeeded) != kNeeded)
      fail(fmt::format("is damaged: entry {} cannot be examined", index));
    Entry entry{index, stat.name, stat.name, stat.size, stat.comp_size};
    if (entry.name.ends_with(kExtension)) entry.name.resize(entry.name.size() - kExtension.size());
    const auto refuse = [&](const std::string& what) {
      fail(fmt::format("entry '{}' {}", printable(entry.stored_name), what));
    };
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE) refuse("is encrypted");
    if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)
      refuse(fmt::format("is packed by method {}; expected stored (0) or deflated (8)", stat.comp_method));
    const std::uint64_t most = stat.comp_method == ZIP_CM_STORE ? 1 : kTightest;
    if (entry.packed > bytes_ || entry.size / most > entry.packed)
      refuse(fmt::format("claims {} bytes, packed into {}, in a file of {}", entry.size, entry.packed, bytes_));
    return entry;
  }

  struct Discard {
    void operator()(zip_t* zip) const noexcept { zip_discard(zip); }
  };
  fs::path file_;
  std::uint64_t bytes_;
  std::unique_ptr<zip_t, Discard> zip_;
};

class EntryInput : public detail::Input {
 public:
  EntryInput(const Archive& archive, const Entry& entry)
      : Input(kReading, fmt::format("{}: entry '{}' ", archive.file().string(), printable(entry.stored_name))),
        file_(zip_fopen_index(archive.get(), entry.index, 0)) {
    if (!file_) fail("cannot be opened: " + std::string(zip_strerror(archive.get())));
  }

  void read(void* out, std::size_t n) override {
    auto* to = static_cast<char*>(out);
    while (n > 0) {
      const zip_int64_t got = zip_fread(file_.get(), to, n);
      if (got < 0) fail("is damaged: " + std::string(zip_file_strerror(file_.get())));
      if (got == 0) fail("is truncated");
      to += got;
      n -= static_cast<std::size_t>(got);
    }
  }
  /// Reads to the end, where the checksum is compared.
  void finish() {
    char more = 0;
    const zip_int64_t got = zip_fread(file_.get(), &more, 1);
    if (got < 0) fail("is damaged: " + std::string(zip_file_strerror(file_.get())));
    if (got > 0) fail("is longer than it claims");
  }

 private:
  struct Close {
    void operator()(zip_file_t* file) const noexcept { zip_fclose(file); }
  };
  std::unique_ptr<zip_file_t, Close> file_;
};

// ---- writing -----------------------------------------------------------------------------------------------------

void check_names(const std::vector<NamedTensor>& arrays) {
  std::set<std::string_view> used;
  for (const auto& [name, tensor] : arrays) {
    if (name.empty() || name.size() > kMaxName || name.find('\0') != name.npos)
      fail<ValueError>("data::write_npz", fmt::format("a name cannot stand in an archive: got '{}'; expected 1 to {} "
                                                      "bytes without NUL",
                                                      printable(name), kMaxName));
    if (!used.insert(name).second)
      fail<ValueError>("data::write_npz", fmt::format("two arrays have one name: got '{}' twice", printable(name)));
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
  const Archive archive(file);
  std::vector<NamedTensor> out;
  for (const Entry& entry : archive.entries()) {
    EntryInput in(archive, entry);
    Array array = detail::read_npy(in, entry.size);
    in.finish();
    out.push_back({entry.name, Tensor(std::move(array))});
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
