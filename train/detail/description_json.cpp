#include "train/detail/description_json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "tensor/error.hpp"

namespace xgrad::train::detail {
namespace {

using Json = nlohmann::json;

constexpr int kDeepest = 250;  // modules in modules, lists in lists
constexpr int kDeepestJson = 4 * kDeepest;
constexpr std::int64_t kMostValues = 10'000'000;  // told of while parsing; a text has at most 16 MiB

// ---- writing: by hand, since the library's values allocate as they are destroyed, which may not fail ----------------

std::string text_of(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<int>(c));
    else out += c;
  }
  return out + '"';
}

/// "a, b, c", each by `write`.
template <class List, class F>
std::string joined(const List& list, F write) {
  std::string out;
  for (const auto& each : list) out += (out.empty() ? "" : ", ") + write(each);
  return out;
}

std::string text_of(const nn::Value& value) {
  return std::visit(
      []<class T>(const T& v) -> std::string {
        if constexpr (std::is_same_v<T, std::monostate>) {
          return "null";
        } else if constexpr (std::is_same_v<T, std::vector<nn::Value>>) {
          return "[" + joined(v, [](const nn::Value& each) { return text_of(each); }) + "]";
        } else if constexpr (std::is_same_v<T, std::string>) {
          return text_of(std::string_view(v));
        } else if constexpr (std::is_same_v<T, double>) {
          const std::string digits = fmt::format("{}", v);
          return digits.find_first_of(".e") == digits.npos ? digits + ".0" : digits;
        } else {
          return fmt::format("{}", v);
        }
      },
      value.is);
}

std::string text_of(const nn::Description& d, const std::string* name = nullptr) {
  std::string out = "{";
  if (name) out += "\"name\": " + text_of(std::string_view(*name)) + ", ";
  out += "\"type\": " + text_of(std::string_view(d.type));
  if (!d.built_in) out += ", \"built_in\": false";
  out += fmt::format(", \"training\": {}", d.training);
  const auto text = [](const std::string& s) { return text_of(std::string_view(s)); };
  if (!d.arguments.empty())
    out += ", \"arguments\": {" +
           joined(d.arguments, [&](const auto& a) { return text(a.first) + ": " + text_of(a.second); }) + "}";
  if (!d.frozen.empty()) out += ", \"frozen\": [" + joined(d.frozen, text) + "]";
  if (!d.shared.empty())
    out += ", \"shared\": {" + joined(d.shared, [&](const auto& s) { return text(s.first) + ": " + text(s.second); }) +
           "}";
  if (!d.members.empty())
    out += ", \"members\": [" + joined(d.members, [](const auto& m) { return text_of(m.second, &m.first); }) + "]";
  return out + "}";
}

// ---- reading --------------------------------------------------------------------------------------------------------

[[noreturn]] void refuse(const std::string& what) { fail<ValueError>("train::load_model", what); }

nn::Value value_of(const Json& json, int depth) {
  if (json.is_null()) return {};
  if (json.is_boolean()) return {json.get<bool>()};
  if (json.is_number_integer() && !json.is_number_unsigned()) return {json.get<std::int64_t>()};
  if (json.is_number_unsigned() && json.get<std::uint64_t>() <= INT64_MAX) return {json.get<std::int64_t>()};
  if (json.is_number()) return {json.get<double>()};
  if (json.is_string()) return {json.get<std::string>()};
  if (!json.is_array() || depth > kDeepest) refuse("the description has an argument that is no value");
  std::vector<nn::Value> list;
  for (const Json& each : json) list.push_back(value_of(each, depth + 1));
  return {std::move(list)};
}

nn::Description description_of(const Json& json, int depth) {
  if (depth > kDeepest) refuse("the description has modules too deep in modules");
  nn::Description d{.type = json.at("type").get<std::string>()};
  d.built_in = json.value("built_in", true);
  d.training = json.value("training", true);
  if (json.contains("arguments"))
    for (const auto& [name, value] : json["arguments"].items()) d.arguments.emplace_back(name, value_of(value, depth));
  if (json.contains("frozen")) d.frozen = json["frozen"].get<std::vector<std::string>>();
  if (json.contains("shared"))
    for (const auto& [own, first] : json["shared"].items()) d.shared.emplace_back(own, first.get<std::string>());
  if (json.contains("members"))
    for (const Json& member : json["members"])
      d.members.emplace_back(member.at("name").get<std::string>(), description_of(member, depth + 1));
  return d;
}

}  // namespace

std::string to_json(const nn::Description& description) { return text_of(description); }

nn::Description from_json(const std::string& text) {
  std::int64_t values = 0;
  const auto within_limits = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > kDeepestJson) refuse("the description has modules too deep in modules");
    if (++values > kMostValues) refuse("the description has too many values");
    return true;
  };
  try {
    return description_of(Json::parse(text, within_limits), 0);
  } catch (const Json::exception& error) {
    refuse(std::string("the description is not as xgrad writes it: ") + error.what());
  }
}

}  // namespace xgrad::train::detail
