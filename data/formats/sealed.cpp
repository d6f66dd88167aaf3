#include "data/formats/sealed.hpp"

#include <fcntl.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "data/formats/atomic.hpp"
#include "data/formats/detail/hdf5_source.hpp"
#include "data/formats/detail/plain_file.hpp"
#include "tensor/error.hpp"

namespace xgrad::data {
namespace {

namespace fs = std::filesystem;

// The seal: 512 bytes, numbers little-endian. It is the same for every format number, now and later.
constexpr std::size_t kSealBytes = 512;
constexpr std::array<unsigned char, 8> kMagic{0x89, 'X', 'G', 'R', '\r', '\n', 0x1a, '\n'};
constexpr std::size_t kFormatAt = 8;   // u32
constexpr std::size_t kSizeAt = 12;    // u32: kSealBytes
constexpr std::size_t kLengthAt = 16;  // u64: bytes after the seal
constexpr std::size_t kHashAt = 24;    // 16 bytes: XXH3-128, canonical, of the file with these 16 bytes as zeros
constexpr std::size_t kHashBytes = 16;
constexpr std::size_t kBlock = std::size_t{1} << 17;  // stays in the cache between reading and hashing

using SealBytes = std::array<unsigned char, kSealBytes>;
using Hash = std::array<unsigned char, kHashBytes>;

[[noreturn]] void refuse(const char* op, const fs::path& file, const std::string& what) {
  fail<IoError>(op, file.string() + ": " + what);
}

template <class T>
void put(SealBytes& seal, std::size_t at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) seal[at + i] = static_cast<unsigned char>(value >> (8 * i));
}
template <class T>
T get(const SealBytes& seal, std::size_t at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(static_cast<T>(seal[at + i]) << (8 * i));
  return value;
}

using File = detail::PlainFile;

/// The hash of a file that begins with `seal`, whatever its hash bytes are now.
Hash hash_of(const File& file, SealBytes seal) {
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(), XXH3_freeState);
  if (!state || XXH3_128bits_reset(state.get()) != XXH_OK) throw std::bad_alloc();
  std::fill_n(seal.begin() + kHashAt, kHashBytes, static_cast<unsigned char>(0));
  XXH3_128bits_update(state.get(), seal.data(), seal.size());
  std::vector<unsigned char> block(std::min<std::uint64_t>(kBlock, std::max<std::uint64_t>(file.size(), 1)));
  for (std::uint64_t at = kSealBytes;;) {
    const std::size_t got = file.read(block.data(), block.size(), at);
    if (got == 0) break;
    XXH3_128bits_update(state.get(), block.data(), got);
    at += got;
  }
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state.get()));
  Hash hash;
  std::memcpy(hash.data(), canonical.digest, hash.size());
  return hash;
}

struct Findings {
  Seal seal;
  std::uint32_t format = 0;
  std::uint64_t expected = 0;  // bytes of the whole file, where the seal could be read
  bool hdf5 = false;           // a foreign file that begins as HDF5 does
};

Findings examine(const File& file) {
  SealBytes seal{};
  const std::size_t got = file.read(seal.data(), seal.size(), 0);
  const std::size_t known = std::min(got, kMagic.size());
  if (!std::equal(kMagic.begin(), kMagic.begin() + static_cast<std::ptrdiff_t>(known), seal.begin()))
    return {.seal = Seal::foreign, .hdf5 = got >= 8 && std::memcmp(seal.data(), "\x89HDF\r\n\x1a\n", 8) == 0};
  if (got < kSealBytes) return {.seal = Seal::truncated, .expected = kSealBytes};
  const auto length = get<std::uint64_t>(seal, kLengthAt);
  Findings found{.seal = Seal::damaged, .format = get<std::uint32_t>(seal, kFormatAt), .expected = length + kSealBytes};
  if (get<std::uint32_t>(seal, kSizeAt) != kSealBytes || found.expected < length) return found;
  if (file.size() < found.expected) found.seal = Seal::truncated;
  else if (file.size() > found.expected) found.seal = Seal::overlong;
  else if (std::memcmp(hash_of(file, seal).data(), seal.data() + kHashAt, kHashBytes) == 0) found.seal = Seal::whole;
  return found;
}

std::string bytes(std::uint64_t n) { return std::to_string(n) + " bytes"; }

void require_whole(const fs::path& path, const File& file, const Findings& found, std::uint32_t newest,
                   std::string_view kind) {
  constexpr const char* op = "data::open_sealed";
  const std::string sizes = "got " + bytes(file.size()) + "; expected " +
                            (found.expected > kSealBytes ? "" : "at least ") + bytes(found.expected);
  switch (found.seal) {
    case Seal::foreign:
      refuse(
          op, path,
          "is not " + std::string(kind) + (found.hdf5 ? " but a plain HDF5 file (data::Hdf5Reader reads those)" : ""));
    case Seal::truncated: refuse(op, path, "is truncated: " + sizes);
    case Seal::overlong: refuse(op, path, "has bytes after its end: " + sizes);
    case Seal::damaged:
      refuse(op, path, "is damaged: its content does not match its hash (or another program has changed it)");
    case Seal::whole: break;
  }
  if (found.format > newest)
    refuse(op, path,
           "has a newer format: got version " + std::to_string(found.format) + "; this xgrad reads up to " +
               std::to_string(newest) + ". Update xgrad to read it");
}

}  // namespace

Seal check_seal(const fs::path& file) { return examine(File("data::check_seal", file, O_RDONLY)).seal; }

void write_sealed(const fs::path& file, std::uint32_t format, const std::function<void(Hdf5Writer&)>& fill) {
  atomic_write(file, [&](const fs::path& temporary) {
    {
      Hdf5Writer writer(temporary, kSealBytes);
      fill(writer);
      writer.close();
    }
    const File written("data::write_sealed", temporary, O_RDWR);
    SealBytes seal{};
    std::copy(kMagic.begin(), kMagic.end(), seal.begin());
    put<std::uint32_t>(seal, kFormatAt, format);
    put<std::uint32_t>(seal, kSizeAt, kSealBytes);
    put<std::uint64_t>(seal, kLengthAt, written.size() - kSealBytes);
    const Hash hash = hash_of(written, seal);
    std::copy(hash.begin(), hash.end(), seal.begin() + kHashAt);
    written.write_front(seal.data(), seal.size());
  });
}

Hdf5Reader open_sealed(const fs::path& file, std::uint32_t newest, std::string_view kind) {
  auto checked = std::make_unique<File>("data::open_sealed", file, O_RDONLY);
  require_whole(file, *checked, examine(*checked), newest, kind);
  return Hdf5Reader(detail::guarded_source(std::move(checked)));  // this very file, whatever stands at the path now
}

}  // namespace xgrad::data
