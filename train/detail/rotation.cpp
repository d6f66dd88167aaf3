#include "train/detail/rotation.hpp"

#include <string>
#include <system_error>

#include "data/formats/atomic.hpp"
#include "data/formats/sealed.hpp"
#include "tensor/error.hpp"

namespace xgrad::train::detail {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kLookedFor = 100;  // older ones, where the newest is damaged

}  // namespace

fs::path older(const fs::path& file, std::int64_t i) {
  if (i == 0) return file;
  fs::path name = file.stem();
  name += "." + std::to_string(i);
  name += file.extension();
  return file.parent_path() / name;
}

void also_call(const fs::path& file, const fs::path& name) {
  fs::path temporary = name;
  temporary += ".link";
  std::error_code error;
  fs::remove(temporary, error);
  fs::create_hard_link(fs::canonical(file), temporary, error);
  if (!error) fs::rename(temporary, name, error);
  if (!error) {
    fs::remove(temporary, error);  // which a rename of one file over itself leaves
    return;
  }
  fs::remove(temporary, error);
  data::atomic_write(name, [&](const fs::path& copy) {  // a file system without links
    std::error_code failed;
    fs::copy_file(file, copy, fs::copy_options::overwrite_existing, failed);
    if (failed) fail<IoError>("train::fit", name.string() + ": cannot be written: " + failed.message());
  });
}

void rotate(const fs::path& file, std::int64_t keep) {
  if (keep < 2 || !fs::exists(file)) return;
  std::error_code none;  // a missing one is no trouble
  for (std::int64_t i = keep - 1; i >= 2; --i) fs::rename(older(file, i - 1), older(file, i), none);
  also_call(file, older(file, 1));
}

fs::path newest_whole(const fs::path& file) {
  if (data::check_seal(file) == data::Seal::whole) return file;
  for (std::int64_t i = 1; i <= kLookedFor; ++i) {
    const fs::path candidate = older(file, i);
    if (fs::is_regular_file(candidate) && data::check_seal(candidate) == data::Seal::whole) return candidate;
  }
  return file;
}

}  // namespace xgrad::train::detail
