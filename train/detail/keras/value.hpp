#pragma once
/// JSON from a file of somebody else's, parsed within limits; the JSON library stays in value.cpp.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace xgrad::train::keras::detail {

struct Value;
struct Entry;
using List = std::vector<Value>;
using Object = std::vector<Entry>;

/// One JSON value.
struct Value {
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, List, Object> data;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&data);
  }
  bool null() const { return as<std::nullptr_t>() != nullptr; }
  /// The value of a key; null where this is no object, has no such key, or has null there.
  const Value* find(std::string_view key) const;
  /// The text under a key; "" where there is none.
  std::string_view text(std::string_view key) const;
  /// The elements of a list, also of one that Keras wrapped: {"class_name": "__tuple__", "items": [...]}.
  const List* items() const;
  /// Short, for errors.
  std::string str() const;
};

/// One of an object.
struct Entry {
  std::string key;
  Value value;
};

/// IoError, whose text begins with `where`, for what is not JSON, longer than 16 MiB, nested more than 128 deep, of
/// more than a million values, or has a key twice.
Value parse_json(std::string_view text, const std::string& where);

}  // namespace xgrad::train::keras::detail
