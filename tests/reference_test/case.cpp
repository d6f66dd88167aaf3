#include "tests/reference_test/case.hpp"

#include <utility>
#include <variant>

namespace xgrad::reference {

namespace {

/// Texts may be padded with null bytes.
std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == '\0') text.pop_back();
  return text;
}

}  // namespace

Case::Case(const data::Hdf5Reader& file, std::string_view group, std::string_view number)
    : file_(&file), name_(std::string(group) + "/" + std::string(number)), op_(group) {
  attributes_ = file.attributes("/" + name_);
  op_ = text("op", op_);
}

Tolerance Case::tolerance() const { return {number("tolerance_rtol", 1e-9), number("tolerance_atol", 1e-11)}; }

const data::Attribute& Case::get(const std::string& name) const {
  const auto found = attributes_.find(name);
  if (found == attributes_.end()) throw ValueError(name_ + ": the case has no attribute '" + name + "'");
  return found->second;
}

void Case::wrong(const std::string& name, std::string_view wanted) const {
  throw ValueError(name_ + ": attribute '" + name + "' is not " + std::string(wanted));
}

bool Case::flag(const std::string& name, bool otherwise) const { return integer(name, otherwise ? 1 : 0) != 0; }

std::int64_t Case::integer(const std::string& name) const {
  const std::vector<std::int64_t> values = list(name);
  if (values.size() != 1) wrong(name, "one integer");
  return values.front();
}

std::int64_t Case::integer(const std::string& name, std::int64_t otherwise) const {
  return has(name) ? integer(name) : otherwise;
}

double Case::number(const std::string& name) const {
  const std::vector<double> values = numbers(name);
  if (values.size() != 1) wrong(name, "one number");
  return values.front();
}

double Case::number(const std::string& name, double otherwise) const { return has(name) ? number(name) : otherwise; }

std::string Case::text(const std::string& name) const {
  const std::vector<std::string> values = texts(name);
  if (values.size() != 1) wrong(name, "one text");
  return values.front();
}

std::string Case::text(const std::string& name, const std::string& otherwise) const {
  return has(name) ? text(name) : otherwise;
}

std::vector<std::int64_t> Case::list(const std::string& name) const {
  const data::Attribute& a = get(name);
  if (const auto* one = std::get_if<std::int64_t>(&a)) return {*one};
  if (const auto* all = std::get_if<std::vector<std::int64_t>>(&a)) return *all;
  const auto* reals = std::get_if<std::vector<double>>(&a);  // an empty list arrives as one of reals
  if (reals == nullptr || !reals->empty()) wrong(name, "a list of integers");
  return {};
}

std::vector<double> Case::numbers(const std::string& name) const {
  const data::Attribute& a = get(name);
  if (const auto* one = std::get_if<double>(&a)) return {*one};
  if (const auto* all = std::get_if<std::vector<double>>(&a)) return *all;
  std::vector<double> values;
  for (const std::int64_t i : list(name)) values.push_back(static_cast<double>(i));
  return values;
}

std::vector<std::string> Case::texts(const std::string& name) const {
  const data::Attribute& a = get(name);
  if (const auto* one = std::get_if<std::string>(&a)) return {trimmed(*one)};
  const auto* all = std::get_if<std::vector<std::string>>(&a);
  if (all == nullptr) wrong(name, "text");
  std::vector<std::string> values;
  for (const std::string& s : *all) values.push_back(trimmed(s));
  return values;
}

Axes Case::axes() const { return has("dim") ? Axes(list("dim")) : Axes(); }

bool Case::has_data(std::string_view dataset) const { return file_->exists("/" + name_ + "/" + std::string(dataset)); }

Array Case::read(std::string_view dataset) const { return file_->read("/" + name_ + "/" + std::string(dataset)); }

std::vector<std::string> Case::read_text(std::string_view dataset) const {
  std::vector<std::string> texts = file_->read_text("/" + name_ + "/" + std::string(dataset));
  for (std::string& text : texts) text = trimmed(std::move(text));
  return texts;
}

std::vector<std::string> Case::datasets() const { return file_->names("/" + name_); }

const Tensor& Case::operator[](int i) const {
  if (i < 0 || i >= n_inputs()) throw ValueError(name_ + ": the case has no input" + std::to_string(i));
  return inputs_[static_cast<std::size_t>(i)];
}

Tensor Case::mask(int i) const { return (*this)[i].to(bool_); }

void Case::renew_inputs() {
  if (inputs_.empty()) {
    for (int i = 0; has_data("input" + std::to_string(i)); ++i) inputs_.emplace_back(read("input" + std::to_string(i)));
    if (has("n_inputs") && integer("n_inputs") != n_inputs())
      throw ValueError(name_ + ": " + std::to_string(n_inputs()) + " inputs instead of n_inputs");
  }
  for (int i = 0; i < n_inputs(); ++i) {
    Tensor& x = inputs_[static_cast<std::size_t>(i)];
    x = Tensor(Array(x.array()));
    if (has_data("grad" + std::to_string(i))) x.requires_grad_();
  }
}

}  // namespace xgrad::reference
