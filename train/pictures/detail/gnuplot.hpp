#pragma once
/// Running gnuplot.

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace xgrad::train::plot::detail {

/// Runs gnuplot in a folder, without a shell, with nothing to read and without the settings of the user. IoError,
/// naming `what`, with what it said, unless it ends well in time; where there is none, with the package to install.
void run_gnuplot(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
                 std::chrono::milliseconds limit, const std::string& what);

}  // namespace xgrad::train::plot::detail
