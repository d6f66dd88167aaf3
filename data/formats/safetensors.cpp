#include "data/formats/safetensors.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "data/formats/atomic.hpp"
#include "data/formats/detail/elements.hpp"
#include "data/formats/detail/plain_file.hpp"
#include "data/formats/detail/utf8.hpp"
#include "tensor/error.hpp"

namespace xgrad::data {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::uint64_t kLongestHeader = 100'000'000;
constexpr std::size_t kAlignment = 8;
constexpr int kDeepest = 3;      // braces and brackets inside each other
constexpr int kMostValues = 16;  // in one list; the format needs 8
constexpr const char* kMetadata = "__metadata__";

// ---- reading -----------------------------------------------------------------------------------------------------

/// Follows the parser of the header, and stops it at what nlohmann/json lets pass: keys that come twice (it keeps the
/// last), depth without end, and values that would take memory and mean nothing.
class Watch {
 public:
  explicit Watch(const detail::PlainFile& file) : file_(file) {}

  bool operator()(int depth, Json::parse_event_t event, Json& value) {
    using Event = Json::parse_event_t;
    const bool begins = event == Event::object_start || event == Event::array_start;
    if (depth > (begins ? kDeepest - 1 : kDeepest)) wrong("is nested too deeply");
    if (depth == 1 && (event == Event::value || event == Event::array_start)) wrong("holds something not in braces");
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key) {
      values_ = 0;
      const auto& key = value.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) wrong(fmt::format("has the key \"{}\" twice", detail::printable(key)));
    } else if (++values_ > kMostValues && depth > 1) {
      wrong("has a list that is too long");
    }
    return true;
  }

 private:
  [[noreturn]] void wrong(std::string_view what) const {
    file_.fail(fmt::format("is not a safetensors file: its header {}", what));
  }
  const detail::PlainFile& file_;
  std::vector<std::set<std::string>> keys_;
  int values_ = 0;  // since the last key
};

Json parsed(const std::string& text, const detail::PlainFile& file) {
  Watch watch(file);
  try {
    return Json::parse(text, std::ref(watch));
  } catch (const Json::exception& error) {
    file.fail("is not a safetensors file: its header is not JSON: " + detail::printable(error.what()));
  }
}

/// One tensor of the header.
struct Entry {
  std::string name;
  const detail::Element* element;
  Shape shape;
  std::uint64_t begin, end;  ///< bytes after the header
};

class HeaderReader {
 public:
  explicit HeaderReader(const detail::PlainFile& file) : file_(file) {}

  /// Reads and checks the header. Everything in it holds then: the entries, sorted by place, cover the rest.
  std::vector<Entry> entries(std::map<std::string, std::string>& metadata) {
    const std::string text = header_text();
    const Json header = parsed(text, file_);
    std::vector<Entry> out;
    for (const auto& item : header.items()) {
      if (item.key() == kMetadata) metadata = read_metadata(item.value());
      else out.push_back(entry(item.key(), item.value()));
    }
    std::stable_sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) {
      return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);  // those without bytes by name
    });
    check_cover(out);
    return out;
  }
  /// Where the elements begin.
  std::uint64_t data_at() const { return data_at_; }

 private:
  std::string header_text() {
    unsigned char front[8];
    if (file_.read(front, 8, 0) < 8)
      file_.fail(fmt::format("is not a safetensors file, or a truncated one: got {} bytes", file_.size()));
    std::uint64_t length = 0;
    for (std::size_t i = 8; i-- > 0;) length = length << 8 | front[i];
    if (length > kLongestHeader)
      file_.fail(
          fmt::format("is not a safetensors file: its header claims {} bytes; expected at most 100,000,000", length));
    if (length > file_.size() - 8)
      file_.fail(fmt::format("is truncated: its header claims {} bytes, the file has {} after it began", length,
                             file_.size() - 8));
    data_at_ = 8 + length;
    std::string text(static_cast<std::size_t>(length), '\0');
    if (file_.read(text.data(), text.size(), 8) < text.size()) file_.fail("is truncated");
    if (!text.starts_with('{')) file_.fail("is not a safetensors file: its header does not begin with '{'");
    return text;
  }

  std::map<std::string, std::string> read_metadata(const Json& value) const {
    std::map<std::string, std::string> out;
    if (!value.is_object()) file_.fail("is not a safetensors file: its \"__metadata__\" is not an object of texts");
    for (const auto& item : value.items()) {
      if (!item.value().is_string())
        file_.fail(fmt::format("is not a safetensors file: \"{}\" in its \"__metadata__\" is not a text",
                               detail::printable(item.key())));
      out[item.key()] = item.value().get<std::string>();
    }
    return out;
  }

  Entry entry(const std::string& name, const Json& value) const {
    const auto wrong = [&](std::string_view what) { refuse(name, what); };
    if (!value.is_object() || value.size() != 3 || !value.contains("dtype") || !value.contains("shape") ||
        !value.contains("data_offsets"))
      wrong("is not described by \"dtype\", \"shape\" and \"data_offsets\"");
    const Json &dtype = value["dtype"], &shape = value["shape"], &offsets = value["data_offsets"];
    if (!dtype.is_string()) wrong("has a \"dtype\" that is not a text");
    Entry out{name, detail::element_of_safetensors(dtype.get<std::string>()), {}, 0, 0};
    if (!out.element)
      wrong(
          fmt::format("is of dtype \"{}\"; expected one of BOOL, U8, I8, U16, I16, U32, I32, U64, I64, F16, BF16, "
                      "F32, F64",
                      detail::printable(dtype.get<std::string>())));
    if (!shape.is_array() || shape.size() > Shape::kMaxRank) wrong("has no \"shape\" of at most 8 sizes");
    for (const Json& size : shape) {
      const std::uint64_t n = whole(name, size);
      if (n > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) wrong("has a size beyond 2^63");
      out.shape.push_back(static_cast<std::int64_t>(n));
    }
    if (!offsets.is_array() || offsets.size() != 2) wrong("has no two \"data_offsets\"");
    out.begin = whole(name, offsets[0]);
    out.end = whole(name, offsets[1]);
    if (out.begin > out.end || out.end > file_.size() - data_at_)
      wrong(fmt::format("has the offsets [{}, {}]; expected them in order, up to {}", out.begin, out.end,
                        file_.size() - data_at_));
    const auto stored = detail::stored_bytes(*out.element, out.shape);
    if (!stored || *stored != out.end - out.begin)
      wrong(fmt::format("has the offsets [{}, {}], which do not fit {} {}", out.begin, out.end, out.shape.str(),
                        out.element->safetensors));
    return out;
  }

  std::uint64_t whole(const std::string& name, const Json& value) const {
    if (!value.is_number_unsigned()) refuse(name, "has a size or offset that is not a whole number from 0");
    return value.get<std::uint64_t>();
  }

  void check_cover(const std::vector<Entry>& entries) const {
    std::uint64_t at = 0;
    for (const Entry& e : entries) {
      if (e.begin != at)
        refuse(e.name, fmt::format("{}: it begins at {}; expected {}",
                                   e.begin < at ? "overlaps the one before" : "comes after a hole", e.begin, at));
      at = e.end;
    }
    if (at != file_.size() - data_at_)
      file_.fail(
          fmt::format("is too long: its tensors end at {} of {} bytes after the header", at, file_.size() - data_at_));
  }

  [[noreturn]] void refuse(const std::string& name, std::string_view what) const {
    file_.fail(
        fmt::format("is not a safetensors file that xgrad can read: tensor \"{}\" {}", detail::printable(name), what));
  }

  const detail::PlainFile& file_;
  std::uint64_t data_at_ = 0;
};

