// Values at the edges: huge logits, NaN and infinity, kinks and ties; and the text of every error.

#include <limits>

#include "tests/operations/oracle.hpp"
#include "tests/throws.hpp"

using namespace xgrad;

namespace {
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double at(const Tensor& t, std::int64_t i) { return t.to(float64).values<double>()[static_cast<std::size_t>(i)]; }
}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("logits of +-1e4 overflow nowhere") {
  for (const DType t : {float32, float64}) {
    Tensor x = tensor({{1e4, -1e4, 0.}, {-1e4, -1e4, -1e4}}, t).requires_grad_();
    const Tensor p = softmax(x, 1), l = log_softmax(x, 1), s = logsumexp(x, 1);
    CHECK(at(p, 0) == 1.);
    CHECK(at(p, 1) == 0.);
    CHECK(at(p, 3) == doctest::Approx(1. / 3));
    CHECK(at(l, 1) == -2e4);
    CHECK(at(s, 0) == 1e4);
    CHECK(at(s, 1) == doctest::Approx(-1e4 + std::log(3.)));
    sum(p * 2 + l).backward();
    sum(s).backward();
    for (std::int64_t i = 0; i < 6; ++i) CHECK(std::isfinite(at(x.grad(), i)));
    CHECK(at(sigmoid(x), 0) == 1.);
    CHECK(at(sigmoid(x), 1) == 0.);
    CHECK(at(tanh(x), 1) == -1.);
  }
}

TEST_CASE("NaN passes through relu, sums and extrema; infinity is subtracted without harm") {
  const Tensor x = tensor({kNaN, -1., 2.}, float64);
  CHECK(std::isnan(at(relu(x), 0)));
  CHECK(at(relu(x), 1) == 0.);
  CHECK(std::isnan(max(x).item<double>()));
  CHECK(std::isnan(min(x).item<double>()));
  CHECK(argmax(x).item<int>() == 0);
  CHECK(logsumexp(tensor({-kInf, -kInf}, float64)).item<double>() == -kInf);
  CHECK(logsumexp(zeros({2, 0}, float64), 1).values<double>()[1] == -kInf);
  CHECK(logsumexp(tensor({kInf, 1.}, float64)).item<double>() == kInf);
  Tensor masked = tensor({-kInf, 1., 1.}, float64).requires_grad_();
  sum(softmax(masked, 0) * tensor({1., 2., 3.}, float64)).backward();
  CHECK(at(masked.grad(), 0) == 0.);
  Tensor low = tensor({-kInf, -kInf}, float64).requires_grad_();
  logsumexp(low).backward();
  CHECK(at(low.grad(), 0) == 0.);
}

TEST_CASE("the conventions at kinks and ties are PyTorch's") {
  Tensor x = tensor({0., -0., 1.}, float64).requires_grad_();
  sum(relu(x)).backward();
  CHECK(at(x.grad(), 0) == 0.);
  CHECK(at(x.grad(), 2) == 1.);
  Tensor t = tensor({{2., 1., 2.}}, float64).requires_grad_();
  max(t).backward();
  CHECK(at(t.grad(), 0) == 0.5);
  CHECK(at(t.grad(), 1) == 0.);
  t.set_grad({});
  const ValuesAndIndices m = max(t, 1);
  CHECK(m.indices.item<int>() == 0);
  sum(m.values).backward();
  CHECK(at(t.grad(), 0) == 1.);
  CHECK(at(t.grad(), 2) == 0.);
  Tensor z = zeros({1}, float64).requires_grad_();
  sum(sqrt(z)).backward();
  CHECK(at(z.grad(), 0) == kInf);
  Tensor w = tensor({0.}, float64).requires_grad_(), far = tensor({kInf}, float64).requires_grad_();
  sum(where(w > 0, far, w)).backward();  // infinity in what was not chosen does no harm
  CHECK(at(w.grad(), 0) == 1.);
  CHECK(at(far.grad(), 0) == 0.);
}

