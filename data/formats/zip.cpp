#include "data/formats/zip.hpp"

#include <zip.h>

#include <algorithm>

#include "tensor/error.hpp"

namespace xgrad::data {
namespace {

constexpr zip_int64_t kMaxEntries = 10'000;
/// Weights hardly compress, and text seldom by more.
constexpr std::uint64_t kAlwaysAllowed = std::uint64_t{64} << 20, kMaxRatio = 16;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
  fail<IoError>("data::ZipReader", file.string() + ": " + what);
}

struct Entry {
  zip_uint64_t index, size, stored;
};

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};

/// For a text: names come from the file.
std::string printable(std::string_view name) {
  std::string out(name.substr(0, 80));
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return out;
}

}  // namespace

struct ZipReader::Open {
  std::filesystem::path path;
  std::unique_ptr<zip_t, CloseArchive> archive;
  std::map<std::string, Entry, std::less<>> entries;

  void list();
  void add(zip_uint64_t index);
};

void ZipReader::Open::add(zip_uint64_t index) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_stat_index(archive.get(), index, ZIP_FL_ENC_RAW, &stat) != 0) refuse(path, "an entry cannot be looked up");
  constexpr zip_uint64_t kNeeded =
      ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  if ((stat.valid & kNeeded) != kNeeded) refuse(path, "an entry is not described in full");
  const std::string name = stat.name;
  if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)
    refuse(path, "entry \"" + printable(name) + "\" is compressed in a way other than deflate");
  if (stat.encryption_method != ZIP_EM_NONE) refuse(path, "entry \"" + printable(name) + "\" is encrypted");
  if (!entries.emplace(name, Entry{index, stat.size, stat.comp_size}).second)
    refuse(path, "two entries are called \"" + printable(name) + "\"");
}

void ZipReader::Open::list() {
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  if (count < 0 || count > kMaxEntries)
    refuse(path, "has " + std::to_string(count) + " entries; expected at most " + std::to_string(kMaxEntries));
  for (zip_int64_t i = 0; i < count; ++i) add(static_cast<zip_uint64_t>(i));
}

ZipReader::ZipReader(const std::filesystem::path& file) : open_(std::make_unique<Open>()) {
  open_->path = file;
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) refuse(file, "no such file");
  if (!std::filesystem::is_regular_file(status)) refuse(file, "is not a regular file");
  int code = 0;
  open_->archive.reset(zip_open(file.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (!open_->archive) {
    zip_error_t reason;
    zip_error_init_with_code(&reason, code);
    const std::string text = zip_error_strerror(&reason);
    zip_error_fini(&reason);
    refuse(file, "is not a ZIP archive that can be read: " + text);
  }
  open_->list();
}

ZipReader::~ZipReader() = default;
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader& ZipReader::operator=(ZipReader&&) noexcept = default;

const std::filesystem::path& ZipReader::file() const { return open_->path; }

std::vector<std::string> ZipReader::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : open_->entries) names.push_back(name);
  return names;
}

bool ZipReader::has(std::string_view name) const { return open_->entries.find(name) != open_->entries.end(); }

std::string ZipReader::read(std::string_view name, std::uint64_t limit) const {
  const auto found = open_->entries.find(name);
  const std::string called = "entry \"" + printable(name) + "\" ";
  if (found == open_->entries.end()) refuse(open_->path, "has no " + called);
  const Entry& entry = found->second;
  if (entry.size > limit)
    refuse(open_->path, called + "is too large: got " + std::to_string(entry.size) + " bytes; expected at most " +
                            std::to_string(limit));
  if (entry.size > kAlwaysAllowed && (entry.size - kAlwaysAllowed) / kMaxRatio > entry.stored)
    refuse(open_->path, called + "declares " + std::to_string(entry.size) + " bytes, and " +
                            std::to_string(entry.stored) + " are stored");
  const std::unique_ptr<zip_file_t, CloseEntry> in(zip_fopen_index(open_->archive.get(), entry.index, 0));
  if (!in) refuse(open_->path, called + "cannot be opened: " + zip_strerror(open_->archive.get()));

  std::string content(entry.size, '\0');
  std::size_t have = 0;
  const auto more = [&](char* to, std::size_t bytes) {
    const zip_int64_t got = zip_fread(in.get(), to, bytes);
    if (got < 0) refuse(open_->path, called + "is damaged: " + zip_file_strerror(in.get()));
    return static_cast<std::size_t>(got);
  };
  while (have < content.size()) {
    const std::size_t got = more(content.data() + have, content.size() - have);
    if (got == 0) refuse(open_->path, called + "is shorter than it declares");
    have += got;
  }
  char beyond;  // the CRC is compared at the end
  if (more(&beyond, 1) != 0) refuse(open_->path, called + "is longer than it declares");
  return content;
}

}  // namespace xgrad::data
