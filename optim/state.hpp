#pragma once
/// What is saved of optimisers, schedules and averages, so that training goes on as if it had never stopped.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/array.hpp"

namespace xgrad::optim {

/// A snapshot: arrays under names ("0.weight/exp_avg", "group.0/lr"), of which no part is shared with what goes on. It
/// is plain data: a checkpoint writes each entry as a dataset of that name, which never is the folder of another.
struct State {
  struct Entry {
    std::string name;
    Array value;
  };
  std::string type;  ///< what it was taken of: "Adam"
  std::vector<Entry> entries;

  /// Adds a number, a count, several numbers, a copy of an array.
  void add(std::string name, double value);
  void add(std::string name, std::int64_t value);
  void add(std::string name, std::span<const double> values);
  void add(std::string name, const Array& value);
};

/// Whatever has a state that outlives it. Loading is all or nothing, and only into the same type.
class Stateful {
 public:
  virtual ~Stateful() = default;
  virtual State state_dict() const = 0;
  /// ValueError, naming the entry, where it does not fit; then nothing has changed.
  virtual void load_state_dict(const State& state) = 0;
};

/// Reads a State and finds what is wrong with it; every error is a ValueError naming the type and the entry.
class StateReader {
 public:
  /// Throws unless the state is of type `type` and its names are different.
  StateReader(const State& state, std::string_view type);

  bool has(std::string_view name) const;
  double number(std::string_view name);
  std::int64_t count(std::string_view name);  ///< 0 or more
  std::vector<double> numbers(std::string_view name, std::size_t n);
  /// A copy with that shape, converted to the dtype; both dtypes floating.
  Array array(std::string_view name, const Shape& shape, DType dtype);
  const Array& any(std::string_view name);
  /// To be called last: throws where an entry was not asked for.
  void finish() const;

 private:
  const Array& find(std::string_view name, bool floating);
  const State& state_;
  std::vector<std::uint32_t> sorted_;
  std::vector<bool> used_;
};

}  // namespace xgrad::optim
