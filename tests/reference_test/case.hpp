#pragma once
/// One case of a reference file: a group `<op>/<nnn>` with its attributes, inputs and expected values.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/tensor.hpp"
#include "data/formats/hdf5.hpp"
#include "tests/reference_test/compare.hpp"

namespace xgrad::reference {

/// Attributes are looked up by name; one that is missing and has no default, or is of another kind, is a ValueError
/// that names it. Numbers, lists and flags are told apart leniently: 1 is a number, a list of one and a set flag.
class Case {
 public:
  /// `group` is the name of the op's group, `number` that of the case in it ("matmul", "003"). `file` must outlive it.
  Case(const data::Hdf5Reader& file, std::string_view group, std::string_view number);

  /// The attribute `op`, or else the name of the group.
  const std::string& op() const { return op_; }
  /// "matmul/003"
  const std::string& name() const { return name_; }
  Tolerance tolerance() const;
  /// The file that the case is from.
  const std::filesystem::path& file() const { return file_->file(); }

  // ---- attributes ------------------------------------------------------------------------------------------------
  bool has(const std::string& name) const { return attributes_.contains(name); }
  bool flag(const std::string& name, bool otherwise = false) const;
  std::int64_t integer(const std::string& name) const;
  std::int64_t integer(const std::string& name, std::int64_t otherwise) const;
  double number(const std::string& name) const;
  double number(const std::string& name, double otherwise) const;
  std::string text(const std::string& name) const;
  std::string text(const std::string& name, const std::string& otherwise) const;
  std::vector<std::int64_t> list(const std::string& name) const;
  std::vector<double> numbers(const std::string& name) const;
  std::vector<std::string> texts(const std::string& name) const;
  /// The axes of a reduction: `dim`, and all of them where there is none.
  Axes axes() const;

  // ---- datasets --------------------------------------------------------------------------------------------------
  bool has_data(std::string_view dataset) const;
  Array read(std::string_view dataset) const;
  std::vector<std::string> read_text(std::string_view dataset) const;
  /// Sorted names of the datasets.
  std::vector<std::string> datasets() const;

  /// The inputs: `c[0]` is `input0`. Those with a `grad<i>` require a gradient.
  int n_inputs() const { return static_cast<int>(inputs_.size()); }
  const Tensor& operator[](int i) const;
  /// Input i as a condition: anything other than 0 is true.
  Tensor mask(int i) const;
  const std::vector<Tensor>& inputs() const { return inputs_; }
  /// Reads the inputs, or, when they are there already, replaces them by leaves without a history.
  void renew_inputs();

 private:
  const data::Attribute& get(const std::string& name) const;
  [[noreturn]] void wrong(const std::string& name, std::string_view wanted) const;

  const data::Hdf5Reader* file_;
  std::string name_;
  std::string op_;
  std::map<std::string, data::Attribute> attributes_;
  std::vector<Tensor> inputs_;
};

}  // namespace xgrad::reference
