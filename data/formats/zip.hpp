#pragma once
/// ZIP archives, for reading.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace xgrad::data {

/// An open ZIP archive, taken to be hostile: at most 10,000 entries, no name twice, entries stored or deflated and not
/// encrypted. Names are keys and never become paths. (Not for several threads at once.)
class ZipReader {
 public:
  /// Throws IoError, naming the file, when it is missing, no archive, damaged, or refused for one of these reasons.
  explicit ZipReader(const std::filesystem::path& file);
  ~ZipReader();
  ZipReader(ZipReader&&) noexcept;
  ZipReader& operator=(ZipReader&&) noexcept;

  const std::filesystem::path& file() const;
  /// Sorted.
  std::vector<std::string> names() const;
  bool has(std::string_view name) const;
  /// The whole content of an entry. IoError when there is none of that name, it declares more than `limit` bytes or
  /// more than 64 MiB and 16 times what is stored (a bomb), is of another size than it declares, or fails its CRC.
  std::string read(std::string_view name, std::uint64_t limit) const;

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

}  // namespace xgrad::data
