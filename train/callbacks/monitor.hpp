#pragma once
/// What several callbacks do alike: watch one value of the logs.

#include <optional>
#include <string>

#include "optim/plateau.hpp"
#include "train/callback.hpp"

namespace xgrad::train {

using optim::Mode;

/// Which way a value improves, by its name: accuracy, auc, precision, recall, f1, r2 and the like are better when
/// larger, everything else when smaller. Keras' mode "auto".
Mode mode_of(const std::string& monitor);

/// The value in the logs; where it is missing, and has been in all epochs, a warning.
const double* monitored(Training& training, const Logs& logs, const std::string& monitor, const char* who);

/// Whether value is better than reference by more than delta; NaN never is, and every number is better than no
/// reference. (In Keras 3 a NaN in the first epoch stays the best one for ever.)
bool improves(Mode mode, double value, std::optional<double> reference, double delta = 0);

}  // namespace xgrad::train