// ---- writing -----------------------------------------------------------------------------------------------------

/// The reference implementation's order of the dtypes, from its last to its first.
int rank_of(DType dtype) {
  switch (dtype) {
    case DType::int64: return 0;
    case DType::float64: return 1;
    case DType::float32: return 2;
    case DType::uint8: return 3;
    case DType::bool_: return 4;
  }
  return 5;
}

std::vector<const NamedTensor*> sorted(const std::vector<NamedTensor>& tensors) {
  std::vector<const NamedTensor*> out;
  for (const NamedTensor& t : tensors) out.push_back(&t);
  std::sort(out.begin(), out.end(), [](const NamedTensor* a, const NamedTensor* b) {
    const int left = rank_of(a->tensor.dtype()), right = rank_of(b->tensor.dtype());
    return left != right ? left < right : a->name < b->name;
  });
  for (std::size_t i = 0; i < out.size(); ++i)
    if (out[i]->name == kMetadata)
      fail<ValueError>("data::write_safetensors", "\"__metadata__\" is no name for a tensor");
  std::set<std::string_view> used;
  for (const NamedTensor& t : tensors)
    if (!used.insert(t.name).second)
      fail<ValueError>("data::write_safetensors",
                       fmt::format("two tensors have one name: got \"{}\" twice", detail::printable(t.name)));
  return out;
}

/// A JSON text; ValueError unless it is UTF-8.
std::string quoted(const std::string& text) {
  try {
    return Json(text).dump();
  } catch (const Json::exception&) {
    fail<ValueError>("data::write_safetensors", fmt::format("not UTF-8: got the text \"{}\"", detail::printable(text)));
  }
}

/// Written by hand, to keep the order of the tensors.
std::string header_of(const std::vector<const NamedTensor*>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  std::vector<std::string> members, texts;
  for (const auto& [key, value] : metadata) texts.push_back(quoted(key) + ":" + quoted(value));
  if (!texts.empty()) members.push_back(fmt::format("\"{}\":{{{}}}", kMetadata, fmt::join(texts, ",")));
  std::uint64_t at = 0;
  for (const NamedTensor* t : tensors) {
    const Array& array = t->tensor.array();
    members.push_back(fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}", quoted(t->name),
                                  detail::element_of(array.dtype()).safetensors, fmt::join(array.shape(), ","), at,
                                  at + array.nbytes()));
    at += array.nbytes();
  }
  std::string text = fmt::format("{{{}}}", fmt::join(members, ","));
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  if (text.size() > kLongestHeader)
    fail<ValueError>("data::write_safetensors",
                     fmt::format("too many names: got a header of {} bytes; expected at most 100 MB", text.size()));
  return text;
}

}  // namespace

Safetensors read_safetensors(const fs::path& path) {
  const detail::PlainFile file("data::read_safetensors", path, O_RDONLY);
  HeaderReader header(file);
  Safetensors out;
  const std::vector<Entry> entries = header.entries(out.metadata);
  for (const Entry& e : entries) {
    detail::FileInput in(file, header.data_at() + e.begin);
    out.tensors.push_back({e.name, Tensor(detail::read_elements(in, *e.element, e.shape))});
  }
  return out;
}

void write_safetensors(const fs::path& file, const std::vector<NamedTensor>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  const std::vector<const NamedTensor*> order = sorted(tensors);
  const std::string header = header_of(order, metadata);
  atomic_write(file, [&](const fs::path& temporary) {
    detail::FileOutput out("data::write_safetensors", temporary, file);
    char length[8];
    for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(header.size() >> (8 * i) & 0xff);
    out.write(length, 8);
    out.write(header);
    for (const NamedTensor* t : order) out.write(t->tensor.array().raw(), t->tensor.array().nbytes());
    out.close();
  });
}

}  // namespace xgrad::data
