#pragma once
/// HDF5 files: arrays, attributes and groups by path. The HDF5 library itself is included in the .cpp files alone.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tensor/array.hpp"

namespace xgrad::data {

/// The value of an attribute: a number, text, or a list of them.
using Attribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>,
                               std::vector<std::string>>;

/// What a dataset holds, known without reading it.
struct DatasetInfo {
  DType dtype;
  Shape shape;
};

namespace detail {
class Hdf5Source;
}

/// An open HDF5 file. All calls go through one process-wide lock (Debian's libhdf5 is not thread-safe); HDF5's own
/// messages become the text of an IoError, which names the file and the path inside it. Every reader treats the file as
/// hostile: hard links only, no external or virtual storage, the filters deflate, shuffle and fletcher32, rank at most
/// 8, checked products, and nothing is allocated that the file does not hold. What libhdf5 itself does with a file made
/// to break it is out of our hands: open only files from people you trust, and others with `read_foreign_hdf5`.
class Hdf5Reader {
 public:
  /// Opens for reading. Throws IoError when missing or not HDF5.
  explicit Hdf5Reader(const std::filesystem::path& file);
  /// For data/formats itself (`open_sealed`).
  explicit Hdf5Reader(std::unique_ptr<detail::Hdf5Source> source);
  ~Hdf5Reader();
  Hdf5Reader(Hdf5Reader&&) noexcept;
  Hdf5Reader& operator=(Hdf5Reader&&) noexcept;

  const std::filesystem::path& file() const;
  /// Whether an object lies at this absolute path ("/model/out.weight"), reachable by hard links.
  bool exists(std::string_view path) const;
  bool is_group(std::string_view path) const;
  /// Names directly in a group, sorted; also those of links that are not followed.
  std::vector<std::string> names(std::string_view group) const;
  DatasetInfo info(std::string_view dataset) const;
  /// The whole dataset. Integers of any width become int64 (uint8 stays, as does a bool enum), floats float32 (also
  /// those of 2 bytes, IEEE half and bfloat16) or float64 in either byte order; IoError for other types, and for
  /// unsigned numbers above the largest int64.
  Array read(std::string_view dataset) const;
  /// Whether a dataset holds text; `info` and `read` refuse it, `read_text` gives its texts in row-major order.
  bool is_text(std::string_view dataset) const;
  std::vector<std::string> read_text(std::string_view dataset) const;
  bool has_attribute(std::string_view object, std::string_view name) const;
  /// Integers and bools arrive as int64, floats as double, both kinds of strings as text; 1-D ones as lists, also of
  /// one element. (h5py stores an empty list as an empty list of doubles.) IoError for other types and for more axes.
  Attribute attribute(std::string_view object, std::string_view name) const;
  /// All attributes of a group or dataset that an Attribute can hold; others are passed over.
  std::map<std::string, Attribute> attributes(std::string_view object) const;

 private:
  std::unique_ptr<detail::Hdf5Source> source_;
};

/// A new HDF5 file, built in place at a path (the atomic writer supplies a temporary one). HDF5 1.8 and all since can
/// read it; it holds no time stamps, so that the same content gives the same bytes.
class Hdf5Writer {
 public:
  /// Creates the file; `user_block` bytes (0, or a power of two from 512) stay free in front.
  explicit Hdf5Writer(const std::filesystem::path& file, std::uint64_t user_block = 0);
  ~Hdf5Writer();
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  /// Groups on the way to a path are made as needed.
  void group(std::string_view path);
  /// A new dataset, contiguous and little-endian; bools as h5py has them (an enum on int8).
  void write(std::string_view dataset, const Array& value);
  /// Sets an attribute of "/", a group or a dataset that exists; replaces an earlier one. Text is stored as UTF-8.
  void attribute(std::string_view object, std::string_view name, const Attribute& value);
  /// Flushes and closes; an error in any earlier or this step is an IoError. The destructor closes silently.
  void close();

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

}  // namespace xgrad::data
