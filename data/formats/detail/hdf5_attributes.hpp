#pragma once
/// Private to the HDF5 reader: attributes of an open object. `path` is how errors call the object.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/detail/hdf5_core.hpp"
#include "data/formats/hdf5.hpp"

namespace xgrad::data::detail {

bool attribute_exists(const Hdf5File& file, const Handle& object, std::string_view path, std::string_view name);
std::vector<std::string> attribute_names(const Hdf5File& file, const Handle& object, std::string_view path);
/// One attribute. What an Attribute cannot hold (compounds, references, matrices) fails, or with `skip_others` gives
/// nothing.
std::optional<Attribute> read_attribute(const Hdf5File& file, const Handle& object, std::string_view path,
                                        std::string_view name, bool skip_others);

}  // namespace xgrad::data::detail
