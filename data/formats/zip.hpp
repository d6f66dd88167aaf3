#pragma once
/// ZIP archives, for reading.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace xgrad::data {

namespace detail {
class ZipInput;
}

/// What an archive says of one of its entries.
struct ZipEntry {
  std::string name;
  std::uint64_t size;    ///< bytes, unpacked
  std::uint64_t stored;  ///< bytes, as it stands in the archive
  std::uint64_t index;
};

/// An open ZIP archive, taken to be hostile: entries are stored or deflated and not encrypted; none claims more than
/// deflate can pack, 1032 bytes in one, nor all together more bytes than the file has; no name comes twice. Names are
/// keys and never become paths. (Not for several threads at once.)
class ZipReader {
 public:
  /// Throws IoError, beginning with `op` and naming the file, when it is missing, no archive, damaged, or refused for
  /// one of these reasons.
  explicit ZipReader(const std::filesystem::path& file, const char* op = "data::ZipReader");
  ~ZipReader();
  ZipReader(ZipReader&&) noexcept;
  ZipReader& operator=(ZipReader&&) noexcept;

  const std::filesystem::path& file() const;
  /// In the order that they have there.
  const std::vector<ZipEntry>& entries() const;
  bool has(std::string_view name) const;
  /// The whole content of an entry. IoError when there is none of that name, it declares more than `limit` bytes or
  /// more than 64 MiB and 16 times what is stored (a bomb), is of another size than it declares, or fails its CRC.
  std::string read(std::string_view name, std::uint64_t limit) const;

 private:
  friend class detail::ZipInput;
  struct Open;
  std::unique_ptr<Open> open_;
};

}  // namespace xgrad::data
