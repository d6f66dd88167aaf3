#include "data/formats/npy.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "autograd/autograd.hpp"
#include "data/formats/atomic.hpp"
#include "data/formats/detail/elements.hpp"
#include "data/formats/detail/npy_stream.hpp"
#include "tensor/error.hpp"

namespace xgrad::data {
namespace detail {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::uint64_t kLongestHeader = 1 << 20;
constexpr std::size_t kAlignment = 64;    // the elements begin at a multiple of it
constexpr std::size_t kRoomForAxis = 21;  // NumPy leaves room for the first axis to grow to that many digits

/// What the header says.
struct Header {
  std::string descr;
  bool fortran_order = false;
  Shape shape;
};

/// Reads the header: a literal of a Python dict, as `ast.literal_eval` takes it.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const Input& in) : text_(text), in_(in) {}

  Header parse() {
    require('{');
    while (!accept('}')) {
      field();
      if (!accept(',')) {
        require('}');
        break;
      }
    }
    if (skip(), at_ < text_.size()) bad("the end");
    for (std::size_t i = 0; i < 3; ++i)
      if (!seen_[i]) in_.fail(fmt::format("is not a .npy file: its header has no '{}'", kKeys[i]));
    return header_;
  }

 private:
  static constexpr std::string_view kKeys[] = {"descr", "fortran_order", "shape"};

  void field() {
    const std::string key = string();
    const auto which = static_cast<std::size_t>(std::find(std::begin(kKeys), std::end(kKeys), key) - kKeys);
    if (which == std::size(kKeys) || std::exchange(seen_[which], true))
      in_.fail(
          fmt::format("is not a .npy file: got {} key '{}' in its header; expected 'descr', 'fortran_order', "
                      "'shape', each once",
                      which == std::size(kKeys) ? "the unknown" : "twice the", printable(key)));
    require(':');
    if (which == 0) descr();
    else if (which == 1) header_.fortran_order = boolean();
    else shape();
  }

  void descr() {
    skip();
    if (at_ < text_.size() && (text_[at_] == '[' || text_[at_] == '('))
      in_.fail("holds structures of several numbers; expected numbers or bools");
    header_.descr = string();
  }

  void shape() {
    require('(');
    bool comma = true;
    while (!accept(')')) {
      if (!comma) bad("',' or ')'");
      if (header_.shape.rank() == Shape::kMaxRank) in_.fail("has too many axes: expected at most 8");
      header_.shape.push_back(integer());
      comma = accept(',');
    }
    if (header_.shape.rank() == 1 && !comma) bad("',' in a tuple of one");  // (3) is the number 3
  }

  std::int64_t integer() {
    skip();
    std::int64_t value = 0;
    const std::size_t begin = at_;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
      if (__builtin_mul_overflow(value, std::int64_t{10}, &value) ||
          __builtin_add_overflow(value, std::int64_t{text_[at_] - '0'}, &value))
        in_.fail("has an axis beyond 2^63 elements");
    if (at_ == begin) bad("a size");
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2's long integers
    return value;
  }

