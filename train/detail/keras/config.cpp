#include "train/detail/keras/config.hpp"

#include <fmt/format.h>

#include <cmath>

namespace xgrad::train::keras::detail {

void Config::wrong(std::string_view key, const Value& got, const std::string& expected) const {
  refuse(fmt::format("{}: got {}; expected {}", key, got.str(), expected));
}

std::int64_t Config::in_range(std::string_view key, const Value& value, std::int64_t least) const {
  const auto* v = value.as<std::int64_t>();
  if (!v || *v < least || *v > kMaxSize) wrong(key, value, fmt::format("an integer from {} to {}", least, kMaxSize));
  return *v;
}

std::int64_t Config::size(std::string_view key, std::optional<std::int64_t> by_default, std::int64_t least) const {
  if (const Value* value = find(key)) return in_range(key, *value, least);
  if (!by_default) refuse(fmt::format("{} is missing", key));
  return *by_default;
}

Size2d Config::size2d(std::string_view key, std::optional<Size2d> by_default, std::int64_t least) const {
  const Value* value = find(key);
  if (!value) {
    if (!by_default) refuse(fmt::format("{} is missing", key));
    return *by_default;
  }
  const List* list = value->items();
  if (!list) return in_range(key, *value, least);
  if (list->size() != 2) wrong(key, *value, "one size or two");
  return {in_range(key, (*list)[0], least), in_range(key, (*list)[1], least)};
}

std::int64_t Config::size1d(std::string_view key, std::optional<std::int64_t> by_default, std::int64_t least) const {
  const Value* value = find(key);
  const List* list = value ? value->items() : nullptr;
  if (!list) return size(key, by_default, least);
  if (list->size() != 1) wrong(key, *value, "one size");
  return in_range(key, list->front(), least);
}

double Config::number(std::string_view key, double by_default) const {
  const Value* value = find(key);
  if (!value) return by_default;
  double v = std::nan("");
  if (const auto* integer = value->as<std::int64_t>()) v = static_cast<double>(*integer);
  else if (const auto* real = value->as<double>()) v = *real;
  if (!std::isfinite(v)) wrong(key, *value, "a finite number");
  return v;
}

bool Config::flag(std::string_view key, bool by_default) const {
  const Value* value = find(key);
  if (!value) return by_default;
  if (const bool* v = value->as<bool>()) return *v;
  wrong(key, *value, "true or false");
}

std::string Config::text(std::string_view key, std::string_view by_default) const {
  const Value* value = find(key);
  if (!value) return std::string(by_default);
  if (const auto* v = value->as<std::string>()) return *v;
  wrong(key, *value, "a word");
}

std::optional<std::vector<std::int64_t>> Config::sizes(std::string_view key) const {
  const Value* value = find(key);
  if (!value) return {};
  const List* list = value->items();
  if (!list || list->size() > 8) wrong(key, *value, "a list of at most 8 sizes");
  std::vector<std::int64_t> out;
  for (const Value& item : *list) {
    const auto* v = item.as<std::int64_t>();
    out.push_back(item.null() || (v && *v == -1) ? -1 : in_range(key, item, 1));
  }
  return out;
}

std::optional<std::vector<std::int64_t>> Config::integers(std::string_view key) const {
  const Value* value = find(key);
  if (!value) return {};
  const List one{*value}, *list = value->items();
  if (!list) list = &one;
  if (list->size() > 8) wrong(key, *value, "at most 8 integers");
  std::vector<std::int64_t> out;
  for (const Value& item : *list) out.push_back(in_range(key, item, -kMaxSize));
  return out;
}

void Config::only(std::string_view key, const char* only) const {
  const Value* value = find(key);
  if (!value) return;
  const auto* v = value->as<std::string>();
  if (!v || *v != only) wrong(key, *value, fmt::format("\"{}\", the only one that is represented", only));
}

void Config::only_flag(std::string_view key, bool only) const {
  if (flag(key, only) != only) wrong(key, *find(key), only ? "true" : "false, as nothing else is represented");
}

void Config::absent(std::string_view key) const {
  if (const Value* value = find(key)) wrong(key, *value, "null, as nothing else is represented");
}

}  // namespace xgrad::train::keras::detail
