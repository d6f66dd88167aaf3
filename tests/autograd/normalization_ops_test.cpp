// One row per normalising operation; then exact values and extremes.

#include <cmath>
#include <limits>

#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor trained(const Tensor& x, const Tensor& weight = {}, const Tensor& bias = {}) {
  return batch_norm(x, {}, {}, weight, bias, {.training = true});
}

Tensor evaluated(In x) {
  const Tensor mean = spread({3}, -0.5, 0.5, 5).to(x[0].dtype()), var = spread({3}, 0.5, 2, 6).to(x[0].dtype());
  return batch_norm(x[0], mean, var, x[1], x[2], {.eps = 1e-3});
}

std::vector<Tensor> with_affine(const Shape& x, const Shape& weight) {
  return {spread(x), spread(weight, 0.5, 1.5, 1), spread(weight, -1, 1, 2)};
}

Rows norm_rows() {
  return {
      Row(
          "batch_norm, training", [](In x) { return trained(x[0], x[1], x[2]); }, with_affine({4, 3}, {3}))
          .also(with_affine({2, 3, 4}, {3}))
          .also(with_affine({2, 1, 3, 2}, {1}))
          .also(with_affine({0, 3}, {3}))
          .also(with_affine({2, 3, 0}, {3}))
          .large(with_affine({40, 8, 30, 40}, {8}))
          .large(with_affine({3, 3, 300, 200}, {3}))
          .large(with_affine({3000, 130}, {130}))
          .fails<ValueError>(
              [] {
                trained(ones({1, 3}));
              },
              "batch_norm: got x [1, 3], one element per channel")
          .fails<ValueError>(
              [] {
                batch_norm(ones({2, 3}));
              },
              "batch_norm: got no running statistics")
          .fails<ShapeError>([] { trained(ones({4})); }, "batch_norm: got x [4]; expected [N, C, ...]")
          .fails<ShapeError>(
              [] {
                trained(ones({2, 3}), ones({2}));
              },
              "batch_norm: weight: got [2] for x [2, 3]; expected [3]")
          .fails<ShapeError>(
              [] {
                batch_norm(ones({2, 3}), ones({2}), ones({3}));
              },
              "batch_norm: running_mean: got [2]")
          .fails<DTypeError>(
              [] {
                trained(ones({2, 3}), ones({3}, float64));
              },
              "batch_norm")
          .fails<DTypeError>(
              [] {
                batch_norm(ones({2, 3}), ones({3}, float64), ones({3}));
              },
              "running_mean: got float64 for x of float32")
          .fails<AutogradError>(
              [] {
                batch_norm(ones({2, 3}), ones({3}), ones({3}).requires_grad_());
              },
              "running_var: got a tensor that requires a gradient")
          .fails<ValueError>(
              [] {
                batch_norm(ones({2, 3}), {}, {}, {}, {}, {.training = true, .eps = -1.});
              },
              "eps: got -1; expected 0 or more")
          .fails<ValueError>(
              [] {
                batch_norm(ones({2, 3}), {}, {}, {}, {}, {.training = true, .momentum = 2.});
              },
              "momentum: got 2; expected 0 to 1"),
      Row("batch_norm, without weights", [](In x) { return square(trained(x[0])); }, {spread({3, 2, 2})}),
      Row("batch_norm, evaluation", evaluated, with_affine({4, 3}, {3}))
          .also(with_affine({2, 3, 2, 2}, {3}))
          .also(with_affine({1, 3}, {3}))
          .also(with_affine({0, 3}, {3}))
          .large(with_affine({100, 3, 40, 40}, {3}))
          .large(with_affine({100000, 3}, {3})),
      Row(
          "layer_norm", [](In x) { return layer_norm(x[0], x[1].shape(), x[1], x[2]); }, with_affine({3, 4}, {4}))
          .also(with_affine({2, 2, 3}, {2, 3}))
          .also(with_affine({4}, {4}))
          .also(with_affine({2, 1}, {1}))
          .also(with_affine({0, 4}, {4}))
          .also(with_affine({2, 40}, {40}))
          .large(with_affine({500, 700}, {700}))
          .large(with_affine({2, 300000}, {300000}))
          .fails<ShapeError>(
              [] {
                layer_norm(ones({2, 3}), {4});
              },
              "layer_norm: got x [2, 3], normalized_shape [4]; expected the sizes of x's last axes")
          .fails<ShapeError>(
              [] {
                layer_norm(ones({2, 3}), {1, 2, 3});
              },
              "normalized_shape [1, 2, 3]")
          .fails<ShapeError>(
              [] {
                layer_norm(ones({2, 3}), {});
              },
              "at least one")
          .fails<ShapeError>(
              [] {
                layer_norm(ones({2, 3}), {3}, ones({2}));
              },
              "layer_norm: weight: got [2] for x [2, 3]; expected [3]")
          .fails<ValueError>(
              [] {
                layer_norm(ones({2, 3}), {3}, {}, {}, -1.);
              },
              "eps: got -1"),
      Row(
          "group_norm", [](In x) { return group_norm(x[0], 2, x[1], x[2]); }, with_affine({2, 4, 3}, {4}))
          .also(with_affine({2, 6}, {6}))
          .also(with_affine({1, 2, 2, 2}, {2}))
          .also(with_affine({0, 4, 3}, {4}))
          .also(with_affine({1, 4, 33}, {4}))
          .large(with_affine({30, 8, 50, 40}, {8}))
          .large(with_affine({1000, 300}, {300}))
          .fails<ShapeError>(
              [] {
                group_norm(ones({2, 5}), 2);
              },
              "group_norm: got x [2, 5], num_groups 2; expected num_groups to divide x.shape[1] = 5")
          .fails<ValueError>(
              [] {
                group_norm(ones({2, 4}), 0);
              },
              "num_groups: got 0")
          .fails<ValueError>(
              [] {
                group_norm(ones({1, 2}), 2);
              },
              "one element per group")
          .fails<ShapeError>([] { group_norm(ones({4}), 2); }, "expected [N, C, ...]"),
      Row(
          "instance_norm", [](In x) { return instance_norm(x[0], {}, {}, x[1], x[2]); }, with_affine({2, 3, 4}, {3}))
          .also(with_affine({1, 2, 2, 3}, {2}))
          .also(with_affine({0, 2, 4}, {2}))
          .large(with_affine({30, 8, 50, 40}, {8}))
          .fails<ValueError>(
              [] {
                instance_norm(ones({2, 3, 1}));
              },
              "instance_norm: got x [2, 3, 1], one element per channel and sample")
          .fails<ValueError>(
              [] {
                instance_norm(ones({2, 3}));
              },
              "one element per channel and sample")
          .fails<ValueError>(
              [] {
                instance_norm(ones({2, 3, 2}), {}, {}, {}, {}, {.use_input_stats = false});
              },
              "instance_norm: got no running statistics"),
      Row(
          "instance_norm, by running statistics",
          [](In x) {
            const Tensor mean = spread({3}, -0.5, 0.5, 5).to(x[0].dtype()), var = ones({3}, x[0].dtype());
            return square(instance_norm(x[0], mean, var, x[1], x[2], {.use_input_stats = false}));
          },
          with_affine({2, 3, 2}, {3})),
      Row("rms_norm", [](In x) { return rms_norm(x[0], x[1].shape(), x[1], 1e-5); },
          {spread({3, 4}), spread({4}, 0.5, 1.5, 1)})
          .also({spread({2, 2, 2}), spread({2, 2}, 0.5, 1.5, 1)})
          .also({spread({0, 2}), spread({2}, 0.5, 1.5, 1)})
          .large({spread({500, 700}), spread({700}, 0.5, 1.5, 1)})
          .fails<ShapeError>(
              [] {
                rms_norm(ones({2, 3}), {2});
              },
              "rms_norm: got x [2, 3], normalized_shape [2]"),
      Row("normalize", [](In x) { return normalize(x[0]); }, {spread({3, 4})})
          .also({spread({2, 0})})
          .also({spread({2, 1, 2})})
          .fails<ValueError>(
              [] {
                normalize(ones({2, 2}), 0.);
              },
              "normalize: p: got 0; expected a positive number")
          .fails<ValueError>(
              [] {
                normalize(ones({2, 2}), 2., 1, -1.);
              },
              "normalize: eps: got -1")
          .fails<IndexError>([] { normalize(ones({2})); }, "normalize"),
      Row("normalize, p = 1", [](In x) { return normalize(x[0], 1., 0); }, {spread({3, 4})}),
      Row("normalize, p = 3", [](In x) { return normalize(x[0], 3., -1); }, {spread({3, 4})}),
      Row("normalize, p infinite", [](In x) { return normalize(x[0], kInf); }, {spread({3, 4})}),
  };
}

