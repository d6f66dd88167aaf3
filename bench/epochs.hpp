#pragma once
/// Whole trainings on MNIST: seconds per epoch, and until a test accuracy is reached.

#include <filesystem>

#include "bench/runner.hpp"

namespace bench {

/// Trains a workload for classes of 28 x 28 images on the MNIST files in a folder (as they are distributed, packed),
/// each epoch in a new order, and prints a line of key=value for each epoch; until `epochs` are over or the accuracy on
/// the test images has reached `target`. Both programs get the same batches in the same order from the same code, which
/// is part of the time; the test is not.
void run_epochs(const Framework& framework, const Workload& workload, const std::filesystem::path& folder, int threads,
                int epochs, double target);

}  // namespace bench
