#include "train/model_selection/detail/hash.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <new>

namespace xgrad::train::detail {

struct Hash::State {
  std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> xxh{XXH3_createState(), XXH3_freeState};
};

Hash::Hash() : state_(std::make_unique<State>()) {
  if (!state_->xxh || XXH3_64bits_reset(state_->xxh.get()) != XXH_OK) throw std::bad_alloc();
}
Hash::~Hash() = default;

Hash& Hash::bytes(std::span<const std::byte> data) {
  XXH3_64bits_update(state_->xxh.get(), data.data(), data.size());
  return *this;
}
Hash& Hash::text(std::string_view text) {
  number(static_cast<std::int64_t>(text.size()));
  return bytes(std::as_bytes(std::span(text)));
}
Hash& Hash::number(std::int64_t value) { return bytes(std::as_bytes(std::span(&value, 1))); }
std::uint64_t Hash::value() const { return XXH3_64bits_digest(state_->xxh.get()); }

std::string hex(std::uint64_t value) { return fmt::format("{:016x}", value); }

}  // namespace xgrad::train::detail
