#include "data/formats/foreign_hdf5.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <system_error>
#include <utility>
#include <variant>

#include "data/formats/detail/foreign.hpp"
#include "data/formats/detail/hdf5_objects.hpp"
#include "tensor/error.hpp"

namespace xgrad::data {

using detail::Allowance;
using detail::Descriptor;
using detail::GuardedChild;
using detail::Hdf5File;
using detail::InputBytes;
using detail::Tag;

namespace {

constexpr const char* kOp = "data::read_foreign_hdf5";
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kMemoryOfChild = 256 * kMiB;  // beside what it reads
constexpr int kMaxDepth = 1000;                       // groups are walked and freed by recursion
constexpr std::size_t kMaxMessage = 4096;

ForeignLimits checked(ForeignLimits limits, std::uint64_t file_bytes) {
  if (!(limits.seconds >= 0 && limits.seconds <= 1e9))
    fail<ValueError>(kOp, "bad limit: got " + std::to_string(limits.seconds) + " seconds; expected 0 to 1e9");
  if (limits.depth < 0 || limits.depth > kMaxDepth)
    fail<ValueError>(kOp, "bad limit: got a depth of " + std::to_string(limits.depth) + "; expected 0 to 1000");
  if (limits.bytes == 0) limits.bytes = 64 * kMiB + detail::saturating_product(16, file_bytes);
  if (limits.seconds == 0) limits.seconds = 20 + static_cast<double>(file_bytes) / static_cast<double>(8 * kMiB);
  return limits;
}

/// Builds the tree from the child's report.
class Report {
 public:
  Report(const Hdf5File& file, const InputBytes& bytes, const ForeignLimits& limits, GuardedChild& child,
         detail::UnreadNumbers* unread)
      : file_(file), bytes_(bytes), plain_names_(limits.plain_names), allowance_(file, limits), child_(child),
        unread_(unread) {}

  Hdf5Group tree() {
    Hdf5Group root;
    if (child_.get<Tag>() == Tag::failure) fail_as_told();
    if (!text(0).empty()) nonsense();
    open_ = {&root};
    attributes_ = &root.attributes;
    for (;;) {
      const Tag tag = child_.get<Tag>();
      if (tag == Tag::done && open_.empty()) return root;
      if (tag == Tag::failure) fail_as_told();
      if (open_.empty()) nonsense();
      switch (tag) {
        case Tag::group: group(); break;
        case Tag::end:
          open_.pop_back();
          attributes_ = nullptr;
          break;
        case Tag::numbers: numbers(); break;
        case Tag::texts: texts(); break;
        case Tag::attribute: attribute(); break;
        default: nonsense();
      }
    }
  }

 private:
  [[noreturn]] void nonsense() const {
    file_.fail({}, "cannot be read: the process that read it reported nonsense (it is damaged, or made to do harm)");
  }

  [[noreturn]] void fail_as_told() {
    const std::string told = text(kMaxMessage);
    if (told.empty()) file_.fail({}, "needs more memory to read than it may take");
    throw IoError(detail::printable(told, kMaxMessage));  // which begins as all errors here do
  }

  std::string text(std::size_t most) {
    const auto size = child_.get<std::uint32_t>();
    if (size > most) nonsense();
    std::string out(size, '\0');
    child_.get_bytes(out.data(), size);
    return out;
  }

  /// The name of a new member of the innermost group.
  std::string member() {
    allowance_.take_object({});
    std::string name = text(detail::kMaxName);
    allowance_.take_bytes({}, name.size());
    if (!detail::is_plain_name(name, plain_names_) || open_.back()->groups.contains(name) ||
        open_.back()->datasets.contains(name))
      nonsense();
    return name;
  }

  void group() {
    allowance_.check_depth({}, static_cast<int>(open_.size()));
    Hdf5Group& group = open_.back()->groups[member()];
    open_.push_back(&group);
    attributes_ = &group.attributes;
  }

