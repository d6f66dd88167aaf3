#include "data/formats/detail/byte_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>
#include <system_error>
#include <utility>

#include "tensor/error.hpp"

namespace xgrad::data {
namespace {
constexpr std::size_t kPackedBytes = 1 << 16;
constexpr int kGzipOnly = 16 + MAX_WBITS;
}  // namespace

ByteSource::ByteSource(std::string_view op, std::filesystem::path file) : op_(op), file_(std::move(file)) {
  std::error_code error;
  const auto status = std::filesystem::status(file_, error);
  if (!std::filesystem::exists(status)) fail(error ? error.message() : "no such file");
  if (!std::filesystem::is_regular_file(status)) {
    fail(std::filesystem::is_directory(status) ? "is a folder; expected a file" : "is not a regular file");
  }
  file_bytes_ = std::filesystem::file_size(file_, error);
  if (error) fail(error.message());
  errno = 0;
  in_.open(file_, std::ios::binary);
  if (!in_) fail(fmt::format("cannot be opened: {}", std::generic_category().message(errno)));

  char first[2] = {};
  packed_ = in_.read(first, 2) && first[0] == '\x1f' && first[1] == '\x8b';
  in_.clear();
  in_.seekg(0);
  if (packed_) {
    packed_bytes_.resize(kPackedBytes);
    if (inflateInit2(&inflater_, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
}

ByteSource::~ByteSource() {
  if (packed_) inflateEnd(&inflater_);
}

void ByteSource::fail(std::string_view what) const {
  xgrad::fail<IoError>(op_, fmt::format("{}: {}", file_.string(), what));
}

std::size_t ByteSource::read_plain(void* out, std::size_t n) {
  in_.read(static_cast<char*>(out), static_cast<std::streamsize>(n));
  if (in_.bad()) fail("reading failed");
  return static_cast<std::size_t>(in_.gcount());
}

/// More packed bytes for the inflater; false at the end of the file.
bool ByteSource::fill() {
  const std::size_t got = read_plain(packed_bytes_.data(), packed_bytes_.size());
  inflater_.next_in = packed_bytes_.data();
  inflater_.avail_in = static_cast<uInt>(got);
  return got > 0;
}

std::size_t ByteSource::inflate_some(void* out, std::size_t n) {
  inflater_.next_out = static_cast<unsigned char*>(out);
  inflater_.avail_out = static_cast<uInt>(n);
  while (inflater_.avail_out > 0) {
    if (inflater_.avail_in == 0 && !fill()) {
      if (member_done_) break;
      fail("truncated: the .gz ends in the middle of its data");
    }
    if (member_done_) {  // bytes follow: they must be another member
      if (*inflater_.next_in != 0x1f) fail("damaged .gz: it goes on after the end of its data");
      inflateReset(&inflater_);
      member_done_ = false;
    }
    const int result = inflate(&inflater_, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result == Z_STREAM_END) member_done_ = true;
    else if (result != Z_OK && result != Z_BUF_ERROR) {
      fail(fmt::format("damaged .gz: {}", inflater_.msg ? inflater_.msg : "not readable"));
    }
  }
  return n - inflater_.avail_out;
}

std::size_t ByteSource::read(void* out, std::size_t n) {
  if (!packed_) return read_plain(out, n);
  std::size_t done = 0;
  while (done < n) {
    const std::size_t step = std::min<std::size_t>(n - done, std::numeric_limits<uInt>::max());
    const std::size_t got = inflate_some(static_cast<char*>(out) + done, step);
    done += got;
    if (got < step) break;
  }
  return done;
}

}  // namespace xgrad::data
