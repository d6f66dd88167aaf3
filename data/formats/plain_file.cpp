#include "data/formats/detail/plain_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "tensor/error.hpp"

namespace xgrad::data::detail {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

void Input::fail(const std::string& what) const { xgrad::fail<IoError>(op_, place_ + what); }

PlainFile::PlainFile(const char* op, std::filesystem::path path, int flags) : op_(op), path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), flags | O_CLOEXEC | O_NONBLOCK);  // a pipe must not make us wait for its other end
  if (fd_ < 0) fail(errno == ENOENT ? "no such file" : "cannot be opened: " + reason(errno));
  struct stat info {};
  const bool regular = ::fstat(fd_, &info) == 0 && S_ISREG(info.st_mode);
  if (!regular) {
    ::close(fd_);
    fail(S_ISDIR(info.st_mode) ? "is a folder" : "is not a regular file");
  }
  size_ = static_cast<std::uint64_t>(info.st_size);
}

PlainFile::~PlainFile() { ::close(fd_); }

std::size_t PlainFile::read(void* out, std::size_t n, std::uint64_t at) const {
  std::size_t done = 0;
  while (done < n) {
    const ssize_t got = ::pread(fd_, static_cast<char*>(out) + done, n - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("cannot be read: " + reason(errno));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void PlainFile::write_front(const void* from, std::size_t n) const {
  const ssize_t put = ::pwrite(fd_, from, n, 0);
  if (put != static_cast<ssize_t>(n)) fail("cannot be written: " + (put < 0 ? reason(errno) : "cut short"));
}

void PlainFile::fail(const std::string& what) const { xgrad::fail<IoError>(op_, path_.string() + ": " + what); }

void FileInput::read(void* out, std::size_t n) {
  if (file_.read(out, n, at_) < n) fail("is truncated: it ends before byte " + std::to_string(at_ + n));
  at_ += n;
}

FileOutput::FileOutput(const char* op, const std::filesystem::path& temporary, std::filesystem::path target)
    : op_(op), target_(std::move(target)),
      fd_(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
  if (fd_ < 0) fail(errno);
}

FileOutput::~FileOutput() {
  if (fd_ >= 0) ::close(fd_);
}

void FileOutput::write(const void* from, std::size_t n) {
  const auto* bytes = static_cast<const char*>(from);
  while (n > 0) {
    const ssize_t put = ::write(fd_, bytes, n);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail(errno);
    bytes += put;
    n -= static_cast<std::size_t>(put);
  }
}

void FileOutput::close() {
  if (::close(std::exchange(fd_, -1)) != 0) fail(errno);
}

void FileOutput::fail(int error) const {
  xgrad::fail<IoError>(op_, target_.string() + ": cannot be written: " + reason(error));
}

}  // namespace xgrad::data::detail
