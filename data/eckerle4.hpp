#pragma once
/// Eckerle4: 35 observations from NIST's Statistical Reference Datasets for nonlinear regression.
/// K. Eckerle, NIST (197?), "Circular Interference Transmittance Study".

#include <array>

#include "data/dataset.hpp"

namespace xgrad::data {

/// The model is y = b1 / b2 * exp(-((x - b3) / b2)^2 / 2) + error: transmittance over wavelength.
struct Eckerle4 {
  TensorDataset data;  ///< wavelength x (35, 1) and transmittance y (35, 1), float64
  /// NIST's starting points b1, b2, b3: one far from the solution, one near.
  std::array<double, 3> start_far{1, 10, 500};
  std::array<double, 3> start_near{1.5, 5, 450};
  /// What NIST certifies for least squares, to 11 digits: parameters, their standard deviations, and the sum of
  /// squares.
  std::array<double, 3> parameters{1.5543827178, 4.0888321754, 451.54121844};
  std::array<double, 3> deviations{1.5408051163e-2, 4.6803020753e-2, 4.6800518816e-2};
  double residual_sum_of_squares = 1.4635887487e-3;
};

/// The data set: https://www.itl.nist.gov/div898/strd/nls/data/eckerle4.shtml
Eckerle4 eckerle4();

}  // namespace xgrad::data
