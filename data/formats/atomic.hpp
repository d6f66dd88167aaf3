#pragma once
/// The one way xgrad writes files: the old content or the new, never a part of either.

#include <filesystem>
#include <functional>

namespace xgrad::data {

/// Replaces a file as a whole. `write` fills a temporary file, which lies in the same folder and exists, empty, when it
/// is called; then the file is synchronised to disk, renamed over `target`, and the folder is synchronised. Whatever
/// happens in between (an exception, a full disk, a power cut), `target` is the old file or the new one; two writers at
/// once each do their work and the last rename wins. When `write` or a later step throws, the temporary is removed.
/// Only a killed process leaves one behind, called "<name>.tmp-<process>-<number>"; the next write to the same target
/// removes it. (A temporary in use is locked with flock, which ends with its process; where the file system knows no
/// such locks, leftovers stay.)
///
/// A symbolic link stays one: the file it points to is replaced. A file that exists keeps its permissions; a new one
/// has those of the umask. Owner, extended attributes and further hard links of the old file are not carried over.
///
/// Throws IoError, naming the file and the system's reason, where the folder is missing or not writable, and where
/// `target` is a folder, no regular file or write-protected; in all these cases before `write` is called. `write`
/// throws what it likes, and must have closed the file when it returns.
void atomic_write(const std::filesystem::path& target,
                  const std::function<void(const std::filesystem::path& temporary)>& write);

}  // namespace xgrad::data
