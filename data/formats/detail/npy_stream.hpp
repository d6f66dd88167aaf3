#pragma once
/// .npy files wherever they lie: in a file of their own or in an archive. Private to data/formats.

#include <cstdint>
#include <functional>
#include <string>

#include "data/formats/detail/plain_file.hpp"
#include "tensor/array.hpp"

namespace xgrad::data::detail {

/// Reads a whole .npy of `size` bytes. `plausible` is asked, with the bytes of all elements, before they are allocated.
Array read_npy(Input& in, std::uint64_t size, const std::function<void(std::uint64_t payload)>& plausible = {});
/// What stands before the elements of an array, as NumPy writes it.
std::string npy_header(const Array& array);

}  // namespace xgrad::data::detail
