#include "train/report.hpp"
namespace xgrad::train { std::filesystem::path report(const std::filesystem::path& f, const PageOptions&) { return f; } }
