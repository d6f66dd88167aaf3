#pragma once
/// The last few checkpoints of a run: "run.h5" is the newest, "run.1.h5" the one before, and so on.

#include <cstdint>
#include <filesystem>

namespace xgrad::train::detail {

/// The i-th older one; 0 is the file itself.
std::filesystem::path older(const std::filesystem::path& file, std::int64_t i);

/// Before a new one is written: the newest gets the name of the one before as well, and so on; the oldest goes. Killed
/// at any moment, the newest keeps its name.
void rotate(const std::filesystem::path& file, std::int64_t keep);

/// Gives a checkpoint a second name, in place of what may have had it.
void also_call(const std::filesystem::path& file, const std::filesystem::path& name);

/// The newest whole checkpoint: the file itself, or where it is damaged or cut an older one; the file itself where
/// there is no whole one.
std::filesystem::path newest_whole(const std::filesystem::path& file);

}  // namespace xgrad::train::detail