/// Gradients of sum(f(x...)^3) by the fused kernels and by recorded operations.
void check_fused(const oracle::Function& f, std::vector<Tensor> at) {
  for (Tensor& x : at) x = x.detach().requires_grad_();
  const Tensor y = f(at);
  const Tensor total = sum(square(y) * y);
  const auto recorded = grad(std::vector{total}, at, {}, {.create_graph = true});
  const auto fused = grad(std::vector{total}, at);
  for (std::size_t k = 0; k < at.size(); ++k)
    for (std::int64_t i = 0; i < at[k].numel(); ++i)
      CHECK(fused[k].data<double>()[i] == doctest::Approx(recorded[k].data<double>()[i]).epsilon(1e-9));
}

/// float32 numbers of mean 1e4 and deviation 1e-2, and the largest error of f of them, against float64.
double error_far_from_zero(const Shape& shape, const std::function<Tensor(const Tensor&)>& f) {
  Generator generator(1);
  const Tensor x = (randn(shape, float64, generator) * 1e-2 + 1e4).to(float32);
  const Tensor error = f(x).to(float64) - f(x.to(float64));
  return std::sqrt(max(square(error)).item<double>());
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("normalising operations") { check(norm_rows()); }

TEST_CASE("normalisation: the fused gradients are the recorded ones") {
  const auto batch = [](In x) { return trained(x[0], x[1], x[2]); };
  check_fused(batch, with_affine({7, 3}, {3}));
  check_fused(batch, with_affine({3, 2, 5, 9}, {2}));
  check_fused(evaluated, with_affine({5, 3, 7}, {3}));
  check_fused([](In x) { return layer_norm(x[0], x[1].shape(), x[1], x[2]); }, with_affine({5, 6, 7}, {6, 7}));
  check_fused([](In x) { return group_norm(x[0], 3, x[1], x[2]); }, with_affine({4, 6, 37}, {6}));
  check_fused([](In x) { return instance_norm(x[0], {}, {}, x[1], x[2]); }, with_affine({4, 2, 3, 3}, {2}));
  check_fused([](In x) { return rms_norm(x[0], x[1].shape(), x[1]); }, {spread({4, 9}), spread({9}, 0.5, 1, 1)});
}

TEST_CASE("batch_norm: running statistics of 1, 2, 3, 4, as PyTorch and as Keras keep them") {
  const Tensor x = tensor({{1.}, {2.}, {3.}, {4.}}, float64);
  Tensor mean = zeros({1}, float64), var = ones({1}, float64);
  batch_norm(x, mean, var, {}, {}, {.training = true});
  CHECK(mean.item<double>() == doctest::Approx(0.25).epsilon(1e-15));
  CHECK(var.item<double>() == doctest::Approx(0.9 + 0.1 * 5 / 3).epsilon(1e-15));
  mean = zeros({1}, float64), var = ones({1}, float64);
  batch_norm(x, mean, var, {}, {}, {.training = true, .momentum = 0.01, .biased_running_var = true});
  CHECK(mean.item<double>() == doctest::Approx(0.025).epsilon(1e-15));
  CHECK(var.item<double>() == doctest::Approx(0.99 + 0.01 * 1.25).epsilon(1e-15));
}

TEST_CASE("batch_norm: running statistics are left alone by evaluation, by errors and by batches of nothing") {
  const Tensor mean = full({2}, 3.), var = full({2}, 4.);
  batch_norm(ones({5, 2}), mean, var);
  CHECK(throws<ValueError>([&] { batch_norm(ones({1, 2}), mean, var, {}, {}, {.training = true}); }, "one element"));
  CHECK(batch_norm(ones({0, 2}), mean, var, {}, {}, {.training = true}).shape() == Shape{0, 2});
  CHECK(mean.str() == "[3. 3.]");
  CHECK(var.str() == "[4. 4.]");
}

TEST_CASE("batch_norm: only the mean may be kept, and gradients taken after a later update are those of the forward") {
  const Tensor mean = zeros({2}, float64), var = ones({2}, float64);
  batch_norm(spread({5, 2}), mean, {}, {}, {}, {.training = true});
  Tensor x = spread({3, 2}).requires_grad_();
  const Tensor y = batch_norm(x, mean, var);
  batch_norm(spread({5, 2}), mean, var, {}, {}, {.training = true});
  sum(y).backward();
  CHECK(x.grad().data<double>()[0] == doctest::Approx(1. / std::sqrt(1. + 1e-5)).epsilon(1e-12));
}

TEST_CASE("instance_norm: running statistics get the mean over the samples") {
  const Tensor x = tensor({{{1., 3.}}, {{10., 18.}}}, float64);
  const Tensor mean = zeros({1}, float64), var = zeros({1}, float64);
  instance_norm(x, mean, var, {}, {}, {.momentum = 0.5});
  CHECK(mean.item<double>() == 4.);
  CHECK(var.item<double>() == doctest::Approx(0.5 * (2. + 32.) / 2));
}

TEST_CASE("normalisation: float32 numbers of mean 1e4 and deviation 1e-2 give what float64 gives") {
  const auto batch = [](const Tensor& x) { return trained(x); };
  CHECK(error_far_from_zero({1000, 3}, batch) < 2e-6);
  CHECK(error_far_from_zero({4, 3, 40, 40}, batch) < 2e-6);
  CHECK(error_far_from_zero({10, 500}, [](const Tensor& x) { return layer_norm(x, {500}); }) < 2e-6);
  CHECK(error_far_from_zero({3, 4, 500}, [](const Tensor& x) { return group_norm(x, 2); }) < 2e-6);
  CHECK(error_far_from_zero({3, 4, 500}, [](const Tensor& x) { return instance_norm(x); }) < 2e-6);
  const auto gradient = [](const Tensor& v) {
    const Tensor x = v.detach().requires_grad_();
    const Tensor w = spread(v.shape(), -1, 1).to(v.dtype());
    return grad(sum(trained(x) * w), x) * 1e-2;
  };
  CHECK(error_far_from_zero({1000, 3}, gradient) < 2e-6);
}

TEST_CASE("normalisation: a constant gives the bias, also when it is huge") {
  for (const double value : {0., 1. / 3, 1e30, -1e-30}) {
    const Tensor x = full({4, 3, 50}, value, float32), bias = tensor({1., 2., 3.});
    CHECK(same_bytes(trained(x, {}, bias).array(), (zeros({4, 3, 50}) + reshape(bias, {3, 1})).array()));
    CHECK(same_bytes(layer_norm(x, {3, 50}).array(), zeros({4, 3, 50}).array()));
    CHECK(same_bytes(trained(full({40, 3}, value, float64)).array(), zeros({40, 3}, float64).array()));
  }
}

TEST_CASE("normalisation: NaN and infinity spoil their own channel or row and no other") {
  Tensor x = spread({3, 2, 4}).to(float32);
  x.mutable_data<float>()[5] = NAN;        // sample 0, channel 1
  x.mutable_data<float>()[20] = INFINITY;  // sample 2, channel 1
  const Tensor batch = trained(x), rows = layer_norm(x, {4}), own = instance_norm(x);
  for (std::int64_t i = 0; i < 24; ++i) {
    const bool channel = i / 4 % 2 == 1, row = i / 4 == 1 || i / 4 == 5;
    CHECK(std::isnan(batch.data<float>()[i]) == channel);
    CHECK(std::isnan(rows.data<float>()[i]) == row);
    CHECK(std::isnan(own.data<float>()[i]) == row);
  }
}

TEST_CASE("normalisation of integers is that of float32, and of numbers near 1e30 does not overflow") {
  CHECK(same_bytes(layer_norm(tensor({1, 2, 3}), {3}).array(), layer_norm(tensor({1., 2., 3.}), {3}).array()));
  const Tensor y = layer_norm(tensor({-1e30, 1e30}), {2});
  CHECK(y.str() == "[-1.  1.]");
  CHECK(rms_norm(tensor({3., 4.}, float64), {2}, {}, 0.).data<double>()[0] == doctest::Approx(3. / std::sqrt(12.5)));
}

TEST_CASE("normalize: a vector of zeros stays, with the gradient 1 / eps") {
  Tensor x = tensor({{3., 4.}, {0., 0.}}, float64).requires_grad_();
  for (const double p : {1., 2., 2.5, kInf}) {
    const Tensor y = normalize(x, p, 1, 1e-3);
    CHECK(y.data<double>()[2] == 0.);
    CHECK(grad(sum(y[1]), x)[1].str() == "[1000. 1000.]");
  }
  CHECK(normalize(x).str() == "[[0.6 0.8]\n [0.  0. ]]");
}

TEST_SUITE_END();
