#include "train/detail/description_json.hpp"

#include <nlohmann/json.hpp>

#include "tensor/error.hpp"

namespace xgrad::train::detail {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDeepest = 250;  // modules in modules, lists in lists

Json json_of(const nn::Value& value) {
  return std::visit(
      []<class T>(const T& v) -> Json {
        if constexpr (std::is_same_v<T, std::monostate>) {
          return nullptr;
        } else if constexpr (std::is_same_v<T, std::vector<nn::Value>>) {
          Json list = Json::array();
          for (const nn::Value& each : v) list.push_back(json_of(each));
          return list;
        } else {
          return v;
        }
      },
      value.is);
}

Json json_of(const nn::Description& d) {
  Json json{{"type", d.type}};
  if (!d.built_in) json["built_in"] = false;
  json["training"] = d.training;
  if (!d.arguments.empty()) {
    Json& arguments = json["arguments"] = Json::object();
    for (const auto& [name, value] : d.arguments) arguments[name] = json_of(value);
  }
  if (!d.frozen.empty()) json["frozen"] = d.frozen;
  if (!d.shared.empty()) {
    Json& shared = json["shared"] = Json::object();
    for (const auto& [own, first] : d.shared) shared[own] = first;
  }
  if (!d.members.empty()) {
    Json& members = json["members"] = Json::array();
    for (const auto& [name, member] : d.members) {
      Json one{{"name", name}};
      one.update(json_of(member));
      members.push_back(std::move(one));
    }
  }
  return json;
}

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

std::string to_json(const nn::Description& description) {
  return json_of(description).dump(-1, ' ', false, Json::error_handler_t::replace);
}

nn::Description from_json(const std::string& text) {
  try {
    return description_of(Json::parse(text), 0);
  } catch (const Json::exception& error) {
    refuse(std::string("the description is not as xgrad writes it: ") + error.what());
  }
}

}  // namespace xgrad::train::detail
