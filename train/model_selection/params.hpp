#pragma once
/// Params: the named values that a model is built from, as a search tries them.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "nn/lazy.hpp"
#include "tensor/error.hpp"

namespace xgrad::train {

/// A parameter that is not there, or of another type than it is taken for: a mistake in the program, which no search
/// goes on after (`error_score` is for models that cannot be trained).
class ParamError : public ValueError {
 public:
  using ValueError::ValueError;
};

template <class T>
concept ParamNumber = std::is_arithmetic_v<T> && !std::same_as<T, char>;

/// A whole number, a real number, a truth value, a text, a list of such, or nothing (Python's None). Becomes a C++ type
/// by itself where one is asked for, and a ParamError where it is of another kind: whole numbers serve as real ones,
/// real ones without a fraction as whole ones (as long as they fit), everything else stays what it is.
///
///     std::int64_t units = p["units"];                       // also double, bool, std::string, std::vector<int>, ...
///     for (auto units : p["layers"].as<std::vector<int>>())
class ParamValue {
 public:
  using List = std::vector<ParamValue>;
  using Data = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, List>;

  ParamValue() = default;
  ParamValue(std::nullptr_t) {}
  template <ParamNumber T>
  ParamValue(T value) {
    if constexpr (std::same_as<T, bool>) data_ = value;
    else if constexpr (std::integral<T>) data_ = whole(value);
    else data_ = static_cast<double>(value);
  }
  ParamValue(const char* text) : data_(std::string(text)) {}
  ParamValue(std::string_view text) : data_(std::string(text)) {}
  ParamValue(std::string text) : data_(std::move(text)) {}
  ParamValue(List list) : data_(std::move(list)) {}
  template <class T>
  requires(!std::same_as<T, ParamValue> && std::convertible_to<T, ParamValue>) ParamValue(const std::vector<T>& list)
      : data_(List(list.begin(), list.end())) {}
  /// A list: {64, 32}. (Of one kind; `ParamValue::List{64, "relu"}` mixes them.)
  template <class T>
  requires(!std::same_as<T, ParamValue> && std::convertible_to<T, ParamValue>) ParamValue(std::initializer_list<T> list)
      : data_(List(list.begin(), list.end())) {}

  /// The value as a T: bool, a number type, std::string, or a std::vector of these. ParamError where it is none, or
  /// does not fit.
  template <class T>
  T as() const {
    if constexpr (std::same_as<T, bool>) return truth();
    else if constexpr (std::integral<T>) return integer<T>();
    else if constexpr (std::floating_point<T>) return static_cast<T>(real());
    else if constexpr (std::same_as<T, std::string>) return text();
    else if constexpr (std::same_as<T, List>) return list();
    else {
      T out;
      for (const ParamValue& v : list()) out.push_back(v.template as<typename T::value_type>());
      return out;
    }
  }
  template <class T>
  requires(ParamNumber<T> || std::same_as<T, std::string>) operator T() const { return as<T>(); }
  template <class T>
  operator std::vector<T>() const {
    return as<std::vector<T>>();
  }
  /// A layer's input size: `nn::Dense(p["units"], 10)`.
  operator nn::InputSize() const { return as<std::int64_t>(); }

  const Data& data() const noexcept { return data_; }
  bool is_none() const noexcept { return data_.index() == 0; }
  /// As Python prints it: 30, 0.01, 1e-05, True, 'adam', [64, 32], None.
  std::string repr() const;

  /// Of the same value; whole and real numbers compare as numbers, as in Python. NaN is equal to itself.
  friend bool operator==(const ParamValue& a, const ParamValue& b) { return a.equal(b); }
  template <class T>
  requires(!std::same_as<T, ParamValue> && std::convertible_to<const T&, ParamValue>) friend bool operator==(
      const ParamValue& a, const T& b) {
    return a.equal(ParamValue(b));
  }

 private:
  template <std::integral T>
  static std::int64_t whole(T value) {
    if (!std::in_range<std::int64_t>(value)) too_large();
    return static_cast<std::int64_t>(value);
  }
  template <std::integral T>
  T integer() const {
    const std::int64_t value = whole_number();
    if (!std::in_range<T>(value)) wrong("an integer of that size");
    return static_cast<T>(value);
  }
  [[noreturn]] static void too_large();
  [[noreturn]] void wrong(const char* expected) const;
  bool equal(const ParamValue& other) const;
  bool truth() const;
  std::int64_t whole_number() const;
  double real() const;
  const std::string& text() const;
  const List& list() const;

  Data data_ = nullptr;
  std::string name_;  ///< for errors: that of the parameter, where it is one of Params

  friend class Params;
};

/// Named values, sorted by name. Remembers which of them were asked for, so that a search can tell a parameter that
/// never reaches the model.
///
/// Copies share that memory: what a lambda does with its copy counts. Different threads may ask.
class Params {
 public:
  using Entry = std::pair<const std::string, ParamValue>;

  Params() = default;
  Params(std::initializer_list<Entry> entries);

  /// The value of that name, which counts as asked for; ParamError, listing the names there are, where there is none.
  const ParamValue& operator[](std::string_view name) const;
  /// The same, or `otherwise` where there is none.
  template <class T>
  T get(std::string_view name, T otherwise) const {
    return contains(name) ? (*this)[name].as<T>() : otherwise;
  }
  /// Whether there is one. Does not count as asking for it.
  bool contains(std::string_view name) const { return values_.find(name) != values_.end(); }
  /// Adds or replaces.
  void set(std::string name, ParamValue value);

  std::size_t size() const noexcept { return values_.size(); }
  bool empty() const noexcept { return values_.empty(); }
  /// Goes through names and values without asking for any.
  auto begin() const noexcept { return values_.begin(); }
  auto end() const noexcept { return values_.end(); }
  const ParamValue* find(std::string_view name) const;

  /// A copy for which nothing has been asked yet.
  Params fresh() const;
  /// The names that nobody has asked for since.
  std::vector<std::string> unread() const;

  /// As Python prints a dict: {'batch_size': 30, 'learning_rate': 0.01}.
  std::string repr() const;
  friend bool operator==(const Params& a, const Params& b) { return a.values_ == b.values_; }

 private:
  struct Reads;
  std::map<std::string, ParamValue, std::less<>> values_;
  std::shared_ptr<Reads> reads_;
};

std::ostream& operator<<(std::ostream& out, const ParamValue& value);
std::ostream& operator<<(std::ostream& out, const Params& params);

}  // namespace xgrad::train
