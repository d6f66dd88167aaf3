#include "data/formats/detail/hdf5_objects.hpp"

#include <hdf5.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>

namespace xgrad::data::detail {
namespace {

bool is_bool_enum(Id type) {
  if (H5Tget_size(type) != 1 || H5Tget_nmembers(type) != 2) return false;
  bool seen[2] = {false, false};
  for (unsigned i = 0; i < 2; ++i) {
    const std::unique_ptr<char, herr_t (*)(void*)> name(H5Tget_member_name(type, i), H5free_memory);
    std::int8_t value = -1;
    if (!name || H5Tget_member_value(type, i, &value) < 0 || (value != 0 && value != 1)) return false;
    if (std::string_view(name.get()) != (value ? "TRUE" : "FALSE")) return false;
    seen[value] = true;
  }
  return seen[0] && seen[1];
}

bool equal(Id a, Id b) { return H5Tequal(a, b) > 0; }

/// IEEE half or bfloat16, in either byte order: every value is a float too.
bool is_two_byte_float(Id type) {
  std::size_t sign = 0, exponent = 0, exponent_bits = 0, mantissa = 0, mantissa_bits = 0;
  if (H5Tget_size(type) != 2 || H5Tget_precision(type) != 16 || H5Tget_offset(type) != 0 ||
      H5Tget_norm(type) != H5T_NORM_IMPLIED ||
      H5Tget_fields(type, &sign, &exponent, &exponent_bits, &mantissa, &mantissa_bits) < 0)
    return false;
  if (sign != 15 || mantissa != 0 || exponent != mantissa_bits) return false;
  const std::size_t bias = H5Tget_ebias(type);
  return (exponent_bits == 5 && mantissa_bits == 10 && bias == 15) ||
         (exponent_bits == 8 && mantissa_bits == 7 && bias == 127);
}

/// The text in a field of fixed length: up to the padding.
std::string unpadded(const char* field, std::size_t size, H5T_str_t padding) {
  std::string_view text(field, size);
  if (padding == H5T_STR_NULLTERM) return std::string(text.substr(0, text.find('\0')));
  const auto last = text.find_last_not_of(padding == H5T_STR_SPACEPAD ? ' ' : '\0');
  return std::string(text.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

std::vector<std::string> read_variable(const Hdf5File& file, std::string_view object, Id type, Id space,
                                       std::uint64_t count, const Read& read) {
  if (count > kMaxTexts)
    file.fail(object,
              "lists too many texts: got " + std::to_string(count) + "; expected at most " + std::to_string(kMaxTexts));
  const Handle memory = file.own(H5Tcopy(H5T_C_S1), H5Tclose, object, "cannot copy a type");
  file.check(H5Tset_size(memory.get(), H5T_VARIABLE), object, "cannot make a text type");
  file.check(H5Tset_cset(memory.get(), H5Tget_cset(type)), object, "has an unknown character set");
  std::vector<char*> texts(count, nullptr);
  file.check(read(memory.get(), texts.data()), object, "cannot be read");
  struct Reclaim {
    Id memory, space;
    char** texts;
    ~Reclaim() { H5Dvlen_reclaim(memory, space, H5P_DEFAULT, texts); }
  } const reclaim{memory.get(), space, texts.data()};
  std::vector<std::string> out;
  out.reserve(count);
  std::size_t total = 0;
  for (const char* text : texts) {
    const std::size_t length = text ? std::strlen(text) : 0;
    if ((total += length) > kMaxText) file.fail(object, "holds more than 16 MiB of text");
    out.emplace_back(text ? text : "", length);
  }
  return out;
}

}  // namespace

Kind kind_of(Id type) {
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
      if (equal(type, H5T_IEEE_F32LE) || equal(type, H5T_IEEE_F32BE)) return Kind::float32;
      if (equal(type, H5T_IEEE_F64LE) || equal(type, H5T_IEEE_F64BE)) return Kind::float64;
      return is_two_byte_float(type) ? Kind::float16 : Kind::other;
    case H5T_INTEGER: {
      const std::size_t size = H5Tget_size(type);
      if (size != 1 && size != 2 && size != 4 && size != 8) return Kind::other;
      if (H5Tget_sign(type) != H5T_SGN_NONE) return Kind::int64;
      return size == 1 ? Kind::uint8 : size == 8 ? Kind::uint64 : Kind::int64;
    }
    case H5T_ENUM: return is_bool_enum(type) ? Kind::boolean : Kind::other;
    case H5T_STRING: return Kind::text;
    default: return Kind::other;
  }
}

std::optional<DType> dtype_of(Kind kind) {
  switch (kind) {
    case Kind::float16:
    case Kind::float32: return float32;
    case Kind::float64: return float64;
    case Kind::int64:
    case Kind::uint64: return int64;
    case Kind::uint8: return uint8;
    case Kind::boolean: return bool_;
    case Kind::text:
    case Kind::other: return {};
  }
  return {};
}

std::string description_of(Id type) {
  const std::string size = std::to_string(H5Tget_size(type));
  switch (H5Tget_class(type)) {
    case H5T_FLOAT: return "a " + size + "-byte floating-point type";
    case H5T_INTEGER: return "a " + size + "-byte integer type";
    case H5T_ENUM: return "an enumeration";
    case H5T_STRING: return "text";
    case H5T_COMPOUND: return "a compound type";
    case H5T_REFERENCE: return "a reference type";
    case H5T_OPAQUE: return "an opaque type";
    case H5T_BITFIELD: return "a bit field";
    case H5T_VLEN: return "a variable-length type";
    case H5T_ARRAY: return "an array type";
    case H5T_TIME: return "a time type";
    default: return "an unknown type";
  }
}

Handle find_object(const Hdf5File& file, std::string_view path, bool quiet) {
  const auto malformed = [&](const char* why) {
    if (!quiet) file.fail(path, why);
    return Handle();
  };
  if (path.size() > kMaxName) return malformed("the path is too long");
  if (path.empty() || path.front() != '/') return malformed("not an absolute path; expected \"/group/name\"");
  if (path.find('\0') != std::string_view::npos) return malformed("the path holds a NUL character");
  const std::string text(path);
  for (std::size_t start = 1; start < text.size();) {
    const std::size_t end = std::min(text.find('/', start), text.size());
    const std::string_view part = path.substr(start, end - start);
    if (part.empty() || part == "." || part == ".." || end + 1 == text.size())
      return malformed("not a plain path; expected \"/group/name\"");
    const std::string so_far = text.substr(0, end);
    if (H5Lexists(file.id.get(), so_far.c_str(), H5P_DEFAULT) <= 0) return Handle();
    H5L_info_t link;
    if (H5Lget_info(file.id.get(), so_far.c_str(), &link, H5P_DEFAULT) < 0) {
      if (!quiet) file.fail_hdf5(so_far, "the link cannot be read");
      return Handle();
    }
    if (link.type != H5L_TYPE_HARD) {
      if (!quiet)
        file.fail(so_far, std::string("is ") + (link.type == H5L_TYPE_SOFT ? "a soft" : "an external") +
                              " link; only hard links are followed");
      return Handle();
    }
    start = end + 1;
  }
  Handle object(H5Oopen(file.id.get(), text.c_str(), H5P_DEFAULT), H5Oclose);
  if (!object.valid() && !quiet) file.fail_hdf5(path, "cannot be opened");
  return object;
}

Handle open_object(const Hdf5File& file, std::string_view path) {
  Handle object = find_object(file, path);
  if (!object.valid()) file.fail(path, "nothing by this name in the file");
  return object;
}

void read_bools(const Hdf5File& file, std::string_view object, Id type, std::uint64_t count, const Read& read,
                std::uint8_t* out) {
  // The stored type itself is the memory type: HDF5 1.10 converts no enum to a number, and one byte has no byte order.
  const Handle memory = file.own(H5Tcopy(type), H5Tclose, object, "cannot copy a type");
  file.check(read(memory.get(), out), object, "cannot be read");
  if (std::any_of(out, out + count, [](std::uint8_t v) { return v > 1; }))
    file.fail(object, "holds a bool that is neither 0 nor 1");
}

void check_uint64(const Hdf5File& file, std::string_view object, const std::uint64_t* values, std::uint64_t count) {
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const auto* bad = std::find_if(values, values + count, [](std::uint64_t v) { return v > kLargest; });
  if (bad != values + count) file.fail(object, "holds " + std::to_string(*bad) + ", which does not fit int64");
}

std::vector<std::string> read_texts(const Hdf5File& file, std::string_view object, Id type, Id space,
                                    std::uint64_t count, const Read& read) {
  const htri_t variable = H5Tis_variable_str(type);
  file.check(variable, object, "has a type that cannot be read");
  if (variable > 0) return read_variable(file, object, type, space, count, read);

  const std::size_t size = H5Tget_size(type);
  const std::uint64_t total = saturating_product(size, count);
  if (size == 0 || total > kMaxText || total > file.size + kMaxName)
    file.fail(object, "declares " + std::to_string(total) + " bytes of text, which is not plausible");
  const Handle memory = file.own(H5Tcopy(type), H5Tclose, object, "cannot copy a type");
  std::vector<char> fields(total);
  file.check(read(memory.get(), fields.data()), object, "cannot be read");
  std::vector<std::string> out;
  out.reserve(count);
  const H5T_str_t padding = H5Tget_strpad(type);
  for (std::uint64_t i = 0; i < count; ++i) out.push_back(unpadded(fields.data() + i * size, size, padding));
  return out;
}

}  // namespace xgrad::data::detail
