#include "tensor/kernels/lapack.hpp"

#include <fmt/format.h>

#include <string>

namespace xgrad::kernels::lapack {

void fail_matrix(const char* op, const Array& a, std::int64_t matrix, std::string_view what) {
  std::string which = "the matrix";
  if (a.dim() > 2) {
    Shape place = with_last(a, {});
    for (int i = place.rank() - 1; i >= 0; --i) {
      const std::int64_t size = place[i];
      place[i] = matrix % size;
      matrix /= size;
    }
    which = fmt::format("matrix {} of the batch {}", place.str(), with_last(a, {}).str());
  }
  fail<ValueError>(op, fmt::format("{} {}", which, what));
}

void fail_not_finite(const char* op, const Array& a, std::int64_t matrix) {
  const Batch batch(a);
  const Array numbers = a.to(float64);
  const double* x = in<double>(numbers) + matrix * batch.size();
  for (std::int64_t i = 0; i < batch.size(); ++i)
    if (!std::isfinite(x[i]))
      fail_matrix(op, a, matrix,
                  fmt::format("is not finite: got {} at [{}, {}]; expected finite elements", x[i], i / batch.columns,
                              i % batch.columns));
  fail_matrix(op, a, matrix, "is not finite");
}

void check_sizes(const char* op, const Array& a) {
  constexpr std::int64_t kSide = 16384, kElements = std::numeric_limits<Index>::max();
  const std::int64_t m = a.size(-2), n = a.size(-1);
  if (std::min(m, n) <= kSide && (n == 0 || m <= kElements / n)) return;
  fail<ShapeError>(op, fmt::format("got shape {}; expected matrices of less than 2^31 elements and at most {} rows or "
                                   "columns",
                                   a.shape().str(), kSide));
}

}  // namespace xgrad::kernels::lapack
