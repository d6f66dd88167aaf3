#include <hdf5.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "data/formats/detail/foreign.hpp"
#include "data/formats/detail/hdf5_attributes.hpp"
#include "data/formats/detail/hdf5_dataset.hpp"

// Runs in the child alone: no Array is made here, since another thread may have held a lock of the pool when the
// program was forked.

namespace xgrad::data::detail {
namespace {

#if H5_VERSION_GE(1, 12, 0)
using ObjectInfo = H5O_info1_t;
#else
using ObjectInfo = H5O_info_t;
#endif

struct Link {
  std::string name;
  H5L_type_t type;
};
struct Links {
  const Allowance& allowance;
  std::vector<Link> links{};
  bool too_many = false;
};

/// Called by H5Literate for each link of a group; C code above it must see no exception.
herr_t collect_link(hid_t, const char* name, const H5L_info_t* info, void* out) noexcept {
  auto& all = *static_cast<Links*>(out);
  if (!all.allowance.has_objects(all.links.size() + 1)) {
    all.too_many = true;
    return -1;
  }
  try {
    all.links.push_back({name, info->type});
    return 0;
  } catch (...) {
    return -1;
  }
}

/// A bad name for a message: nothing of it may reach a terminal but ASCII.
std::string shown(const std::string& name) {
  std::string out = printable(name);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return "\"" + out + "\"";
}

std::uint64_t heap_bytes(const std::vector<std::string>& texts) {
  std::uint64_t n = texts.size() * sizeof(std::string);
  for (const std::string& text : texts) n += text.size();
  return n;
}

class Walk {
 public:
  Walk(const Hdf5File& file, const ForeignLimits& limits, Outbox& out)
      : file_(file), plain_names_(limits.plain_names), allowance_(file, limits), out_(out) {}

  void group(const Handle& id, std::string_view name, const std::string& path, int depth) {
    allowance_.check_depth(label(path), depth);
    check_new(id, label(path));
    out_.put(Tag::group);
    out_.put_text(name);
    attributes(id, label(path));
    for (const Link& link : links_of(id, label(path))) member(id, link, path, depth);
    out_.put(Tag::end);
  }

 private:
  static std::string label(const std::string& path) { return path.empty() ? "/" : path; }

  /// A group behind two links would be read twice, or without end.
  void check_new(const Handle& id, std::string_view path) {
    ObjectInfo info;
    file_.check(H5Oget_info2(id.get(), &info, H5O_INFO_BASIC), path, "cannot be looked at");
    if (!seen_.insert(info.addr).second) file_.fail(path, "is a group that has another path too; expected a tree");
  }

  std::vector<Link> links_of(const Handle& id, std::string_view path) const {
    Links found{allowance_};
    const herr_t status = H5Literate(id.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_link, &found);
    if (found.too_many) file_.fail(path, "holds more groups and datasets than allowed (ForeignLimits::objects)");
    file_.check(status, path, "its members cannot be listed");
    std::set<std::string_view> names;
    for (const Link& link : found.links) {
      if (!is_plain_name(link.name, plain_names_))
        file_.fail(path, "has a member with a bad name: " + shown(link.name));
      if (!names.insert(link.name).second) file_.fail(path, "has two members called " + shown(link.name));
    }
    return std::move(found.links);
  }

  void member(const Handle& parent, const Link& link, const std::string& parent_path, int depth) {
    const std::string path = parent_path + "/" + link.name;
    if (link.type != H5L_TYPE_HARD)
      file_.fail(path, std::string("is ") + (link.type == H5L_TYPE_SOFT ? "a soft" : "an external") +
                           " link; only hard links are followed");
    allowance_.take_object(path);
    allowance_.take_bytes(path, link.name.size());
    Handle id = file_.own(H5Oopen(parent.get(), link.name.c_str(), H5P_DEFAULT), H5Oclose, path, "cannot be opened");
    switch (H5Iget_type(id.get())) {
      case H5I_GROUP: group(id, link.name, path, depth + 1); break;
      case H5I_DATASET: dataset(open_dataset(file_, path, std::move(id)), link.name, path); break;
      default: file_.fail(path, "is neither a group nor a dataset");
    }
  }

  void dataset(const Dataset& d, std::string_view name, const std::string& path) {
    if (d.kind == Kind::text) texts(d, name, path);
    else numbers(d, name, path);
    attributes(d.id, path);
  }

  void texts(const Dataset& d, std::string_view name, const std::string& path) {
    std::vector<std::string> values;
    if (d.count > 0)
      values = read_texts(file_, path, d.type.get(), d.space.get(), d.count, [&](Id memory, void* to) {
        return H5Dread(d.id.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, to);
      });
    allowance_.take_bytes(path, heap_bytes(values));
    out_.put(Tag::texts);
    out_.put_text(name);
    out_.put(std::uint64_t{values.size()});
    for (const std::string& text : values) out_.put_text(text);
  }

