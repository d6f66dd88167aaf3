#pragma once
/// Hyper-parameters: how a struct of options lists its fields, once, for checking, saving and changing them by name.

#include <cstdint>
#include <string_view>

namespace xgrad::optim {

inline constexpr double kLargest = 1e300;          ///< the upper bound of what has none
inline constexpr double kBelowOne = 1. - 0x1p-53;  ///< of what is less than 1
inline constexpr double kAboveZero = 0x1p-1000;    ///< the lower bound of what is more than 0
inline constexpr std::int64_t kMost = std::int64_t{1} << 40;

/// Shown to a struct of options, which names its fields and their bounds to it:
///
///     struct SGDOptions {
///       double lr = 0.01;
///       bool nesterov = false;
///       void fields(Fields& f) { f("lr", lr)("nesterov", nesterov); }
///     };
class Fields {
 public:
  virtual ~Fields() = default;
  Fields& operator()(std::string_view name, double& value, double low = 0., double high = kLargest) {
    number(name, value, low, high);
    return *this;
  }
  Fields& operator()(std::string_view name, std::int64_t& value, std::int64_t low, std::int64_t high = kMost) {
    count(name, value, low, high);
    return *this;
  }
  Fields& operator()(std::string_view name, bool& value) {
    flag(name, value);
    return *this;
  }

 protected:
  virtual void number(std::string_view name, double& value, double low, double high) = 0;
  virtual void count(std::string_view name, std::int64_t& value, std::int64_t low, std::int64_t high) = 0;
  virtual void flag(std::string_view name, bool& value) = 0;
};

/// Throws ValueError naming `op` and the option unless low <= value <= high (and not NaN).
void check_option(std::string_view op, std::string_view option, double value, double low, double high);
void check_option(std::string_view op, std::string_view option, std::int64_t value, std::int64_t low,
                  std::int64_t high);

/// Checks every field against its bounds; the first that is out of them is a ValueError.
class CheckFields final : public Fields {
 public:
  explicit CheckFields(std::string_view op) : op_(op) {}

 protected:
  void number(std::string_view name, double& value, double low, double high) override {
    check_option(op_, name, value, low, high);
  }
  void count(std::string_view name, std::int64_t& value, std::int64_t low, std::int64_t high) override {
    check_option(op_, name, value, low, high);
  }
  void flag(std::string_view, bool&) override {}

 private:
  std::string_view op_;
};

}  // namespace xgrad::optim
