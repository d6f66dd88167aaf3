// By LU and by Cholesky's factors. LAPACK takes a row-major matrix A for the column-major A^T, and is asked
// accordingly: nothing is transposed but right-hand sides of several columns.

#include "tensor/kernels/linalg.hpp"

#include <fmt/format.h>

#include "tensor/kernels/lapack.hpp"
#include "tensor/kernels/scaled.hpp"

namespace xgrad::kernels {

using namespace lapack;

namespace {

template <class T>
struct Lu {
  std::vector<T> factors;
  xt::uvector<Index> pivots;

  explicit Lu(std::int64_t n) : factors(static_cast<std::size_t>(n * n)), pivots(static_cast<std::size_t>(n)) {}

  /// 0, or the column, from 1, of the first pivot that is 0.
  std::int64_t factor(const T* a, std::int64_t n) {
    std::copy_n(a, n * n, factors.data());
    auto matrix = column_major(factors.data(), n, n);
    return xt::lapack::getrf(matrix, pivots);
  }
  bool odd() const {
    bool odd = false;
    for (std::size_t i = 0; i < pivots.size(); ++i) odd ^= pivots[i] != static_cast<Index>(i + 1);
    return odd;
  }
};

std::int64_t cubed(std::int64_t n) { return n * n * n; }

template <class T>
bool any_nan(const T* x, std::int64_t n) {
  bool found = false;
  for (std::int64_t i = 0; i < n; ++i) found |= x[i] != x[i];
  return found;
}

/// use(matrix, diagonal of U, step to its next element, whether rows were swapped an odd number of times); a matrix
/// with a NaN has a null diagonal.
template <class T, class Use>
void each_lu(const char* op, const Array& a, const Use& use) {
  const Batch batch(a);
  const std::int64_t n = batch.rows;
  check_sizes(op, a);
  each_matrix(
      batch.count, cubed(n), [n] { return Lu<T>(n); },
      [&](std::int64_t i, Lu<T>& lu) -> std::int64_t {
        const T* x = in<T>(a) + i * batch.size();
        const bool nan = any_nan(x, batch.size());
        if (!nan && n > 0) lu.factor(x, n);  // a pivot of 0 is where it belongs: on the diagonal
        use(i, nan ? nullptr : lu.factors.data(), n + 1, n > 0 && !nan && lu.odd());
        return 0;
      });
}

[[noreturn]] void fail_singular(const char* op, const Array& a, const Fault& fault, const char* remedy) {
  if (fault.info == kNotFinite) fail_not_finite(op, a, fault.matrix);
  fail_matrix(op, a, fault.matrix,
              fmt::format("is singular: got a zero pivot in column {}; expected an invertible matrix{}", fault.info - 1,
                          remedy));
}

}  // namespace

Array det(const Array& a) {
  const std::int64_t n = a.size(-1);
  Array y = Array::empty(with_last(a, {}), a.dtype());
  dispatch_floating("det", a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    each_lu<T>("det", a, [&](std::int64_t i, const T* u, std::int64_t step, bool odd) {
      Scaled product;
      if (odd) product *= -1.;
      for (std::int64_t k = 0; u != nullptr && k < n; ++k) product *= static_cast<double>(u[k * step]);
      out<T>(y)[i] = u != nullptr || n == 0 ? product.to<T>() : std::numeric_limits<T>::quiet_NaN();
    });
  });
  return y;
}

std::pair<Array, Array> slogdet(const Array& a) {
  const std::int64_t n = a.size(-1);
  Array sign = Array::empty(with_last(a, {}), a.dtype()), log = Array::empty_like(sign);
  dispatch_floating("slogdet", a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    each_lu<T>("slogdet", a, [&](std::int64_t i, const T* u, std::int64_t step, bool odd) {
      double sum = 0, s = odd ? -1 : 1;
      for (std::int64_t k = 0; u != nullptr && k < n; ++k) {
        const auto x = static_cast<double>(u[k * step]);
        sum += std::log(std::abs(x));
        s = x == 0 ? 0 : x < 0 ? -s : x > 0 ? s : x;
      }
      const bool nan = u == nullptr && n > 0;
      out<T>(sign)[i] = nan ? std::numeric_limits<T>::quiet_NaN() : static_cast<T>(s);
      out<T>(log)[i] = nan ? std::numeric_limits<T>::quiet_NaN() : static_cast<T>(sum);
    });
  });
  return {sign, log};
}

