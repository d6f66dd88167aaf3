#include "data/formats/idx.hpp"

#include <fmt/format.h>

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "data/formats/atomic.hpp"
#include "data/formats/detail/byte_source.hpp"
#include "tensor/error.hpp"

namespace xgrad::data {
namespace {

constexpr std::size_t kPiece = 1 << 20;         // bytes handled at a time; a multiple of every element's size
constexpr std::uint64_t kLargest = 1ULL << 47;  // bytes, as in checked_numel

template <class Unsigned>
Unsigned big_endian(const std::byte* in) {
  Unsigned value = 0;
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    value = static_cast<Unsigned>(value << 8 | std::to_integer<Unsigned>(in[i]));
  }
  return value;
}

template <class Unsigned>
void put_big_endian(Unsigned value, std::byte* out) {
  for (std::size_t i = sizeof(Unsigned); i-- > 0; value = static_cast<Unsigned>(value >> 8)) {
    out[i] = static_cast<std::byte>(value);
  }
}

/// Elements of the file, as bits of type Bits that mean a Stored, into elements of an array.
template <class Bits, class Stored, class To>
void decode(const std::byte* in, std::size_t count, void* out) {
  To* to = static_cast<To*>(out);
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = std::bit_cast<Stored>(big_endian<Bits>(in + i * sizeof(Bits)));
    to[i] = static_cast<To>(value);  // NOLINT(bugprone-signed-char-misuse): int8 keeps its sign
  }
}
template <class Bits, class Stored, class From>
void encode(const void* in, std::size_t count, std::byte* out) {
  const From* from = static_cast<const From*>(in);
  for (std::size_t i = 0; i < count; ++i) {
    put_big_endian(std::bit_cast<Bits>(static_cast<Stored>(from[i])), out + i * sizeof(Bits));
  }
}

/// One kind of element that a file may hold, and the dtype it is read into; `encode` for those that are written.
struct Kind {
  std::uint8_t code;
  DType dtype;
  std::size_t bytes;
  void (*decode)(const std::byte* in, std::size_t count, void* out);
  void (*encode)(const void* in, std::size_t count, std::byte* out) = nullptr;
};
template <class Bits, class T>
constexpr Kind both_ways(std::uint8_t code) {
  return {code, dtype_of<T>(), sizeof(T), decode<Bits, T, T>, encode<Bits, T, T>};
}
constexpr Kind kKinds[] = {
    both_ways<std::uint8_t, std::uint8_t>(0x08),
    {0x09, int64, 1, decode<std::uint8_t, std::int8_t, std::int64_t>},
    {0x0B, int64, 2, decode<std::uint16_t, std::int16_t, std::int64_t>},
    {0x0C, int64, 4, decode<std::uint32_t, std::int32_t, std::int64_t>,
     encode<std::uint32_t, std::int32_t, std::int64_t>},
    both_ways<std::uint32_t, float>(0x0D),
    both_ways<std::uint64_t, double>(0x0E),
};

/// The kind that elements of an array are written as.
const Kind& kind_for(DType dtype) {
  if (dtype == bool_) dtype = uint8;
  return *std::find_if(std::begin(kKinds), std::end(kKinds),
                       [&](const Kind& k) { return k.dtype == dtype && k.encode != nullptr; });
}

struct Header {
  const Kind* kind;
  Shape shape;
  std::uint64_t payload;  ///< bytes of all elements in the file
};

std::string describe(const Header& h) { return fmt::format("{} elements of {} bytes", h.shape.str(), h.kind->bytes); }

Header read_header(ByteSource& source) {
  std::byte magic[4];
  if (const std::size_t got = source.read(magic, 4); got < 4) {
    source.fail(fmt::format("truncated: got {} bytes; expected an IDX header", got));
  }
  const auto number = big_endian<std::uint32_t>(magic);
  const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                  [&](const Kind& k) { return k.code == std::to_integer<std::uint8_t>(magic[2]); });
  if (number > 0xFFFF || kind == std::end(kKinds)) {
    source.fail(fmt::format(
        "not an IDX file: got the magic number 0x{:08X}; expected 0x0000TTRR with TT one of 08, 09, 0B, 0C, "
        "0D, 0E and RR axes",
        number));
  }
  const std::size_t axes = number & 0xFF;
  if (axes > Shape::kMaxRank) source.fail(fmt::format("too many axes: got {}; expected at most 8", axes));

  std::byte bytes[4 * Shape::kMaxRank];
  if (const std::size_t got = source.read(bytes, 4 * axes); got < 4 * axes) {
    source.fail(fmt::format("truncated: got {} bytes of header; expected {} for {} axes", 4 + got, 4 + 4 * axes, axes));
  }
  Header header{kind, {}, 0};
  bool none = false;
  for (std::size_t i = 0; i < axes; ++i) {
    header.shape.push_back(big_endian<std::uint32_t>(bytes + 4 * i));
    none = none || header.shape.back() == 0;
  }
  if (none) return header;
  // Counted in what the elements become: int8 is read into int64.
  std::uint64_t room = kLargest / std::max(kind->bytes, size_of(kind->dtype));
  header.payload = kind->bytes;
  for (const std::int64_t size : header.shape) {
    const auto n = static_cast<std::uint64_t>(size);
    if (n > room) source.fail(fmt::format("the sizes overflow: got {}; expected at most 2^47 bytes", describe(header)));
    room /= n;
    header.payload *= n;
  }
  return header;
}

[[noreturn]] void fail_size(const ByteSource& source, const Header& header, std::string_view got) {
  source.fail(fmt::format("{} bytes after the header; expected {} for {}", got, header.payload, describe(header)));
}

