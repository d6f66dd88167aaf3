#pragma once
/// What xgrad-checkpoint sees of a file: datasets and attributes by path, whatever the format.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/hdf5.hpp"
#include "nn/module.hpp"

namespace xgrad::train::tools {

/// One dataset: numbers, text, or what xgrad cannot read.
struct Entry {
  std::string path;            ///< "/model/hidden.weight"
  std::optional<DType> dtype;  ///< none for text and the unreadable
  Shape shape;
  bool text = false;

  std::int64_t bytes() const;
};

/// An open file. Checkpoints show all of their tree; of other formats every array stands in /model, Keras' models under
/// the names and in the arrangement of xgrad where they can be rebuilt, else under Keras' own, with "." for "/".
class Contents {
 public:
  virtual ~Contents() = default;
  Contents(const Contents&) = delete;
  Contents& operator=(const Contents&) = delete;

  const std::vector<Entry>& entries() const noexcept { return entries_; }
  /// The attributes of each group and dataset that has any, by its path.
  const std::map<std::string, std::map<std::string, data::Attribute>>& attributes() const noexcept {
    return attributes_;
  }
  virtual Array read(const std::string& path) const = 0;
  virtual std::vector<std::string> read_text(const std::string& path) const = 0;
  /// The arrays of /model, under their names.
  std::vector<NamedTensor> model() const;
  /// The model that the file tells of, weights included; IoError, with the reason, where it cannot be made.
  virtual std::unique_ptr<nn::Module> rebuild() const;
  /// Whether `model` is in xgrad's arrangement.
  virtual bool arranged() const { return true; }

 protected:
  Contents() = default;
  std::vector<Entry> entries_;
  std::map<std::string, std::map<std::string, data::Attribute>> attributes_;
};

struct WriteOptions {
  std::optional<Shape> input_shape = {};  ///< of one sample; Keras' files may need it
};

/// Where weights may come from and go to: one row of the table in formats.cpp for each.
struct Format {
  std::string_view name;       ///< for --to
  std::string_view extension;  ///< that makes `convert` choose it: ".npz"; the longest that fits
  std::string_view what;       ///< for --help
  bool (*recognise)(const std::filesystem::path& file, std::string_view first_bytes);
  std::unique_ptr<Contents> (*open)(const std::filesystem::path& file);
  void (*write)(const std::filesystem::path& file, const Contents& from, const WriteOptions& options);
};

/// A name from a file, fit for a terminal: control characters become "?".
std::string printable(std::string name);

const std::vector<Format>& formats();
/// Opens a file of any format, told by its content. Throws IoError where it is missing, damaged or of none.
std::unique_ptr<Contents> open_any(const std::filesystem::path& file);
/// A whole xgrad checkpoint, and nothing else.
std::unique_ptr<Contents> open_checkpoint(const std::filesystem::path& file);

}  // namespace xgrad::train::tools
