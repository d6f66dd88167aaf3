#pragma once
/// The enumerating test of optimisers: one row each, and what every row must pass.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "autograd/autograd.hpp"
#include "optim/optim.hpp"

namespace optimisers {

using namespace xgrad;
using Made = std::unique_ptr<optim::Optimizer>;

/// One element's update, written out by hand in float64, with its own state.
using Formula = std::function<double(double p, double g)>;

/// Calls f for every field of a struct of options.
class Listing final : public optim::Fields {
 public:
  struct Number {
    std::string name;
    double low, high;
  };
  std::vector<Number> numbers, counts;
  std::vector<std::string> flags;

 protected:
  void number(std::string_view name, double&, double low, double high) override {
    numbers.push_back({std::string(name), low, high});
  }
  void count(std::string_view name, std::int64_t&, std::int64_t low, std::int64_t high) override {
    counts.push_back({std::string(name), static_cast<double>(low), static_cast<double>(high)});
  }
  void flag(std::string_view name, bool&) override { flags.emplace_back(name); }
};

/// Sets one number of a struct of options.
class Setting final : public optim::Fields {
 public:
  Setting(std::string name, double value) : name_(std::move(name)), value_(value) {}

 protected:
  void number(std::string_view name, double& field, double, double) override {
    if (name == name_) field = value_;
  }
  void count(std::string_view name, std::int64_t& field, std::int64_t, std::int64_t) override {
    if (name == name_) field = static_cast<std::int64_t>(value_);
  }
  void flag(std::string_view, bool&) override {}

 private:
  std::string name_;
  double value_;
};

struct Row {
  std::string name;
  /// With the row's options / with one of them changed / with lr alone changed, as a further group.
  std::function<Made(std::vector<Tensor>)> make;
  std::function<Made(std::vector<Tensor>, const std::string& field, double value)> make_with;
  std::function<void(optim::Optimizer&, std::vector<Tensor>)> add_group_with_lr_0;
  std::function<std::unique_ptr<Formula>()> formula;  ///< empty where a step is more than one element's
  Listing fields;
};

/// A row for optimiser O under `options`; `formula()` gives a fresh formula of the same update.
template <class O, class Options, class F>
Row row(std::string name, Options options, F formula) {
  Row r;
  r.name = std::move(name);
  r.make = [options](std::vector<Tensor> p) { return std::make_unique<O>(std::move(p), options); };
  r.add_group_with_lr_0 = [options](optim::Optimizer& to, std::vector<Tensor> p) {
    Options still = options;
    still.lr = 0.;
    if constexpr (requires(O & o) { o.add_group(optim::Parameters(p), still); })
      dynamic_cast<O&>(to).add_group(std::move(p), still);
  };
  if constexpr (requires(optim::Fields & f) { options.fields(f); }) {
    Options copy = options;
    copy.fields(r.fields);
    r.make_with = [options](std::vector<Tensor> p, const std::string& field, double value) -> Made {
      Options changed = options;
      Setting set(field, value);
      changed.fields(set);
      return std::make_unique<O>(std::move(p), changed);
    };
  }
  if constexpr (!std::is_same_v<F, std::nullptr_t>)
    r.formula = [formula] { return std::make_unique<Formula>(formula()); };
  return r;
}

}  // namespace optimisers