  void numbers() {
    const std::string name = member();
    const auto type = child_.get<std::uint8_t>(), rank = child_.get<std::uint8_t>();
    constexpr std::array known = {float32, float64, int64, uint8, bool_};
    const auto* dtype = std::find_if(known.begin(), known.end(), [&](DType d) { return static_cast<int>(d) == type; });
    if (dtype == known.end() || rank > Shape::kMaxRank) nonsense();
    Shape shape;
    std::uint64_t bytes = size_of(*dtype);
    for (int i = 0; i < rank; ++i) {
      const auto size = child_.get<std::int64_t>();
      if (size < 0) nonsense();
      shape.push_back(size);
      bytes = detail::saturating_product(bytes, static_cast<std::uint64_t>(size));
    }
    allowance_.take_bytes({}, bytes);
    const auto place = child_.get<std::uint64_t>();
    Hdf5Value value;
    if (unread_ && place != detail::kNoPlace && bytes > 0) {
      if (place > bytes_.size || bytes > bytes_.size - place) nonsense();
    } else {
      value.array = Array::empty(shape, *dtype);
      if (value.array.nbytes() != bytes) nonsense();  // sizes whose product wraps around beside a 0
      elements(name, place, value.array);
    }
    Hdf5Value& kept = open_.back()->datasets[name] = std::move(value);
    if (!kept.array.defined()) unread_->emplace(&kept, detail::Unread{*dtype, shape, place});
    attributes_ = &kept.attributes;
  }

  void elements(const std::string& name, std::uint64_t place, Array& array) {
    if (array.nbytes() == 0) return;
    if (place == detail::kNoPlace) child_.get_bytes(array.mutable_raw(), array.nbytes());
    else if (!bytes_.read(place, array.nbytes(), array.mutable_raw()))
      file_.fail(name, errno ? "cannot be read: " + std::generic_category().message(errno)
                             : std::string("cannot be read: the file has changed meanwhile"));
    const auto* flags = static_cast<const std::uint8_t*>(array.raw());
    if (array.dtype() == bool_ && std::any_of(flags, flags + array.numel(), [](std::uint8_t v) { return v > 1; }))
      nonsense();
  }

  void texts() {
    const std::string name = member();
    Hdf5Value& value = open_.back()->datasets[name];
    value.texts = text_list(child_.get<std::uint64_t>());
    attributes_ = &value.attributes;
  }

  std::vector<std::string> text_list(std::uint64_t count) {
    allowance_.take_bytes({}, detail::saturating_product(count, sizeof(std::string)));
    std::vector<std::string> out;
    out.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) out.push_back(counted_text());
    return out;
  }
  std::string counted_text() {
    std::string out = text(detail::kMaxText);
    allowance_.take_bytes({}, out.size());
    return out;
  }

  template <class T>
  std::vector<T> list(std::uint64_t count) {
    allowance_.take_bytes({}, detail::saturating_product(count, sizeof(T)));
    std::vector<T> out(count);
    if (count > 0) child_.get_bytes(out.data(), count * sizeof(T));
    return out;
  }

  void attribute() {
    allowance_.take_attribute({});
    std::string name = text(detail::kMaxName);
    allowance_.take_bytes({}, name.size());
    if (!attributes_ || !detail::is_plain_text(name, plain_names_)) nonsense();
    const auto alternative = child_.get<std::uint8_t>();
    const auto count = child_.get<std::uint64_t>();
    if (!attributes_->emplace(std::move(name), value(alternative, count)).second) nonsense();
  }

  Attribute value(std::uint8_t alternative, std::uint64_t count) {
    switch (alternative) {
      case 0: return child_.get<std::int64_t>();
      case 1: return child_.get<double>();
      case 2: return counted_text();
      case 3: return list<std::int64_t>(count);
      case 4: return list<double>(count);
      case 5: return text_list(count);
      default: nonsense();
    }
  }