  void numbers(const Dataset& d, std::string_view name, const std::string& path) {
    const bool brain_floats = is_brain_floats(d, path);
    const DType dtype = brain_floats ? float32 : dtype_of(file_, path, d);
    const std::uint64_t bytes = saturating_product(d.count, size_of(dtype));
    allowance_.take_bytes(path, bytes);
    const auto place = bytes > 0 ? values_in_file(d) : std::nullopt;
    std::unique_ptr<void, void (*)(void*)> values(nullptr, std::free);
    if (!place && bytes > 0) {
      values.reset(std::malloc(bytes));
      if (!values) throw std::bad_alloc();
      if (brain_floats) read_bfloat16(file_, path, d, static_cast<float*>(values.get()));
      else read_values(file_, path, d, values.get());
    }
    out_.put(Tag::numbers);
    out_.put_text(name);
    out_.put(static_cast<std::uint8_t>(dtype));
    out_.put(static_cast<std::uint8_t>(d.shape.rank()));
    for (const std::int64_t size : d.shape) out_.put(size);
    out_.put(place.value_or(kNoPlace));
    if (values) out_.put_bytes(values.get(), bytes);
  }

  /// Two opaque bytes that an attribute calls bfloat16: so h5py stores what Keras 3 gives it.
  bool is_brain_floats(const Dataset& d, std::string_view path) const {
    if (H5Tget_class(d.type.get()) != H5T_OPAQUE || H5Tget_size(d.type.get()) != 2) return false;
    if (!attribute_exists(file_, d.id, path, "dtype")) return false;
    const auto value = read_attribute(file_, d.id, path, "dtype", true);
    return value && *value == Attribute(std::string("bfloat16"));
  }

  void attributes(const Handle& id, const std::string& path) {
    std::set<std::string> names;
    for (const std::string& name : attribute_names(file_, id, path)) {
      if (!is_plain_text(name, plain_names_)) file_.fail(path, "has an attribute with a bad name: " + shown(name));
      if (!names.insert(name).second) file_.fail(path, "has two attributes called " + shown(name));
      allowance_.take_attribute(path);
      allowance_.take_bytes(path, name.size());
      const auto value = read_attribute(file_, id, path, name, true);
      if (!value) continue;
      out_.put(Tag::attribute);
      out_.put_text(name);
      out_.put(static_cast<std::uint8_t>(value->index()));
      std::visit([&](const auto& v) { put_value(v, path); }, *value);
    }
  }

  template <class T>
  void put_value(const T& value, const std::string& path) {
    if constexpr (std::is_arithmetic_v<T>) {
      out_.put(std::uint64_t{1});
      out_.put(value);
    } else if constexpr (std::is_same_v<T, std::string>) {
      allowance_.take_bytes(path, value.size());
      out_.put(std::uint64_t{1});
      out_.put_text(value);
    } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
      allowance_.take_bytes(path, heap_bytes(value));
      out_.put(std::uint64_t{value.size()});
      for (const std::string& text : value) out_.put_text(text);
    } else {
      allowance_.take_bytes(path, value.size() * sizeof value[0]);
      out_.put(std::uint64_t{value.size()});
      out_.put_bytes(value.data(), value.size() * sizeof value[0]);
    }
  }

  const Hdf5File& file_;
  bool plain_names_;
  Allowance allowance_;
  Outbox& out_;
  std::set<std::uint64_t> seen_;  ///< addresses of the groups so far
};

}  // namespace

void report_file(const Hdf5File& file, const InputBytes& bytes, const ForeignLimits& limits, Outbox& out) noexcept {
  // Should a check fail to see a way out of the file, there is still none: the driver knows one file alone, no more can
  // be opened in this process, and what follows links to other files or loads filters is switched off.
  H5Lunregister(H5L_TYPE_EXTERNAL);
  H5PLset_loading_state(0);
  const auto fail = [&](std::string_view text) {
    out.put(Tag::failure);
    out.put_text(text);
  };
  try {
    Hdf5File opened{.op = file.op, .path = file.path, .size = bytes.size};
    opened.id = open_input(opened, bytes);
    const Handle root = opened.own(H5Gopen2(opened.id.get(), "/", H5P_DEFAULT), H5Gclose, "/", "cannot be opened");
    Walk(opened, limits, out).group(root, {}, {}, 0);
    out.put(Tag::done);
    out.flush();
    ::_Exit(0);  // before ids are closed: a damaged library need not survive that
  } catch (const std::bad_alloc&) {
    fail(std::string_view());
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

}  // namespace xgrad::data::detail