/// A plain file shows at once whether it holds what its header declares.
void check_file_size(const ByteSource& source, const Header& header) {
  if (source.packed()) return;
  const std::uint64_t there = source.file_bytes() - 4 - 4 * static_cast<std::uint64_t>(header.shape.rank());
  if (there != header.payload) {
    fail_size(source, header, fmt::format("{}: got {}", there < header.payload ? "truncated" : "too long", there));
  }
}

std::size_t piece_bytes(std::uint64_t left) { return static_cast<std::size_t>(std::min<std::uint64_t>(left, kPiece)); }

/// One piece of the elements, all of it.
void read_piece(ByteSource& source, const Header& header, std::uint64_t done, std::byte* out, std::size_t n) {
  if (const std::size_t got = source.read(out, n); got < n) {
    fail_size(source, header, fmt::format("truncated: got {}", done + got));
  }
}

/// What a .gz unpacks to, in pieces: memory grows with what is really there.
std::vector<std::vector<std::byte>> unpack(ByteSource& source, const Header& header) {
  std::vector<std::vector<std::byte>> pieces;
  for (std::uint64_t done = 0; done < header.payload; done += pieces.back().size()) {
    std::vector<std::byte> piece(piece_bytes(header.payload - done));
    read_piece(source, header, done, piece.data(), piece.size());
    pieces.push_back(std::move(piece));
  }
  std::byte more;
  if (source.read(&more, 1) > 0) fail_size(source, header, fmt::format("too long: got more than {}", header.payload));
  return pieces;
}

void check_writable(const Array& array) {
  for (const std::int64_t size : array.shape()) {
    if (size > std::numeric_limits<std::uint32_t>::max()) {
      fail<ValueError>("data::write_idx", fmt::format("an axis is too long for IDX: got {}; expected sizes below 2^32",
                                                      array.shape().str()));
    }
  }
  if (array.dtype() != int64) return;
  for (const std::int64_t v : array.values<std::int64_t>()) {
    if (v != static_cast<std::int32_t>(v)) {
      fail<ValueError>("data::write_idx", fmt::format("IDX has no integers beyond 32 bits: got {}", v));
    }
  }
}

/// A file being written, packed or not; IoError names `target`.
class Output {
 public:
  Output(const std::filesystem::path& file, const std::filesystem::path& target, bool packed)
      : target_(target), out_(gzopen(file.c_str(), packed ? "wb" : "wbT")) {
    if (!out_) fail_write();
  }
  ~Output() {
    if (out_) gzclose(out_);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void write(const std::vector<std::byte>& bytes) {
    if (bytes.empty()) return;
    if (gzwrite(out_, bytes.data(), static_cast<unsigned>(bytes.size())) <= 0) fail_write();
  }
  void close() {
    if (gzclose(std::exchange(out_, nullptr)) != Z_OK) fail_write();
  }

 private:
  [[noreturn]] void fail_write() const {
    fail<IoError>("data::write_idx",
                  fmt::format("{}: cannot be written: {}", target_.string(), std::generic_category().message(errno)));
  }

  const std::filesystem::path& target_;
  gzFile out_;
};

}  // namespace

IdxInfo read_idx_info(const std::filesystem::path& file) {
  ByteSource source("data::read_idx_info", file);
  const Header header = read_header(source);
  check_file_size(source, header);
  return {header.kind->dtype, header.shape};
}

Array read_idx(const std::filesystem::path& file) {
  ByteSource source("data::read_idx", file);
  const Header header = read_header(source);
  check_file_size(source, header);
  const Kind& kind = *header.kind;

  std::vector<std::vector<std::byte>> pieces;
  if (source.packed()) pieces = unpack(source, header);
  Array array = Array::empty(header.shape, kind.dtype);
  auto* out = static_cast<std::byte*>(array.mutable_raw());
  const auto take = [&](const std::vector<std::byte>& piece) {
    const std::size_t count = piece.size() / kind.bytes;
    kind.decode(piece.data(), count, out);
    out += count * size_of(kind.dtype);
  };
  if (source.packed()) {
    for (auto& piece : pieces) {
      take(piece);
      piece = {};
    }
    return array;
  }
  std::vector<std::byte> piece;
  for (std::uint64_t done = 0; done < header.payload; done += piece.size()) {
    piece.resize(piece_bytes(header.payload - done));
    read_piece(source, header, done, piece.data(), piece.size());
    take(piece);
  }
  return array;
}

void write_idx(const std::filesystem::path& file, const Array& array) {
  check_writable(array);
  const Kind& kind = kind_for(array.dtype());
  atomic_write(file, [&](const std::filesystem::path& temporary) {
    Output out(temporary, file, file.extension() == ".gz");
    std::vector<std::byte> bytes(4 + 4 * static_cast<std::size_t>(array.dim()));
    put_big_endian(static_cast<std::uint32_t>(kind.code << 8 | array.dim()), bytes.data());
    std::byte* size_at = bytes.data() + 4;
    for (const std::int64_t size : array.shape()) {
      put_big_endian(static_cast<std::uint32_t>(size), size_at);
      size_at += 4;
    }
    out.write(bytes);
    const auto* in = static_cast<const std::byte*>(array.raw());
    auto left = static_cast<std::size_t>(array.numel());
    while (left > 0) {
      const std::size_t count = std::min(left, kPiece / kind.bytes);
      bytes.resize(count * kind.bytes);
      kind.encode(in, count, bytes.data());
      out.write(bytes);
      in += count * size_of(array.dtype());
      left -= count;
    }
    out.close();
  });
}

}  // namespace xgrad::data
