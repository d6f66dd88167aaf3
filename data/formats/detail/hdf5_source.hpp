#pragma once
/// What stands behind an Hdf5Reader: libhdf5 in this process, or what a guarded process has told of a file. Private to
/// data/formats.

#include <memory>

#include "data/formats/hdf5.hpp"

namespace xgrad::data::detail {

class PlainFile;

/// The calls of Hdf5Reader, which documents them.
class Hdf5Source {
 public:
  virtual ~Hdf5Source() = default;
  virtual const std::filesystem::path& file() const = 0;
  virtual bool exists(std::string_view path) const = 0;
  virtual bool is_group(std::string_view path) const = 0;
  virtual std::vector<std::string> names(std::string_view group) const = 0;
  virtual DatasetInfo info(std::string_view dataset) const = 0;
  virtual Array read(std::string_view dataset) const = 0;
  virtual bool is_text(std::string_view dataset) const = 0;
  virtual std::vector<std::string> read_text(std::string_view dataset) const = 0;
  virtual bool has_attribute(std::string_view object, std::string_view name) const = 0;
  virtual Attribute attribute(std::string_view object, std::string_view name) const = 0;
  virtual std::map<std::string, Attribute> attributes(std::string_view object) const = 0;
};

/// Lets a guarded process walk the file, as `read_foreign_hdf5` does, once; arrays are read, by their place in the
/// file, when they are asked for. libhdf5 does not see the file in this process.
std::unique_ptr<Hdf5Source> guarded_source(std::unique_ptr<PlainFile> file);

}  // namespace xgrad::data::detail
