#pragma once
/// Small sets of points drawn by the library: to learn from, to test with, to look at.
///
/// Inputs are float32; classes are (N) int64, counted from 0. Where nothing else is said, example i has the class
/// i % classes, so that any beginning of a set is balanced; a loader shuffles. The same seed gives the same points on
/// every machine and any number of threads. Shapes and names are scikit-learn's, the random numbers are not. All of
/// these functions throw ValueError for a negative number of examples, a negative noise, and what else is said to be
/// out of range.

#include <cstdint>
#include <functional>
#include <vector>

#include "data/dataset.hpp"

namespace xgrad::data {

struct PointsOptions {
  double noise = 0;  ///< standard deviation of what is added to each coordinate
  std::uint64_t seed = 0;
};

/// The four corners of the unit square, over and over; class 1 where exactly one coordinate is 1. With n = 4 and no
/// noise: the truth table of XOR, (0,0), (0,1), (1,0), (1,1).
TensorDataset make_xor(std::int64_t n, PointsOptions options = {});

/// Two half circles that interlock: the upper one round (0, 0), the lower one round (1, 0.5), both of radius 1.
TensorDataset make_moons(std::int64_t n, PointsOptions options = {});

struct CirclesOptions {
  double noise = 0;
  double factor = 0.8;  ///< radius of the inner circle, in [0, 1)
  std::uint64_t seed = 0;
};
/// A circle of radius 1 (class 0) and one in it (class 1).
TensorDataset make_circles(std::int64_t n, CirclesOptions options = {});

struct SpiralsOptions {
  double noise = 0;
  std::int64_t classes = 2;  ///< arms, at least 1
  double turns = 1;          ///< of each arm, above 0
  std::uint64_t seed = 0;
};
/// Arms that wind from the centre to radius 1, each turned by 1 / classes of a circle against the one before.
TensorDataset make_spirals(std::int64_t n, SpiralsOptions options = {});

struct BlobsOptions {
  std::int64_t centers = 3;   ///< at least 1
  std::int64_t features = 2;  ///< at least 1
  double deviation = 1;       ///< of each blob, in each coordinate; not negative
  double box = 10;            ///< centres are uniform in [-box, box]; not negative
  std::uint64_t seed = 0;
};
/// Normally distributed clouds round random centres. The centres depend on the seed alone, not on n.
TensorDataset make_blobs(std::int64_t n, BlobsOptions options = {});

struct CurveOptions {
  double from = -1, to = 1;  ///< the inputs, evenly spaced, both ends included; from < to
  double noise = 0;          ///< standard deviation of what is added to the targets
  std::uint64_t seed = 0;
};
/// A function of one variable: x (N, 1) and y = f(x) + noise (N, 1), float32. `f` is called once for each x, in order.
TensorDataset make_curve(std::int64_t n, const std::function<double(double)>& f, CurveOptions options = {});

struct RegressionDataOptions {
  std::int64_t features = 10;     ///< at least 1
  std::int64_t informative = 10;  ///< how many of them matter: the first ones; at most `features` are taken
  double bias = 0;
  double noise = 0;
  std::uint64_t seed = 0;
};
/// A linear problem: x (N, features) standard normal, y = x w + bias + noise (N, 1), and the w (features, 1) behind it,
/// uniform in [0, 100) for features that matter and 0 for the others. w depends on the seed alone, not on n.
struct RegressionData {
  TensorDataset data;
  Tensor coefficients;
};
RegressionData make_regression(std::int64_t n, RegressionDataOptions options = {});

}  // namespace xgrad::data