Array inverse(const char* op, const Array& a) {
  const Batch batch(a);
  const std::int64_t n = batch.rows;
  check_sizes(op, a);
  Array y = Array::empty_like(a);
  if (y.numel() == 0) return y;
  dispatch_floating(op, a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const Fault fault = each_matrix(
        batch.count, 3 * cubed(n), [n] { return Lu<T>(n); },
        [&](std::int64_t i, Lu<T>& lu) -> std::int64_t {
          const T* x = in<T>(a) + i * batch.size();
          if (!all_finite(x, batch.size())) return kNotFinite;
          if (const std::int64_t info = lu.factor(x, n); info != 0) return info;
          auto factors = column_major(lu.factors.data(), n, n);
          const std::int64_t info = xt::lapack::getri(factors, lu.pivots);
          std::copy_n(lu.factors.data(), batch.size(), out<T>(y) + i * batch.size());
          return info;
        });
    if (fault) fail_singular(op, a, fault, ", or use pinverse()");
  });
  return y;
}

Array solve(const char* op, const Array& a, const Array& b, bool transposed) {
  const Batch batch(a), right(b);
  const std::int64_t n = batch.rows, k = right.columns;
  check_sizes(op, a);
  check_sizes(op, b);
  Array y = Array::empty_like(b);
  if (a.numel() == 0) return y;
  dispatch_floating(op, a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const auto scratch = [&] { return std::pair(Lu<T>(n), std::vector<T>(static_cast<std::size_t>(n * k))); };
    const Fault fault = each_matrix(batch.count, cubed(n) + n * n * k, scratch, [&](std::int64_t i, auto& s) {
      const T* x = in<T>(a) + i * batch.size();
      if (!all_finite(x, batch.size())) return kNotFinite;
      if (const std::int64_t info = s.first.factor(x, n); info != 0 || k == 0) return info;
      transpose_into(in<T>(b) + i * right.size(), s.second.data(), n, k);
      const auto side = static_cast<Index>(n);
      const std::int64_t info =
          cxxlapack::getrs<Index>(transposed ? 'N' : 'T', side, static_cast<Index>(k), s.first.factors.data(), side,
                                  s.first.pivots.data(), s.second.data(), side);
      transpose_into(s.second.data(), out<T>(y) + i * right.size(), k, n);
      return info;
    });
    if (fault) fail_singular(op, a, fault, ", or use lstsq()");
  });
  return y;
}

Array solve_triangular(const char* op, const Array& t, const Array& b, Triangle triangle) {
  const Batch batch(t), right(b);
  const std::int64_t n = batch.rows, k = right.columns;
  check_sizes(op, t);
  check_sizes(op, b);
  Array y = Array::empty_like(b);
  if (y.numel() == 0) return y;
  dispatch_floating(op, t.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const auto scratch = [&] { return std::vector<T>(static_cast<std::size_t>(n * k)); };
    const Fault fault = each_matrix(batch.count, n * n * k, scratch, [&](std::int64_t i, std::vector<T>& x) {
      transpose_into(in<T>(b) + i * right.size(), x.data(), n, k);
      const auto side = static_cast<Index>(n);
      const std::int64_t info = cxxlapack::trtrs<Index>(triangle.upper ? 'L' : 'U', triangle.transposed ? 'N' : 'T',
                                                        triangle.unit ? 'U' : 'N', side, static_cast<Index>(k),
                                                        in<T>(t) + i * batch.size(), side, x.data(), side);
      transpose_into(x.data(), out<T>(y) + i * right.size(), k, n);
      return info;
    });
    if (fault) fail_singular(op, t, fault, "");
  });
  return y;
}

Array cholesky(const Array& a) {
  const Batch batch(a);
  const std::int64_t n = batch.rows;
  check_sizes("cholesky", a);
  Array y = Array::empty_like(a);
  if (y.numel() == 0) return y;
  dispatch_floating("cholesky", a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const Fault fault = each_matrix(
        batch.count, cubed(n), [] { return 0; },
        [&](std::int64_t i, int) -> std::int64_t {
          const T* x = in<T>(a) + i * batch.size();
          T* l = out<T>(y) + i * batch.size();
          if (!lower_finite(x, n)) return kNotFinite;
          for (std::int64_t r = 0; r < n; ++r) {
            std::copy_n(x + r * n, r + 1, l + r * n);
            std::fill_n(l + r * n + r + 1, n - r - 1, T(0));
          }
          auto matrix = column_major(l, n, n);
          return xt::lapack::potr(matrix, 'U');
        });
    if (fault && fault.info == kNotFinite) fail_not_finite("cholesky", a, fault.matrix);
    if (fault)
      fail_matrix("cholesky", a, fault.matrix,
                  fmt::format("is not positive definite: the leading minor of {} rows is not; expected a symmetric, "
                              "positive definite matrix, perhaps with a little of the identity added",
                              fault.info));
  });
  return y;
}

}  // namespace xgrad::kernels
