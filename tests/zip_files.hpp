#pragma once
// ZIP archives for tests, byte by byte, so that they can be wrong.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace xgrad::test {

inline std::uint32_t crc32_of(const std::string& bytes) {
  std::uint32_t crc = ~0u;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1u)));
  }
  return ~crc;
}

/// A stored entry; what the archive says of it may be made wrong.
struct ZipEntry {
  std::string name, content;
  int method = 0, flags = 0;
  std::int64_t declared = -1;  ///< bytes; by default those of the content
  std::uint32_t crc_error = 0;
};

inline std::string zip_of(const std::vector<ZipEntry>& entries) {
  const auto little = [](std::string& out, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  };
  std::string files, directory;
  for (const ZipEntry& e : entries) {
    std::string common;  // what both headers say
    little(common, 20, 2);
    little(common, static_cast<std::uint64_t>(e.flags), 2);
    little(common, static_cast<std::uint64_t>(e.method), 2);
    little(common, 0x21 << 16, 4);  // the first of January 1980
    little(common, crc32_of(e.content) ^ e.crc_error, 4);
    little(common, e.content.size(), 4);
    little(common, e.declared < 0 ? e.content.size() : static_cast<std::uint64_t>(e.declared), 4);
    little(common, e.name.size(), 2);
    little(common, 0, 2);
    little(directory, 0x02014b50, 4);
    little(directory, 20, 2);
    directory += common;
    little(directory, 0, 2);
    little(directory, 0, 4);
    little(directory, 0, 4);
    little(directory, files.size(), 4);
    directory += e.name;
    little(files, 0x04034b50, 4);
    files += common + e.name + e.content;
  }
  std::string end;
  little(end, 0x06054b50, 4);
  little(end, 0, 4);
  little(end, entries.size(), 2);
  little(end, entries.size(), 2);
  little(end, directory.size(), 4);
  little(end, files.size(), 4);
  little(end, 0, 2);
  return files + directory + end;
}

}  // namespace xgrad::test