TEST_CASE("dtypes: integers and numbers adopt the floating operand's, two precisions do not mix") {
  CHECK((tensor({1, 2}) + tensor({1, 2})).dtype() == int64);
  CHECK((tensor({1, 2}) * 2.5).dtype() == float32);
  CHECK((tensor({1, 2}) / tensor({2, 2})).dtype() == float32);
  CHECK((ones({2}, float64) * tensor({1, 2})).dtype() == float64);
  CHECK((ones({2}, float64) * 0.1).values<double>()[0] == 0.1);
  CHECK((tensor({true, false}) + 1).dtype() == int64);
  CHECK(mean(tensor({1, 2})).item<double>() == 1.5);
  CHECK(sum(tensor({true, true})).dtype() == int64);
  CHECK(exp(tensor({0, 1})).dtype() == float32);
  CHECK((tensor({1., 2.}) > 1).dtype() == bool_);
  CHECK(throws<DTypeError>([] { (void)(ones({2}) + ones({2}, float64)); }, "add: operands of different precision"));
  CHECK(throws<DTypeError>([] { matmul(tensor({{true}}), tensor({{true}})); }, "matmul: got bool and bool"));
  CHECK(throws<DTypeError>([] { where(ones({2}), ones({2}), ones({2})); }, "condition: got float32; expected bool"));
}

TEST_CASE("errors say the operation, what came, and what was expected") {
  CHECK(throws<ShapeError>(
      [] {
        (void)(ones({2, 3}) + ones({2, 4}));
      },
      "add: shapes do not broadcast: got A [2, 3], B [2, 4]"));
  CHECK(throws<ShapeError>(
      [] {
        matmul(ones({2, 3}), ones({4, 5}));
      },
      "matmul: inner sizes differ: got A [2, 3], B [4, 5]; expected A.shape[1] == B.shape[0]"));
  CHECK(throws<ShapeError>([] { matmul(ones({2, 3}), ones({2})); }, "expected A.shape[1] == B.shape[0]"));
  CHECK(throws<ShapeError>([] { matmul(ones({2, 2, 3}), ones({3, 3, 2})); }, "do not broadcast"));
  CHECK(throws<ShapeError>([] { matmul(ones({}), ones({2})); }, "at least one axis"));
  CHECK(throws<ShapeError>([] { bmm(ones({2, 3}), ones({3, 3}), true, false); }, "bmm: inner sizes differ"));
  CHECK(throws<ShapeError>([] { linear(ones({2, 3}), ones({4, 5})); }, "expected input.shape[-1] == 5"));
  CHECK(throws<ShapeError>([] { linear(ones({2, 5}), ones({4, 5}), ones({5})); }, "bias: got [5]"));
  CHECK(throws<IndexError>([] { sum(ones({2, 3}), 2); }, "sum: axis out of range: got axis 2"));
  CHECK(throws<IndexError>([] { mean(ones({2, 3}), {0, -3}); }, "expected -2 to 1"));
  CHECK(throws<ValueError>([] { sum(ones({2, 3}), {1, -1}); }, "named twice"));
  CHECK(throws<ShapeError>([] { amax(ones({2, 0}), 1); }, "at least one element along axis 1"));
  CHECK(throws<ShapeError>([] { max(ones({0})); }, "at least one element"));
  CHECK(throws<ShapeError>([] { argmax(ones({0, 2}), 0); }, "at least one element"));
  CHECK(throws<ShapeError>(
      [] {
        reshape(ones({2, 3}), {4});
      },
      "reshape: got 6 elements of shape [2, 3] for shape [4]"));
  CHECK(throws<ShapeError>([] { reshape(ones({2, 3}), {-1, -1}); }, "at most one"));
  CHECK(throws<IndexError>([] { flatten(ones({2, 3}), 2); }, "flatten: axis"));
  CHECK(throws<IndexError>([] { transpose(ones({2, 3}), 0, 2); }, "transpose: axis"));
  CHECK(throws<ValueError>([] { permute(ones({2, 3}), {0, 0}); }, "each axis once"));
  CHECK(throws<ShapeError>([] { expand(ones({2, 3}), {2, 4}); }, "expand"));
  CHECK(throws<ValueError>([] { slice(ones({4}), 0, 0, 4, 0); }, "step: got 0"));
  CHECK(throws<IndexError>([] { slice(ones({4}), 1, 0); }, "slice: axis"));
  CHECK(throws<IndexError>([] { select(ones({4}), 0, 4); }, "got index 4"));
  CHECK(throws<ShapeError>([] { concat({ones({2, 3}), ones({2, 4})}, 0); }, "tensor 1: got [2, 4]"));
  CHECK(throws<ValueError>([] { concat(std::span<const Tensor>{}); }, "no tensors"));
  CHECK(throws<ShapeError>([] { stack({ones({2}), ones({3})}); }, "equal shapes"));
  CHECK(throws<IndexError>(
      [] {
        one_hot(tensor({0, 10}), 10);
      },
      "label out of range: got 10 at position 1; expected 0 to 9"));
  CHECK(throws<DTypeError>([] { one_hot(ones({2}), 10); }, "expected int64"));
  CHECK(throws<IndexError>([] { gather(ones({2, 3}), 1, tensor({{0}, {3}})); }, "index out of range: got 3"));
  CHECK(throws<ShapeError>([] { gather(ones({2, 3}), 1, tensor({{0}, {0}, {0}})); }, "gather: got x [2, 3]"));
  CHECK(throws<ShapeError>([] { gather(ones({2, 3}), 1, tensor({0})); }, "as many axes"));
  CHECK(throws<ShapeError>([] { scatter_add(ones({2, 3}), 1, tensor({{0, 1}}), ones({1, 1})); }, "got source [1, 1]"));
  CHECK(throws<ShapeError>([] { place(ones({2}), {3}, 0, 2); }, "place: got part [2]"));
  CHECK(throws<IndexError>([] { softmax(ones({2}), 1); }, "softmax: axis"));
  CHECK(throws<ShapeError>([] { ones({2, 3}).item<float>(); }, "item: got shape [2, 3]"));
  CHECK(throws<ShapeError>([] { zeros({-1}); }, "negative size"));
  CHECK(throws<ShapeError>([] { zeros({1 << 30, 1 << 30, 1 << 30}); }, "too large"));
  CHECK(throws<ShapeError>([] { tensor({{1., 2.}, {3.}}); }, "unequal length"));
  CHECK(throws<ValueError>([] { arange(0, 10, 0); }, "arange"));
  CHECK(throws<ValueError>([] { randint(3, 3, {2}); }, "low < high"));
  CHECK(throws<ValueError>([] { bernoulli(1.5, {2}); }, "p: got 1.5"));
  CHECK(throws<DTypeError>([] { rand({2}, int64); }, "rand: got int64"));
}

