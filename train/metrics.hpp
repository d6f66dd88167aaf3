#pragma once
/// Metrics as scikit-learn's users know them: plain functions of (prediction, target) that return numbers.
///
/// The order of the arguments is that of xgrad's losses; scikit-learn has the truth first.

#include "train/metrics/classification.hpp"
#include "train/metrics/probability.hpp"
#include "train/metrics/regression.hpp"
#include "train/metrics/report.hpp"
