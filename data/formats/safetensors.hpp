#pragma once
/// safetensors: Hugging Face's format for weights, which no reader has to trust.
///
/// Eight bytes of length, little-endian; a header in JSON of that length, {"name": {"dtype": "F32", "shape": [2, 3],
/// "data_offsets": [0, 24]}, ..., "__metadata__": {"key": "text"}}; the elements, little-endian and row-major. The
/// offsets count from the end of the header and must cover the rest of the file, without holes and overlaps.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "autograd/graph.hpp"

namespace xgrad::data {

/// What a safetensors file holds.
struct Safetensors {
  std::vector<NamedTensor> tensors;  ///< in the order of their bytes
  std::map<std::string, std::string> metadata;
};

/// Reads a safetensors file. F32, F64, I64, U8 and BOOL keep their dtype; F16 and BF16 become float32, which holds all
/// of their values; I8, I16, I32, U16, U32 and U64 become int64.
///
/// Throws IoError, naming file and reason, when it is missing, truncated, too long, breaks one of the format's rules
/// (a header above 100 MB or not beginning with "{", names that come twice, offsets that leave holes, overlap or do not
/// fit dtype and shape, sizes whose product overflows), and for other dtypes (the 4-, 6- and 8-bit floats, complex),
/// numbers above the largest int64 and more than 8 axes. Nothing is allocated that the file does not hold.
Safetensors read_safetensors(const std::filesystem::path& file);

/// Writes a safetensors file, whole or not at all, as the reference implementation does: sorted by dtype (I64, F64,
/// F32, U8, BOOL), then by name, the header padded with blanks to a multiple of 8 bytes. The same content gives the
/// same bytes.
///
/// Throws ValueError for a name that comes twice, is "__metadata__" or not UTF-8, IoError where the file cannot be
/// written.
void write_safetensors(const std::filesystem::path& file, const std::vector<NamedTensor>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace xgrad::data
