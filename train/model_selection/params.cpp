#include "train/model_selection/params.hpp"

#include <fmt/format.h>

#include <cmath>
#include <mutex>
#include <ostream>
#include <set>

namespace xgrad::train {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

/// Python's repr of a float: the fewest digits that tell it apart, and always one that shows it is real.
std::string real_repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

/// Python's repr of a str, whose bytes above 127 stay as they are.
std::string text_repr(const std::string& text) {
  const bool twice = text.find('\'') != std::string::npos && text.find('"') == std::string::npos;
  const char quote = twice ? '"' : '\'';
  std::string out(1, quote);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (c == '\r') out += "\\r";
    else if (c == quote || c == '\\') (out += '\\') += c;
    else if (byte < 32 || byte == 127) out += fmt::format("\\x{:02x}", byte);
    else out += c;
  }
  return out + quote;
}

[[noreturn]] void fail_param(const std::string& what) { throw ParamError("train::Params: " + what); }

}  // namespace

// ---- one value --------------------------------------------------------------------------------------------------------

void ParamValue::too_large() { fail_param("got an integer that does not fit 64 bits with a sign"); }

void ParamValue::wrong(const char* expected) const {
  fail_param(fmt::format("{}got {}; expected {}", name_.empty() ? "" : '"' + name_ + "\": ", repr(), expected));
}

bool ParamValue::truth() const {
  if (const bool* v = std::get_if<bool>(&data_)) return *v;
  wrong("a truth value");
}

std::int64_t ParamValue::whole_number() const {
  if (const auto* v = std::get_if<std::int64_t>(&data_)) return *v;
  if (const double* v = std::get_if<double>(&data_); v && std::trunc(*v) == *v && std::abs(*v) < 0x1p63)
    return static_cast<std::int64_t>(*v);
  wrong("a whole number");
}

double ParamValue::real() const {
  if (const auto* v = std::get_if<std::int64_t>(&data_)) return static_cast<double>(*v);
  if (const double* v = std::get_if<double>(&data_)) return *v;
  wrong("a number");
}

const std::string& ParamValue::text() const {
  if (const auto* v = std::get_if<std::string>(&data_)) return *v;
  wrong("a text");
}

const ParamValue::List& ParamValue::list() const {
  if (const auto* v = std::get_if<List>(&data_)) return *v;
  wrong("a list");
}

std::string ParamValue::repr() const {
  return std::visit(Overloaded{[](std::nullptr_t) -> std::string { return "None"; },
                               [](bool v) -> std::string { return v ? "True" : "False"; },
                               [](std::int64_t v) { return fmt::format("{}", v); },
                               [](double v) { return real_repr(v); }, [](const std::string& v) { return text_repr(v); },
                               [](const List& list) {
                                 std::string text = "[";
                                 for (const ParamValue& v : list) text += (text.size() > 1 ? ", " : "") + v.repr();
                                 return text + "]";
                               }},
                    data_);
}

bool ParamValue::equal(const ParamValue& other) const {
  const auto number = [](const Data& d) { return d.index() == 2 || d.index() == 3; };
  if (!number(data_) || !number(other.data_)) return data_ == other.data_;
  if (data_.index() == 2 && other.data_.index() == 2) return data_ == other.data_;
  const double a = real(), b = other.real();
  return a == b || (std::isnan(a) && std::isnan(b));
}

// ---- all of them ------------------------------------------------------------------------------------------------------

struct Params::Reads {
  std::mutex mutex;
  std::set<std::string, std::less<>> names;
};

Params::Params(std::initializer_list<Entry> entries) : reads_(std::make_shared<Reads>()) {
  for (const auto& [name, value] : entries) {
    if (contains(name)) fail_param(fmt::format("got \"{}\" twice; expected each name once", name));
    set(name, value);
  }
}

const ParamValue* Params::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

const ParamValue& Params::operator[](std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) {
    std::string names;
    for (const auto& [other, value] : values_) names += (names.empty() ? "" : ", ") + other;
    fail_param(fmt::format("there is no parameter called \"{}\"; {}", name,
                           names.empty() ? "there are none" : "there are: " + names));
  }
  if (reads_) {
    const std::lock_guard lock(reads_->mutex);
    reads_->names.insert(found->first);
  }
  return found->second;
}

void Params::set(std::string name, ParamValue value) {
  if (!reads_) reads_ = std::make_shared<Reads>();
  value.name_ = name;
  values_.insert_or_assign(std::move(name), std::move(value));
}

Params Params::fresh() const {
  Params copy = *this;
  copy.reads_ = std::make_shared<Reads>();
  return copy;
}

std::vector<std::string> Params::unread() const {
  std::vector<std::string> names;
  if (!reads_) return names;
  const std::lock_guard lock(reads_->mutex);
  for (const auto& [name, value] : values_)
    if (!reads_->names.contains(name)) names.push_back(name);
  return names;
}

std::string Params::repr() const {
  std::string text = "{";
  for (const auto& [name, value] : values_)
    text += (text.size() > 1 ? ", " : "") + text_repr(name) + ": " + value.repr();
  return text + "}";
}

std::ostream& operator<<(std::ostream& out, const ParamValue& value) { return out << value.repr(); }
std::ostream& operator<<(std::ostream& out, const Params& params) { return out << params.repr(); }

}  // namespace xgrad::train
