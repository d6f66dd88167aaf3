#include "train/detail/keras/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "tensor/error.hpp"

namespace xgrad::train::keras::detail {
namespace {

constexpr std::size_t kMaxText = std::size_t{16} << 20, kMaxDepth = 128, kMaxValues = 1'000'000;

/// Builds a Value from the parser's events, so that nothing beyond the limits is ever held.
class Build final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Build(const std::string& where) : where_(where) {}
  Value root{nullptr};

  bool null() override { return put({nullptr}); }
  bool boolean(bool v) override { return put({v}); }
  bool number_integer(std::int64_t v) override { return put({v}); }
  bool number_unsigned(std::uint64_t v) override {
    if (v > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return put({static_cast<double>(v)});
    return put({static_cast<std::int64_t>(v)});
  }
  bool number_float(double v, const std::string&) override { return put({v}); }
  bool string(std::string& v) override { return put({std::move(v)}); }
  bool binary(nlohmann::json::binary_t&) override { refuse("binary data"); }
  bool start_object(std::size_t) override { return open({Object{}}); }
  bool start_array(std::size_t) override { return open({List{}}); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    const Object& object = *open_.back()->as<Object>();
    if (std::any_of(object.begin(), object.end(), [&](const auto& entry) { return entry.key == name; }))
      refuse("a key twice: \"" + name.substr(0, 80) + "\"");
    key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t place, const std::string&, const nlohmann::json::exception&) override {
    fail<IoError>(where_, fmt::format("is not JSON: the error is at byte {}", place));
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const { fail<IoError>(where_, "JSON that is refused: " + what); }

  Value* place(Value v) {
    if (++count_ > kMaxValues) refuse(fmt::format("more than {} values", kMaxValues));
    if (open_.empty()) {
      root = std::move(v);
      return &root;
    }
    if (auto* list = std::get_if<List>(&open_.back()->data)) return &list->emplace_back(std::move(v));
    auto& object = std::get<Object>(open_.back()->data);
    object.push_back({std::move(key_), std::move(v)});
    return &object.back().value;
  }
  bool put(Value v) {
    place(std::move(v));
    return true;
  }
  bool open(Value v) {
    if (open_.size() >= kMaxDepth) refuse(fmt::format("nested more than {} deep", kMaxDepth));
    open_.push_back(place(std::move(v)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  const std::string& where_;
  std::vector<Value*> open_;  ///< the last element of each encloses the next, so none moves while it is open
  std::string key_;
  std::size_t count_ = 0;
};

}  // namespace

const Value* Value::find(std::string_view key) const {
  if (const Object* object = as<Object>())
    for (const auto& [name, value] : *object)
      if (name == key) return value.null() ? nullptr : &value;
  return nullptr;
}

std::string_view Value::text(std::string_view key) const {
  const Value* value = find(key);
  const std::string* text = value ? value->as<std::string>() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

const List* Value::items() const {
  if (const Value* wrapped = find("items")) return wrapped->as<List>();
  return as<List>();
}

std::string Value::str() const {
  struct Print {
    std::string operator()(std::nullptr_t) const { return "null"; }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return fmt::format("{}", v); }
    std::string operator()(const std::string& v) const { return "\"" + v.substr(0, 80) + "\""; }
    std::string operator()(const List& v) const {
      std::string out;
      for (std::size_t i = 0; i < v.size() && i < 8; ++i) out += (i ? ", " : "") + v[i].str();
      return "[" + out + (v.size() > 8 ? ", ...]" : "]");
    }
    std::string operator()(const Object&) const { return "{...}"; }
  };
  return std::visit(Print{}, data);
}

Value parse_json(std::string_view text, const std::string& where) {
  if (text.size() > kMaxText)
    fail<IoError>(where, fmt::format("has {} bytes of JSON; expected at most {}", text.size(), kMaxText));
  Build build(where);
  nlohmann::json::sax_parse(text, &build);
  return std::move(build.root);
}

}  // namespace xgrad::train::keras::detail
