#include "data/formats/zip.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <map>

#include "data/formats/detail/utf8.hpp"
#include "data/formats/detail/zip_input.hpp"
#include "tensor/error.hpp"

namespace xgrad::data {
namespace {

constexpr std::uint64_t kTightest = 1032;  // deflate packs no more bytes into one
/// Of what is read whole: weights hardly compress, and text seldom by more.
constexpr std::uint64_t kAlwaysAllowed = std::uint64_t{64} << 20, kMaxRatio = 16;

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};

std::string called(std::string_view name) { return fmt::format("entry '{}'", detail::printable(name, 80)); }

}  // namespace

struct ZipReader::Open {
  const char* op;
  std::filesystem::path path;
  std::uint64_t bytes = 0;
  std::unique_ptr<zip_t, CloseArchive> archive;
  std::vector<ZipEntry> entries;
  std::map<std::string, std::size_t, std::less<>> by_name;

  void list();
  ZipEntry examined(zip_uint64_t index) const;
  [[noreturn]] void refuse(const std::string& what) const { fail<IoError>(op, path.string() + ": " + what); }
};

ZipEntry ZipReader::Open::examined(zip_uint64_t index) const {
  zip_stat_t stat;
  zip_stat_init(&stat);
  constexpr zip_uint64_t kNeeded =
      ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  if (zip_stat_index(archive.get(), index, 0, &stat) != 0 || (stat.valid & kNeeded) != kNeeded)
    refuse(fmt::format("is damaged: entry {} cannot be examined", index));
  ZipEntry entry{stat.name, stat.size, stat.comp_size, index};
  const auto refuse_it = [&](const std::string& what) { refuse(called(entry.name) + " " + what); };
  if (stat.encryption_method != ZIP_EM_NONE) refuse_it("is encrypted");
  if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)
    refuse_it(fmt::format("is packed by method {}; expected stored (0) or deflated (8)", stat.comp_method));
  const std::uint64_t most = stat.comp_method == ZIP_CM_STORE ? 1 : kTightest;
  if (entry.stored > bytes || entry.size / most > entry.stored)
    refuse_it(fmt::format("claims {} bytes, packed into {}, in a file of {}", entry.size, entry.stored, bytes));
  return entry;
}

void ZipReader::Open::list() {
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  std::uint64_t stored = 0;
  for (zip_int64_t i = 0; i < count; ++i) {
    ZipEntry entry = examined(static_cast<zip_uint64_t>(i));
    stored += entry.stored;  // each at most the file's size, and so is the sum until then: no overflow
    if (stored > bytes) refuse("is damaged: its entries claim more bytes than it has");
    if (!by_name.emplace(entry.name, entries.size()).second)
      refuse(fmt::format("holds two entries of one name: '{}'", detail::printable(entry.name, 80)));
    entries.push_back(std::move(entry));
  }
}

ZipReader::ZipReader(const std::filesystem::path& file, const char* op) : open_(std::make_unique<Open>()) {
  open_->op = op;
  open_->path = file;
  open_->bytes = detail::PlainFile(op, file, 0).size();  // and refuses what is no file
  int code = 0;
  open_->archive.reset(zip_open(file.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (!open_->archive) {
    zip_error_t reason;
    zip_error_init_with_code(&reason, code);
    const std::string text = zip_error_strerror(&reason);
    zip_error_fini(&reason);
    open_->refuse("is not a zip archive, or a damaged one: " + text);
  }
  open_->list();
}

ZipReader::~ZipReader() = default;
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader& ZipReader::operator=(ZipReader&&) noexcept = default;

const std::filesystem::path& ZipReader::file() const { return open_->path; }
const std::vector<ZipEntry>& ZipReader::entries() const { return open_->entries; }
bool ZipReader::has(std::string_view name) const { return open_->by_name.find(name) != open_->by_name.end(); }

std::string ZipReader::read(std::string_view name, std::uint64_t limit) const {
  const auto found = open_->by_name.find(name);
  if (found == open_->by_name.end()) open_->refuse("has no " + called(name));
  const ZipEntry& entry = open_->entries[found->second];
  if (entry.size > limit)
    open_->refuse(fmt::format("{} is too large: got {} bytes; expected at most {}", called(name), entry.size, limit));
  if (entry.size > kAlwaysAllowed && (entry.size - kAlwaysAllowed) / kMaxRatio > entry.stored)
    open_->refuse(fmt::format("{} declares {} bytes, and {} are stored", called(name), entry.size, entry.stored));
  detail::ZipInput in(*this, entry);
  std::string content(entry.size, '\0');
  in.read(content.data(), content.size());
  in.finish();
  return content;
}

// ---- front to back ---------------------------------------------------------------------------------------------------

namespace detail {

void ZipInput::Close::operator()(zip_file* file) const noexcept { zip_fclose(file); }

ZipInput::ZipInput(const ZipReader& archive, const ZipEntry& entry)
    : Input(archive.open_->op, fmt::format("{}: {} ", archive.file().string(), called(entry.name))),
      file_(zip_fopen_index(archive.open_->archive.get(), entry.index, 0)) {
  if (!file_) fail("cannot be opened: " + std::string(zip_strerror(archive.open_->archive.get())));
}
ZipInput::~ZipInput() = default;

void ZipInput::read(void* out, std::size_t n) {
  auto* to = static_cast<char*>(out);
  while (n > 0) {
    const zip_int64_t got = zip_fread(file_.get(), to, n);
    if (got < 0) fail("is damaged: " + std::string(zip_file_strerror(file_.get())));
    if (got == 0) fail("is truncated");
    to += got;
    n -= static_cast<std::size_t>(got);
  }
}

void ZipInput::finish() {
  char more = 0;
  const zip_int64_t got = zip_fread(file_.get(), &more, 1);
  if (got < 0) fail("is damaged: " + std::string(zip_file_strerror(file_.get())));
  if (got > 0) fail("is longer than it claims");
}

}  // namespace detail
}  // namespace xgrad::data
