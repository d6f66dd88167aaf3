#pragma once
/// Stored: how callbacks and metrics say, once, what a resumed run has to know of them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/module.hpp"
#include "optim/state.hpp"

namespace xgrad::train {

/// Shown to a callback or a metric, which names its values to it; the same list serves to save and to load:
///
///     class BestLoss : public train::Callback {
///       void stored(train::Stored& s) override { s("best", best_)("epochs", epochs_); }
///
/// A name is a plain word, used once. While saving the values stay as they are; while loading they take on what was
/// saved, or IoError says what does not fit.
class Stored {
 public:
  virtual ~Stored() = default;
  Stored& operator()(std::string_view name, bool& value);
  Stored& operator()(std::string_view name, std::int64_t& value);
  Stored& operator()(std::string_view name, double& value);
  Stored& operator()(std::string_view name, std::optional<double>& value);
  Stored& operator()(std::string_view name, std::string& value);
  Stored& operator()(std::string_view name, std::vector<std::int64_t>& values);
  Stored& operator()(std::string_view name, std::vector<double>& values);
  /// At most 4000 of them.
  Stored& operator()(std::string_view name, std::vector<std::string>& values);
  /// Of any dtype; may be undefined.
  Stored& operator()(std::string_view name, Tensor& value);
  Stored& operator()(std::string_view name, nn::StateDict& value);
  /// A schedule, an average, an optimiser.
  Stored& operator()(std::string_view name, optim::Stateful& value);

 protected:
  /// Writes the value, or replaces it by what was written. An undefined array is not written, and not found.
  virtual void on_array(std::string_view name, Array& value) = 0;
  virtual void on_texts(std::string_view name, std::vector<std::string>& values) = 0;
  virtual void on_tensors(std::string_view name, nn::StateDict& value) = 0;
  virtual void on_part(std::string_view name, optim::Stateful& value) = 0;
  [[noreturn]] virtual void refuse(std::string_view name, const std::string& what) const = 0;

 private:
  template <class T>
  void numbers(std::string_view name, std::vector<T>& values);
  template <class T>
  void number(std::string_view name, T& value);
};

}  // namespace xgrad::train
