#include "data/formats/atomic.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "data/formats/detail/descriptor.hpp"
#include "tensor/error.hpp"

namespace xgrad::data {
namespace {

namespace fs = std::filesystem;
using detail::Descriptor;

constexpr int kMaxLinks = 40;          // as the kernel has it
constexpr std::size_t kMaxName = 255;  // bytes of a file name
constexpr const char* kMark = ".tmp-";

[[noreturn]] void refuse(const fs::path& file, const std::string& what) {
  fail<IoError>("data::atomic_write", file.string() + ": " + what);
}
[[noreturn]] void refuse(const fs::path& file, const std::string& what, int error) {
  refuse(file, what + ": " + std::generic_category().message(error));
}

/// The file that a chain of symbolic links leads to, which need not exist.
fs::path resolved(const fs::path& target) {
  fs::path file = target;
  std::error_code error;
  for (int i = 0; fs::is_symlink(fs::symlink_status(file, error)); ++i) {
    if (i == kMaxLinks) refuse(target, "too many symbolic links");
    const fs::path next = fs::read_symlink(file, error);
    if (error) refuse(target, "cannot follow the link", error.value());
    file = next.is_absolute() ? next : file.parent_path() / next;
  }
  return file;
}

/// The permissions of the file to replace, if there is one; refuses what cannot or must not be replaced.
std::optional<mode_t> mode_of(const fs::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) {
    if (errno == ENOENT) return {};
    refuse(file, "cannot be replaced", errno);
  }
  if (S_ISDIR(info.st_mode)) refuse(file, "is a folder");
  if (!S_ISREG(info.st_mode)) refuse(file, "is not a regular file");
  if (::faccessat(AT_FDCWD, file.c_str(), W_OK, AT_EACCESS) != 0) refuse(file, "cannot be replaced", errno);
  return info.st_mode & 07777;
}

/// Whether the path leads to the open file.
bool leads_to(const fs::path& path, const Descriptor& open) noexcept {
  struct stat there {};
  struct stat here {};
  return ::stat(path.c_str(), &there) == 0 && ::fstat(open.get(), &here) == 0 && there.st_dev == here.st_dev &&
         there.st_ino == here.st_ino;
}

/// The part of a temporary's name that tells whose it is; all of the name is at most kMaxName bytes.
std::string temporary_name(const fs::path& file, const std::string& tail) {
  return file.filename().string().substr(0, kMaxName - tail.size()) + tail;
}

/// Creates an empty file beside `file` under a name nobody else has, and removes it unless it was renamed. Until then
/// it is locked (shared, for HDF5 readers lock so too), by which others tell it from one that a killed process left.
class Temporary {
 public:
  Temporary(const fs::path& file, std::optional<mode_t> mode) {
    static std::atomic<std::uint64_t> counter{0};
    for (;;) {
      const std::string tail = kMark + std::to_string(::getpid()) + "-" + std::to_string(counter++);
      path_ = file.parent_path() / temporary_name(file, tail);
      open_ = Descriptor(
          ::open(path_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode ? *mode | S_IWUSR | S_IRUSR : 0666));
      if (open_.get() < 0) {
        if (errno != EEXIST) refuse(file, "cannot be written", errno);
        continue;
      }
      // Between the two calls somebody may take it for left behind; where there are no locks nobody removes anything.
      if (::flock(open_.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) continue;
      if (leads_to(path_, open_)) return;
    }
  }
  ~Temporary() {
    if (!renamed_) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  const fs::path& path() const noexcept { return path_; }
  void rename_to(const fs::path& file) {
    if (std::rename(path_.c_str(), file.c_str()) != 0) refuse(file, "cannot be replaced", errno);
    renamed_ = true;
    open_ = Descriptor();
  }

 private:
  fs::path path_;
  Descriptor open_;
  bool renamed_ = false;
};

/// Whether `name` is what a temporary of `file` is called: "<name>.tmp-<process>-<number>".
bool is_temporary(const std::string& name, const fs::path& file) {
  const std::size_t mark = name.rfind(kMark);
  if (mark == name.npos) return false;
  const std::string tail = name.substr(mark);
  const std::string_view numbers = std::string_view(tail).substr(std::string_view(kMark).size());
  const std::size_t dash = numbers.find('-');
  return dash != 0 && dash != numbers.npos && dash + 1 < numbers.size() &&
         numbers.find('-', dash + 1) == numbers.npos && numbers.find_first_not_of("0123456789-") == numbers.npos &&
         name == temporary_name(file, tail);
}

/// Removes the temporaries of `file` whose makers were killed: those that nobody has locked.
void remove_leftovers(const fs::path& folder, const fs::path& file) {
  // Not std::filesystem: libstdc++ ends the program where directory_iterator runs out of memory.
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(folder.c_str()), ::closedir);
  while (const dirent* entry = entries ? ::readdir(entries.get()) : nullptr) {
    if (!is_temporary(entry->d_name, file)) continue;
    const fs::path path = folder / entry->d_name;
    const Descriptor open(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat info {};
    if (open.get() < 0 || ::fstat(open.get(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    if (::flock(open.get(), LOCK_EX | LOCK_NB) == 0 && leads_to(path, open)) ::unlink(path.c_str());
  }
}

/// To disk with the content, and with the old file's permissions when there was one.
void synchronise_file(const fs::path& temporary, const fs::path& file, std::optional<mode_t> mode) {
  const Descriptor open(::open(temporary.c_str(), O_RDONLY | O_CLOEXEC));
  if (open.get() < 0) refuse(file, "the new content cannot be opened", errno);
  if (mode && ::fchmod(open.get(), *mode) != 0) refuse(file, "the permissions cannot be kept", errno);
  if (::fsync(open.get()) != 0) refuse(file, "cannot be written to disk", errno);
}

void synchronise_folder(const fs::path& folder, const fs::path& file) {
  const Descriptor open(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (open.get() < 0 && errno == EACCES) return;  // a folder one may write to but not list
  if (open.get() < 0) refuse(file, "is written, but its folder cannot be synchronised", errno);
  // Some network file systems know no fsync of folders; a rename there is as durable as it gets.
  if (::fsync(open.get()) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS)
    refuse(file, "is written, but its folder cannot be synchronised", errno);
}

}  // namespace

void atomic_write(const fs::path& target, const std::function<void(const fs::path& temporary)>& write) {
  if (target.filename().empty() || target.filename() == "." || target.filename() == "..")
    refuse(target, "is not the name of a file");
  const fs::path file = resolved(target);
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const auto mode = mode_of(file);
  remove_leftovers(folder, file);
  Temporary temporary(file, mode);
  write(temporary.path());
  synchronise_file(temporary.path(), file, mode);
  temporary.rename_to(file);
  synchronise_folder(folder, file);
}

}  // namespace xgrad::data