  const Hdf5File& file_;
  const InputBytes& bytes_;
  bool plain_names_;
  Allowance allowance_;
  GuardedChild& child_;
  detail::UnreadNumbers* unread_;
  std::vector<Hdf5Group*> open_;                            ///< from the root to the innermost
  std::map<std::string, Attribute>* attributes_ = nullptr;  ///< of the object before
};

static_assert(std::is_same_v<Attribute, std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>,
                                                     std::vector<double>, std::vector<std::string>>>);

/// HDF5 looks for its signature at 0, 512 and each power of two after that.
bool begins_as_hdf5(const InputBytes& bytes) {
  std::array<char, 8> found{};
  for (std::uint64_t at = 0; bytes.read(at, found.size(), found.data()); at = at == 0 ? 512 : 2 * at)
    if (std::memcmp(found.data(), "\x89HDF\r\n\x1a\n", found.size()) == 0) return true;
  return false;
}

}  // namespace

Hdf5Group detail::read_guarded(const Hdf5File& file, const InputBytes& bytes, const ForeignLimits& asked,
                               UnreadNumbers* unread) {
  const ForeignLimits limits = checked(asked, bytes.size);
  if (!begins_as_hdf5(bytes)) file.fail({}, "is not an HDF5 file");
  const std::uint64_t memory = limits.bytes + std::min(kMemoryOfChild + bytes.size, UINT64_MAX - limits.bytes);
  GuardedChild child(file, {memory, limits.seconds}, bytes.descriptor,
                     [&](detail::Outbox& out) { report_file(file, bytes, limits, out); });
  return read_report(file, bytes, limits, child, unread);
}

Hdf5Group detail::read_report(const Hdf5File& file, const InputBytes& bytes, const ForeignLimits& limits,
                              GuardedChild& child, UnreadNumbers* unread) {
  return Report(file, bytes, limits, child, unread).tree();
}

const Hdf5Group* Hdf5Group::find_group(std::string_view path) const {
  const Hdf5Group* group = this;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const auto found = group->groups.find(std::string(path.substr(0, end)));
    if (found == group->groups.end()) return nullptr;
    group = &found->second;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return group;
}

const Hdf5Value* Hdf5Group::find_dataset(std::string_view path) const {
  const std::size_t slash = path.rfind('/');
  const bool nested = slash != path.npos;
  const Hdf5Group* group = nested ? find_group(path.substr(0, slash)) : this;
  if (!group) return nullptr;
  const auto found = group->datasets.find(std::string(nested ? path.substr(slash + 1) : path));
  return found == group->datasets.end() ? nullptr : &found->second;
}

Hdf5Group read_foreign_hdf5(const std::filesystem::path& path, ForeignLimits limits) {
  const Hdf5File file{.op = kOp, .path = path};
  struct stat info {};
  const auto require_regular = [&] {
    if (!S_ISREG(info.st_mode))
      file.fail({}, S_ISDIR(info.st_mode) ? "is a folder; expected an HDF5 file" : "is not a regular file");
  };
  // Looked at before it is opened, which some devices answer with deeds; and again, since it may be another by then.
  if (::stat(path.c_str(), &info) == 0) require_regular();
  const Descriptor open = detail::above_streams(Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)));
  if (open.get() < 0 || ::fstat(open.get(), &info) != 0)
    file.fail({}, errno == ENOENT ? "no such file" : "cannot be opened: " + std::generic_category().message(errno));
  require_regular();
  return detail::read_guarded(file, {.descriptor = open.get(), .size = static_cast<std::uint64_t>(info.st_size)},
                              limits);
}

Hdf5Group read_foreign_hdf5(std::span<const std::byte> content, std::string_view name, ForeignLimits limits) {
  const Hdf5File file{.op = kOp, .path = name};
  static constexpr std::byte none{};
  return detail::read_guarded(file, {.memory = content.empty() ? &none : content.data(), .size = content.size()},
                              limits);
}

}  // namespace xgrad::data
