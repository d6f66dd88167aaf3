#include "data/hdf5_dataset.hpp"

#include <fmt/format.h>

#include <utility>

#include "data/formats/hdf5_rows.hpp"
#include "tensor/error.hpp"

namespace xgrad::data {

Hdf5Dataset::Hdf5Dataset(const std::filesystem::path& file, const std::string& x, const std::string& y,
                         TensorDatasetOptions options)
    : x_(std::make_shared<const Hdf5Rows>(file, x)), y_(std::make_shared<const Hdf5Rows>(file, y)), options_(options) {
  if (x_->shape()[0] != y_->shape()[0])
    fail<ShapeError>("data::Hdf5Dataset",
                     fmt::format("{}: inputs and targets do not match: got {} {}, {} {}; expected x.shape[0] == "
                                 "y.shape[0], the number of examples",
                                 file.string(), x, x_->shape().str(), y, y_->shape().str()));
}

std::int64_t Hdf5Dataset::size() const { return x_->shape()[0]; }
const Shape& Hdf5Dataset::input_shape() const { return x_->shape(); }
const Shape& Hdf5Dataset::target_shape() const { return y_->shape(); }

Batch Hdf5Dataset::batch(std::span<const std::int64_t> indices) const {
  Array x = x_->read(indices), y = y_->read(indices);
  if (x.dtype() == uint8) return TensorDataset(std::move(x), std::move(y), options_).all();  // scales
  return {Tensor(std::move(x)), Tensor(std::move(y))};
}

}  // namespace xgrad::data
