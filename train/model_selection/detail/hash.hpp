#pragma once
/// A hash of what a search depends on.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace xgrad::train::detail {

/// XXH3 with 64 bits of everything added.
class Hash {
 public:
  Hash();
  ~Hash();
  Hash(const Hash&) = delete;
  Hash& operator=(const Hash&) = delete;
  Hash& bytes(std::span<const std::byte> data);
  /// Its length too, so that texts do not run into each other.
  Hash& text(std::string_view text);
  Hash& number(std::int64_t value);
  std::uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Sixteen hexadecimal digits.
std::string hex(std::uint64_t value);

}  // namespace xgrad::train::detail
