#include "data/formats/hdf5_rows.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <utility>
#include <vector>

#include "data/formats/detail/hdf5_core.hpp"
#include "data/formats/detail/hdf5_dataset.hpp"
#include "tensor/error.hpp"

namespace xgrad::data {

using detail::Handle;
using detail::Hdf5Lock;
using detail::Id;

namespace {

constexpr std::size_t kChunkCache = std::size_t{64} << 20;   // bytes of unpacked chunks that are kept
constexpr std::size_t kMostTogether = std::size_t{8} << 20;  // bytes of neighbours read by one call

}  // namespace

struct Hdf5Rows::Open {
  detail::Hdf5File file{};
  std::string path;
  detail::Dataset dataset{};
  DType dtype = float32;
  Shape row;
  std::size_t row_bytes = 0;

  /// Rows first ... first + count - 1 into `out`.
  void read_run(std::int64_t first, std::int64_t count, void* out) const {
    std::array<hsize_t, Shape::kMaxRank> start{}, size{};
    const int rank = dataset.shape.rank();
    for (int i = 0; i < rank; ++i) size[static_cast<std::size_t>(i)] = static_cast<hsize_t>(dataset.shape[i]);
    start[0] = static_cast<hsize_t>(first);
    size[0] = static_cast<hsize_t>(count);
    const Handle there = file.own(H5Scopy(dataset.space.get()), H5Sclose, path, "cannot be selected from");
    file.check(H5Sselect_hyperslab(there.get(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr), path,
               "cannot be selected from");
    const Handle here =
        file.own(H5Screate_simple(rank, size.data(), nullptr), H5Sclose, path, "cannot be selected from");
    const auto numel = static_cast<std::uint64_t>(count * row.numel());
    const detail::Read read = [&](Id memory, void* buffer) {
      return H5Dread(dataset.id.get(), memory, here.get(), there.get(), H5P_DEFAULT, buffer);
    };
    detail::read_values(file, path, dataset, numel, read, out);
  }

  void check(std::span<const std::int64_t> rows) const {
    for (const std::int64_t i : rows)
      if (i < 0 || i >= dataset.shape[0])
        fail<IndexError>("data::Hdf5Rows",
                         fmt::format("{}: {}: no such row: got {}; expected 0 to {}", file.path.string(),
                                     detail::printable(path), i, dataset.shape[0] - 1));
  }
};

Hdf5Rows::Hdf5Rows(const std::filesystem::path& file, std::string dataset) {
  const Hdf5Lock lock;
  auto opened = std::make_unique<Open>();
  Open& o = *opened;
  o.file.op = "data::Hdf5Rows";
  o.file.path = file;
  o.path = std::move(dataset);
  detail::open_for_reading(o.file, kChunkCache);
  o.dataset = detail::open_dataset(o.file, o.path);
  o.dtype = detail::dtype_of(o.file, o.path, o.dataset);
  if (o.dataset.shape.rank() == 0) o.file.fail(o.path, "is a scalar; expected rows (N, ...)");
  o.row = o.dataset.shape.without(0);
  o.row_bytes = static_cast<std::size_t>(o.row.numel()) * size_of(o.dtype);
  open_ = std::move(opened);
}

Hdf5Rows::~Hdf5Rows() {
  const Hdf5Lock lock;
  open_.reset();
}

DType Hdf5Rows::dtype() const noexcept { return open_->dtype; }
const Shape& Hdf5Rows::shape() const noexcept { return open_->dataset.shape; }

Array Hdf5Rows::read(std::span<const std::int64_t> rows) const {
  const Open& o = *open_;
  o.check(rows);
  Array out = Array::empty(o.row.with(0, std::ssize(rows)), o.dtype);
  if (out.numel() == 0) return out;
  auto* to = static_cast<std::byte*>(out.mutable_raw());
  std::vector<std::size_t> order(rows.size());  // places in `out`, by the number of their row
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rows[a] < rows[b]; });

  const std::size_t together = std::max<std::size_t>(1, kMostTogether / o.row_bytes);
  std::vector<std::byte> run;
  const Hdf5Lock lock;
  for (std::size_t begin = 0; begin < order.size();) {
    const std::int64_t first = rows[order[begin]];
    std::size_t end = begin, count = 1;  // the places that the run fills, and its rows
    bool in_place = true;                // whether the rows stand side by side in `out` too
    for (; end < order.size(); ++end) {
      const auto ahead = static_cast<std::size_t>(rows[order[end]] - first);
      if (ahead > count || ahead >= together) break;
      count = ahead + 1;
      in_place = in_place && order[end] == order[begin] + (end - begin) && end - begin == ahead;
    }
    std::byte* from = to + order[begin] * o.row_bytes;
    if (!in_place) {
      run.resize(count * o.row_bytes);
      from = run.data();
    }
    o.read_run(first, static_cast<std::int64_t>(count), from);
    for (std::size_t i = begin; i < end && !in_place; ++i)
      std::memcpy(to + order[i] * o.row_bytes, from + static_cast<std::size_t>(rows[order[i]] - first) * o.row_bytes,
                  o.row_bytes);
    begin = end;
  }
  return out;
}

}  // namespace xgrad::data
