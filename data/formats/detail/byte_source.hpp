#pragma once
/// Reading a file front to back, unpacked on the way when it is gzip's. Private: zlib is included here.

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace xgrad::data {

/// The bytes of a file, or what they unpack to when the file begins as gzip's do, whatever its name (browsers like to
/// unpack a download and keep the name). Several gzip members in a row are read as one; checksums are verified. Its
/// errors are IoErrors that name the operation and the file.
class ByteSource {
 public:
  /// Opens the file. Throws IoError unless it is a regular file that can be read.
  ByteSource(std::string_view op, std::filesystem::path file);
  ~ByteSource();
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  bool packed() const noexcept { return packed_; }
  /// Bytes of the file itself.
  std::uint64_t file_bytes() const noexcept { return file_bytes_; }
  /// The next `n` bytes; fewer only at the end. Throws IoError when the file cannot be read or a .gz is damaged.
  std::size_t read(void* out, std::size_t n);
  /// Throws the IoError "op: file: what".
  [[noreturn]] void fail(std::string_view what) const;

 private:
  bool fill();
  std::size_t read_plain(void* out, std::size_t n);
  std::size_t inflate_some(void* out, std::size_t n);

  std::string op_;
  std::filesystem::path file_;
  std::ifstream in_;
  std::uint64_t file_bytes_ = 0;
  bool packed_ = false;
  bool member_done_ = false;  ///< the gzip member being unpacked has ended, checksum and all
  z_stream inflater_{};
  std::vector<unsigned char> packed_bytes_;
};

}  // namespace xgrad::data
