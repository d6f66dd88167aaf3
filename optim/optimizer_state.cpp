/// Saving and loading of any optimiser.

#include <fmt/format.h>

#include "optim/optimizer.hpp"

namespace xgrad::optim {

namespace {

std::string entry(std::string_view of, std::string_view what) { return fmt::format("{}/{}", of, what); }
std::string group_entry(std::size_t g, std::string_view field) { return fmt::format("group.{}/{}", g, field); }

class SaveFields final : public Fields {
 public:
  SaveFields(State& out, std::size_t g) : out_(out), g_(g) {}

 protected:
  void number(std::string_view name, double& v, double, double) override { out_.add(group_entry(g_, name), v); }
  void count(std::string_view name, std::int64_t& v, std::int64_t, std::int64_t) override {
    out_.add(group_entry(g_, name), v);
  }
  void flag(std::string_view name, bool& v) override { out_.add(group_entry(g_, name), std::int64_t{v}); }

 private:
  State& out_;
  std::size_t g_;
};

/// Reads them with their bounds checked. A field that the state does not know stays as it is: options that came later
/// must not make older files unreadable.
class LoadFields final : public Fields {
 public:
  LoadFields(StateReader& in, std::size_t g, std::string_view op) : in_(in), g_(g), op_(op) {}

 protected:
  void number(std::string_view name, double& v, double low, double high) override {
    const std::string at = group_entry(g_, name);
    if (!in_.has(at)) return;
    const double read = in_.number(at);
    check_option(op_, at, read, low, high);
    v = read;
  }
  void count(std::string_view name, std::int64_t& v, std::int64_t low, std::int64_t high) override {
    const std::string at = group_entry(g_, name);
    if (!in_.has(at)) return;
    const std::int64_t read = in_.count(at);
    check_option(op_, at, read, low, high);
    v = read;
  }
  void flag(std::string_view name, bool& v) override {
    const std::string at = group_entry(g_, name);
    if (in_.has(at)) v = in_.count(at) != 0;
  }

 private:
  StateReader& in_;
  std::size_t g_;
  std::string_view op_;
};

/// The values of all fields, to put them back when loading fails. Counts and flags fit a double.
class KeepFields final : public Fields {
 public:
  void restore() { next_ = 0; }

 protected:
  void number(std::string_view, double& v, double, double) override {
    if (next_ < 0) values_.push_back(v);
    else v = values_[static_cast<std::size_t>(next_++)];
  }
  void count(std::string_view name, std::int64_t& v, std::int64_t, std::int64_t) override {
    auto as_number = static_cast<double>(v);
    number(name, as_number, 0, 0);
    v = static_cast<std::int64_t>(as_number);
  }
  void flag(std::string_view name, bool& v) override {
    double as_number = v ? 1. : 0.;
    number(name, as_number, 0, 0);
    v = as_number != 0.;
  }

 private:
  std::vector<double> values_;
  std::ptrdiff_t next_ = -1;  ///< of the value to put back; -1 while they are gathered
};

}  // namespace

State Optimizer::state_dict() const {
  State out;
  out.type = name();
  out.add("groups/count", static_cast<std::int64_t>(groups_.size()));
  const std::vector<std::string_view> slots = slot_names();
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    SaveFields fields(out, g);
    const_cast<Optimizer*>(this)->visit_options(g, fields);  // only looks
    for (std::size_t i = 0; i < groups_[g].size(); ++i) {
      const ParameterState& s = states_[g][i];
      out.add(entry(names_[g][i], "step"), s.step);
      if (!number_name().empty()) out.add(entry(names_[g][i], number_name()), s.number);
      for (std::size_t k = 0; k < slots.size(); ++k)
        if (s.slots[k].defined()) out.add(entry(names_[g][i], slots[k]), s.slots[k]);
    }
  }
  add_to(out);
  return out;
}

ParameterState Optimizer::read_parameter(StateReader& in, std::size_t g, std::size_t i) const {
  const Tensor& p = groups_[g][i];
  const std::string& name = names_[g][i];
  ParameterState s;
  s.step = in.count(entry(name, "step"));
  if (!number_name().empty()) s.number = in.number(entry(name, number_name()));
  const std::vector<std::string_view> slots = slot_names();
  for (std::size_t k = 0; k < slots.size(); ++k) {
    const std::string at = entry(name, slots[k]);
    if (in.has(at)) s.slots[k] = in.array(at, p.shape(), p.dtype());
  }
  return s;
}

void Optimizer::read_options(StateReader& in) {
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    LoadFields fields(in, g, name());
    visit_options(g, fields);
    check_group_options(g);
  }
}

void Optimizer::load_state_dict(const State& state) {
  StateReader in(state, name());
  if (const auto n = in.count("groups/count"); n != static_cast<std::int64_t>(groups_.size()))
    fail<ValueError>(name(), fmt::format("the state has {} groups; expected {}", n, groups_.size()));
  std::vector<std::vector<ParameterState>> states(groups_.size());
  for (std::size_t g = 0; g < groups_.size(); ++g)
    for (std::size_t i = 0; i < groups_[g].size(); ++i) states[g].push_back(read_parameter(in, g, i));
  const std::function<void()> put_in_place = read_from(in);

  std::vector<KeepFields> before(groups_.size());
  for (std::size_t g = 0; g < groups_.size(); ++g) visit_options(g, before[g]);
  try {
    read_options(in);
    in.finish();
  } catch (...) {
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      before[g].restore();
      visit_options(g, before[g]);
    }
    throw;
  }
  states_.swap(states);
  if (put_in_place) put_in_place();
}

}  // namespace xgrad::optim
