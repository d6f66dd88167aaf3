#pragma once
/// Private to the reader of foreign HDF5: what its two processes share. The child walks the file and reports
/// (foreign_walk.cpp); the parent builds the tree from the report, which it trusts no more than a file
/// (foreign_hdf5.cpp).

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "data/formats/detail/guarded_child.hpp"
#include "data/formats/detail/hdf5_input.hpp"
#include "data/formats/foreign_hdf5.hpp"

namespace xgrad::data::detail {

/// What a piece of the report begins with. Texts are a u32 and as many bytes; numbers are as in memory.
enum class Tag : std::uint8_t {
  group,      ///< name; what follows lies in it, until its `end`. The first is the root, without a name
  end,        ///< of a group
  numbers,    ///< name, dtype (u8), rank (u8), sizes (i64), place (u64), and without a place the elements
  texts,      ///< name, count (u64), texts
  attribute,  ///< of the group or dataset before: name, which alternative of Attribute (u8), count (u64), values
  failure,    ///< a text; the last piece
  done        ///< the last piece
};
inline constexpr std::uint64_t kNoPlace = UINT64_MAX;  ///< the elements follow, instead of lying in the file in a row

/// Counts what a file asks for, in both processes; its errors are those of `file`.
class Allowance {
 public:
  Allowance(const Hdf5File& file, const ForeignLimits& limits) : file_(file), limits_(limits) {}
  /// Bytes in memory that `path` needs.
  void take_bytes(std::string_view path, std::uint64_t n);
  void take_object(std::string_view path);
  void take_attribute(std::string_view path);
  /// Whether so many more objects are allowed.
  bool has_objects(std::uint64_t n) const noexcept { return n <= limits_.objects - objects_; }
  void check_depth(std::string_view path, int depth) const;

 private:
  const Hdf5File& file_;
  const ForeignLimits& limits_;
  std::uint64_t bytes_ = 0, objects_ = 0, attributes_ = 0;
};

/// Whether a name is of 1 to 4096 bytes without NUL; with `plain` it must be UTF-8 without control characters.
bool is_plain_text(std::string_view name, bool plain) noexcept;
/// The same for what can be one part of a path: not "." or "..", no slash.
bool is_plain_name(std::string_view name, bool plain) noexcept;

/// Numbers that have not been read, though it is known where they lie.
struct Unread {
  DType dtype;
  Shape shape;
  std::uint64_t place;
};
/// By their datasets in a tree, which have no array then. They stay valid when the tree is moved.
using UnreadNumbers = std::unordered_map<const Hdf5Value*, Unread>;

/// The child's work: walks the file and puts all of it, or a failure, into the outbox.
void report_file(const Hdf5File& file, const InputBytes& bytes, const ForeignLimits& limits, Outbox& out) noexcept;

/// The parent's: builds the tree from what the child puts there; an IoError for a failure and for what makes no sense.
/// With `unread`, numbers that lie in the file in a row are not read, but noted there.
Hdf5Group read_report(const Hdf5File& file, const InputBytes& bytes, const ForeignLimits& limits, GuardedChild& child,
                      UnreadNumbers* unread = nullptr);

/// Both.
Hdf5Group read_guarded(const Hdf5File& file, const InputBytes& bytes, const ForeignLimits& limits,
                       UnreadNumbers* unread = nullptr);

}  // namespace xgrad::data::detail
