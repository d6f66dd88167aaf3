#pragma once
/// The commands of xgrad-checkpoint. Each prints to stdout and returns the exit code; trouble is thrown.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace xgrad::train::tools {

inline constexpr int kWell = 0;       ///< done; equal; whole
inline constexpr int kDifferent = 1;  ///< the files differ; a file is not whole
inline constexpr int kTrouble = 2;    ///< a file cannot be read or written; wrong arguments

struct ListOptions {
  bool json = false;
};
int list(const std::filesystem::path& file, const ListOptions& options);

struct HistoryOptions {
  bool csv = false, json = false;
};
int history(const std::filesystem::path& file, const HistoryOptions& options);

struct DiffOptions {
  double atol = 0, rtol = 0;  ///< numbers agree where |a - b| <= atol + rtol |b|
  bool model_only = false;
  bool all = false;  ///< shows what is equal, too
  bool json = false;
};
int diff(const std::filesystem::path& a, const std::filesystem::path& b, const DiffOptions& options);

int verify(const std::vector<std::filesystem::path>& files, bool quiet);

struct ConvertOptions {
  std::string format;                     ///< a name of `formats()`, or empty: by the extension of the target
  std::vector<std::int64_t> input_shape;  ///< of one sample; empty: not given
};
int convert(const std::filesystem::path& from, const std::filesystem::path& to, const ConvertOptions& options);

}  // namespace xgrad::train::tools