TEST_CASE("creation gives what NumPy and PyTorch give") {
  CHECK(arange(5).str() == "[0 1 2 3 4]");
  CHECK(arange(1, 2, 0.25).str() == "[1.   1.25 1.5  1.75]");
  CHECK(arange(5, 0, -2).str() == "[5 3 1]");
  CHECK(arange(0).numel() == 0);
  CHECK(linspace(0, 1, 5, float64).values<double>()[4] == 1.);
  CHECK(linspace(0, 1, 5).str() == "[0.   0.25 0.5  0.75 1.  ]");
  CHECK(eye(2, 3).str() == "[[1. 0. 0.]\n [0. 1. 0.]]");
  CHECK(tensor({{1, 2}, {3, 4}}).str() == "[[1 2]\n [3 4]]");
  CHECK(tensor(2.5).dim() == 0);
  CHECK(tensor({true, false}).dtype() == bool_);
  CHECK(tensor(std::vector<double>{1, 2, 3, 4}, Shape{2, 2}).dtype() == float64);
  CHECK(full({2}, 7).dtype() == int64);
  CHECK(one_hot(tensor({1, 0})).str() == "[[0 1]\n [1 0]]");
}

TEST_CASE("slices follow Python's rules") {
  const Tensor x = arange(6);
  CHECK(slice(x, 0, 1, 4).str() == "[1 2 3]");
  CHECK(slice(x, 0, -2).str() == "[4 5]");
  CHECK(slice(x, 0, {}, {}, -1).str() == "[5 4 3 2 1 0]");
  CHECK(slice(x, 0, -1, 0, -2).str() == "[5 3 1]");
  CHECK(slice(x, 0, 4, 2).numel() == 0);
  CHECK(slice(x, 0, -100, 100, 4).str() == "[0 4]");
  CHECK(x[2].item<int>() == 2);
  CHECK(x[-1].item<int>() == 5);
}

TEST_CASE("operations on tensors without elements give tensors without elements, and gradients likewise") {
  Tensor x = zeros({0, 3}).requires_grad_();
  const Tensor y = softmax(relu(x) * 2 + exp(x), 1);
  CHECK(y.shape() == Shape{0, 3});
  sum(y).backward();
  CHECK(x.grad().shape() == Shape{0, 3});
  CHECK(sum(x).item<double>() == 0.);
  CHECK(std::isnan(mean(x).item<double>()));
  Tensor w = zeros({2, 3}).requires_grad_();
  sum(linear(x, w)).backward();
  for (const float g : w.grad().values<float>()) CHECK(g == 0.f);
}

TEST_SUITE_END();
