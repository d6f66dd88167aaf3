#pragma once
/// The configuration of one Keras layer: every value with a type, a range and, where Keras has one, a default.

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/ops/size2d.hpp"
#include "tensor/error.hpp"
#include "train/detail/keras/value.hpp"

namespace xgrad::train::keras::detail {

/// No size of a layer, and no axis of what it makes, is larger.
inline constexpr std::int64_t kMaxSize = (std::int64_t{1} << 31) - 1;

class Config {
 public:
  /// `where` names file and layer: `m.h5: Conv2D "conv2d_1"`. The values outlive the Config.
  Config(std::string where, const Value& values, int keras)
      : where_(std::move(where)), values_(&values), keras_(keras) {}

  const std::string& where() const { return where_; }
  const Value& values() const { return *values_; }
  /// 2 or 3; 0 where the file does not say.
  int keras() const { return keras_; }
  [[noreturn]] void refuse(const std::string& what) const {
    fail<IoError>("train::keras::load_model", where_ + ": " + what);
  }

  const Value* find(std::string_view key) const { return values_->find(key); }
  /// A size from `least` to kMaxSize; without a default it must be there.
  std::int64_t size(std::string_view key, std::optional<std::int64_t> by_default = {}, std::int64_t least = 1) const;
  /// One size, or two for height and width. An absent one is `by_default`.
  Size2d size2d(std::string_view key, std::optional<Size2d> by_default = {}, std::int64_t least = 1) const;
  /// The same of signals: one size, or a list of one.
  std::int64_t size1d(std::string_view key, std::optional<std::int64_t> by_default = {}, std::int64_t least = 1) const;
  double number(std::string_view key, double by_default) const;
  bool flag(std::string_view key, bool by_default) const;
  std::string text(std::string_view key, std::string_view by_default) const;
  /// A list of sizes, of which null and -1 are unknown (-1). Nothing where the key is absent.
  std::optional<std::vector<std::int64_t>> sizes(std::string_view key) const;
  /// The integers of a list, or one integer; nothing where the key is absent.
  std::optional<std::vector<std::int64_t>> integers(std::string_view key) const;

  /// Refuses the layer when the value is there and another one than `only`.
  void only(std::string_view key, const char* only) const;
  void only(std::string_view key, std::same_as<bool> auto only) const { only_flag(key, only); }
  void absent(std::string_view key) const;
  /// Refuses images with the channels in front.
  void channels_last() const { only("data_format", "channels_last"); }

 private:
  void only_flag(std::string_view key, bool only) const;
  [[noreturn]] void wrong(std::string_view key, const Value& got, const std::string& expected) const;
  std::int64_t in_range(std::string_view key, const Value& value, std::int64_t least) const;

  std::string where_;
  const Value* values_;
  int keras_;
};

}  // namespace xgrad::train::keras::detail
