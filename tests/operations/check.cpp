#include "tensor/parallel.hpp"
#include "tests/operations/row.hpp"

namespace operations {

using namespace xgrad;

namespace {

std::vector<Tensor> leaves(const std::vector<Tensor>& values, DType t, bool gradient) {
  std::vector<Tensor> result;
  for (const Tensor& x : values) result.push_back(x.to(t).detach().clone().requires_grad_(gradient));
  return result;
}

double number(const Tensor& t, std::int64_t i) {
  return t.dtype() == float32 ? static_cast<double>(t.data<float>()[i]) : t.data<double>()[i];
}

void check_close(const Tensor& got, const Tensor& reference, double error, const std::string& what) {
  REQUIRE_MESSAGE(got.shape() == reference.shape(), what);
  double largest = 1e-3;
  for (std::int64_t i = 0; i < reference.numel(); ++i)
    if (std::isfinite(number(reference, i))) largest = std::max(largest, std::abs(number(reference, i)));
  for (std::int64_t i = 0; i < reference.numel(); ++i) {
    const double a = number(got, i), b = number(reference, i);
    const bool same = std::isnan(b) ? std::isnan(a) : a == b || std::abs(a - b) <= error * (largest + std::abs(b));
    CHECK_MESSAGE(same, what << ", element " << i << ": float32 gives " << a << ", float64 " << b);
  }
}

/// The checks that users have, at a few elements of each input: they must agree with the oracle that rows are right.
void check_gradients(const Row& row, const std::vector<Tensor>& point) {
  const auto first = xgrad::gradcheck(row.f, point, {.max_elements = 6});
  CHECK_MESSAGE(first.verdict == Verdict::right, row.name << "\n" << first.str());
  const auto second = xgrad::gradgradcheck(row.f, point, {.max_elements = 4});
  CHECK_MESSAGE(second.verdict == Verdict::right, row.name << ", second derivatives\n" << second.str());
}

/// The float32 inputs as they are, taken as float64 too: the difference is the operation's own.
void check_single(const Row& row, const std::vector<Tensor>& point) {
  const std::vector<Tensor> single = leaves(point, float32, row.differentiable);
  std::vector<Tensor> twice;
  for (const Tensor& x : single) twice.push_back(x.detach().to(float64).detach().requires_grad_(row.differentiable));
  const Tensor y = row.f(single), reference = row.f(twice);
  if (!is_floating(y.dtype())) {
    CHECK_MESSAGE(same_bytes(y.array(), reference.array()), row.name);
    return;
  }
  REQUIRE_MESSAGE(y.dtype() == float32, row.name);
  check_close(y, reference, row.value_error, row.name);
  if (!row.differentiable) return;
  const std::vector<Tensor> a = oracle::gradients(row.f, single), b = oracle::gradients(row.f, twice);
  for (std::size_t k = 0; k < single.size(); ++k) {
    REQUIRE_MESSAGE(a[k].defined(), row.name);
    check_close(a[k], b[k], row.gradient_error, row.name + ", gradient " + std::to_string(k));
  }
}

/// Everything computed from a point, in one list.
std::vector<Tensor> computed(const Row& row, const std::vector<Tensor>& point, DType t) {
  const std::vector<Tensor> at = leaves(point, t, row.differentiable);
  std::vector<Tensor> all = {row.f(at).detach()};
  if (row.differentiable)
    for (const Tensor& g : oracle::gradients(row.f, at)) all.push_back(g);
  return all;
}

void check_threads(const Row& row, const std::vector<Tensor>& point) {
  const int before = num_threads();
  for (const DType t : {float32, float64}) {
    set_num_threads(1);
    const std::vector<Tensor> one = computed(row, point, t);
    for (const int n : {2, 5}) {
      set_num_threads(n);
      const std::vector<Tensor> many = computed(row, point, t);
      for (std::size_t k = 0; k < one.size(); ++k)
        CHECK_MESSAGE(same_bytes(one[k].array(), many[k].array()), row.name << ": other bits on " << n << " threads, "
                                                                            << name_of(t)
                                                                            << (k == 0 ? ", value" : ", gradient"));
    }
  }
  set_num_threads(before);
}

}  // namespace

void check(const Rows& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.name);
    for (const std::vector<Tensor>& point : row.points) {
      if (row.differentiable) {
        oracle::check(row.name, row.f, leaves(point, float64, false));
        check_gradients(row, leaves(point, float64, false));
      }
      check_single(row, point);
    }
    for (const std::vector<Tensor>& point : row.big) check_threads(row, point);
    for (const auto& failure : row.failures) failure();
  }
}

}  // namespace operations