  bool boolean() {
    skip();
    for (const std::string_view word : {"True", "False"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return word == "True";
    }
    bad("True or False");
  }

  std::string string() {
    skip();
    if (at_ + 1 < text_.size() && text_[at_] == 'u') ++at_;  // Python 2's unicode
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') bad("a string");
    const std::size_t begin = ++at_, end = text_.find(quote, begin);
    if (end == text_.npos || text_.substr(begin, end - begin).find_first_of("\\\n") != text_.npos)
      bad("a string without escapes, closed on its line");
    at_ = end + 1;
    return std::string(text_.substr(begin, end - begin));
  }

  void skip() {
    while (at_ < text_.size() && std::string_view(" \t\r\n\f").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool accept(char c) {
    skip();
    const bool there = at_ < text_.size() && text_[at_] == c;
    if (there) ++at_;
    return there;
  }
  void require(char c) {
    if (!accept(c)) bad(fmt::format("'{}'", c));
  }
  [[noreturn]] void bad(std::string_view expected) const {
    in_.fail(
        fmt::format("is not a .npy file: its header is not the literal of a dict: got \"{}\" at character {}; "
                    "expected {}",
                    printable(text_.substr(std::min(at_, text_.size()), 20)), at_, expected));
  }
  static std::string printable(std::string_view text) {
    std::string out(text.substr(0, 40));
    for (char& c : out)
      if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
    return out;
  }

  std::string_view text_;
  const Input& in_;
  std::size_t at_ = 0;
  bool seen_[3] = {};
  Header header_;
};

/// The element that a 'descr' such as "<f4" means, and whether it is big-endian.
std::pair<const Element*, bool> element_of_descr(const Input& in, std::string_view descr) {
  const bool has_order = !descr.empty() && std::string_view("<>|=").find(descr[0]) != std::string_view::npos;
  const std::string_view code = descr.substr(has_order ? 1 : 0);
  if (const Element* element = element_of_npy(code)) return {element, has_order && descr[0] == '>'};
  const char kind = code.empty() ? '\0' : code[0];
  const char* what = kind == 'O'   ? "Python objects, which only a pickle could bring back"
                     : kind == 'c' ? "complex numbers"
                     : kind == 'S' || kind == 'U' || kind == 'a' ? "text"
                     : kind == 'V'                               ? "structures or raw bytes"
                     : kind == 'M' || kind == 'm'                ? "dates or times"
                                                                 : "elements of an unknown type";
  std::string shown(descr.substr(0, 40));
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  in.fail(
      fmt::format("holds {}: got '{}'; expected numbers or bools (f2, f4, f8, i1 ... i8, u1 ... u8, b1)", what, shown));
}

template <class T>
T little_endian(const unsigned char* in) {
  T value = 0;
  for (std::size_t i = sizeof(T); i-- > 0;) value = static_cast<T>(value << 8 | in[i]);
  return value;
}

/// Reads magic, version and length; returns the header's text and adds what was read to `taken`.
std::string read_header_text(Input& in, std::uint64_t size, std::uint64_t& taken) {
  unsigned char front[12] = {};
  if (size < 10) in.fail(fmt::format("is not a .npy file: got {} bytes", size));
  in.read(front, 8);
  if (std::memcmp(front, kMagic.data(), kMagic.size()) != 0)
    in.fail("is not a .npy file: it does not begin with the bytes 93 'NUMPY'");
  const int version = front[6];
  if (version < 1 || version > 3 || front[7] != 0)
    in.fail(
        fmt::format("is a .npy file of an unknown version: got {}.{}; expected 1.0, 2.0 or 3.0", version, front[7]));
  const std::size_t digits = version == 1 ? 2 : 4;
  if (size < 8 + digits) in.fail(fmt::format("is truncated: got {} bytes", size));
  in.read(front + 8, digits);
  const std::uint64_t length =
      version == 1 ? little_endian<std::uint16_t>(front + 8) : little_endian<std::uint32_t>(front + 8);
  taken = 8 + digits + length;
  if (taken > size) in.fail(fmt::format("is truncated: got {} bytes; expected {} of header", size, taken));
  if (length > kLongestHeader) in.fail(fmt::format("has a header of {} bytes; expected at most 2^20", length));
  std::string text(static_cast<std::size_t>(length), '\0');
  in.read(text.data(), text.size());
  return text;
}

/// From Fortran order: what was read under the reversed shape, with its axes brought round.
Array transposed(const Array& reversed) {
  std::vector<std::int64_t> axes(static_cast<std::size_t>(reversed.dim()));
  std::iota(axes.rbegin(), axes.rend(), std::int64_t{0});
  const NoGradGuard guard;
  return permute(Tensor(reversed), axes).array();
}

}  // namespace

Array read_npy(Input& in, std::uint64_t size, const std::function<void(std::uint64_t)>& plausible) {
  std::uint64_t taken = 0;
  const std::string text = read_header_text(in, size, taken);
  const Header header = HeaderParser(text, in).parse();
  const auto [element, big] = element_of_descr(in, header.descr);
  const auto payload = stored_bytes(*element, header.shape);
  if (!payload) in.fail(fmt::format("declares more than 2^47 bytes: shape {}", header.shape.str()));
  if (*payload != size - taken)
    in.fail(fmt::format("{}: got {} bytes after the header; expected {} for {} elements of {} bytes",
                        size - taken < *payload ? "is truncated" : "is too long", size - taken, *payload,
                        header.shape.str(), element->bytes));
  if (plausible) plausible(*payload);
  if (!header.fortran_order || header.shape.rank() < 2) return read_elements(in, *element, header.shape, big);
  std::vector<std::int64_t> sizes(header.shape.begin(), header.shape.end());
  std::reverse(sizes.begin(), sizes.end());
  return transposed(read_elements(in, *element, Shape(sizes), big));
}

std::string npy_header(const Array& array) {
  const Element& element = element_of(array.dtype());
  std::string sizes;
  for (const std::int64_t size : array.shape()) sizes += fmt::format("{}, ", size);
  if (!sizes.empty()) sizes.resize(sizes.size() - (array.dim() == 1 ? 1 : 2));
  std::string text = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}",
                                 element.bytes == 1 ? '|' : '<', element.npy, sizes);
  if (array.dim() > 0) text.append(kRoomForAxis - fmt::formatted_size("{}", array.size(0)), ' ');
  const std::size_t front = kMagic.size() + 4, used = front + text.size() + 1;
  text.append(kAlignment - used % kAlignment, ' ');
  text += '\n';
  std::string out(kMagic);
  out += {'\x01', '\0', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
  return out + text;
}

}  // namespace detail

Array read_npy(const std::filesystem::path& file) {
  const detail::PlainFile plain("data::read_npy", file, O_RDONLY);
  detail::FileInput in(plain);
  return detail::read_npy(in, plain.size());
}

void write_npy(const std::filesystem::path& file, const Array& array) {
  const std::string header = detail::npy_header(array);
  atomic_write(file, [&](const std::filesystem::path& temporary) {
    detail::FileOutput out("data::write_npy", temporary, file);
    out.write(header);
    out.write(array.raw(), array.nbytes());
    out.close();
  });
}

}  // namespace xgrad::data
