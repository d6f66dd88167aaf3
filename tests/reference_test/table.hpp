#pragma once
/// The table of what can be checked: one row per operation of the reference files.

#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/reference_test/case.hpp"
#include "tests/reference_test/compare.hpp"

namespace xgrad::reference {

using C = const Case;  ///< short, for rows: `[](C& c) { return c[0] + c[1]; }`

/// The results of an operation: what a row's lambda returns may be one tensor, a pair, or a list.
struct Outputs : std::vector<Tensor> {
  Outputs(Tensor one) : vector{std::move(one)} {}
  Outputs(std::pair<Tensor, Tensor> two) : vector{std::move(two.first), std::move(two.second)} {}
  Outputs(std::vector<Tensor> many) : vector(std::move(many)) {}
};

/// An operation of ops.h5, conv_pool.h5 or norm_loss.h5, run through xgrad's public functions on the inputs and
/// attributes of a case. `names` are separated by spaces: that of the files first, then others it goes by.
struct Op {
  const char* names;
  std::function<Outputs(C&)> run;
};

/// Anything else: does its own comparisons.
struct Special {
  const char* names;
  std::function<void(Case&, Report&)> check;
};

class Table {
 public:
  void operations(std::initializer_list<Op> rows);
  void others(std::initializer_list<Special> rows);
  /// How to check a case, or null when nothing in the table fits it.
  const std::function<void(Case&, Report&)>* find(const Case& c) const;

 private:
  void enter(std::string_view names, const std::function<void(Case&, Report&)>& check);

  std::map<std::string, std::function<void(Case&, Report&)>, std::less<>> rows_;
};

/// Runs an operation of a case and compares its outputs, its gradients (by `xgrad::grad`, by `backward`, and recorded)
/// and, where the case has them, its second derivatives.
void check_operation(const std::function<Outputs(C&)>& run, Case& c, Report& report);

// One function per subject; each adds its rows.
void add_elementwise(Table& table);
void add_reductions(Table& table);
void add_products(Table& table);
void add_shapes(Table& table);
void add_convolutions(Table& table);
void add_normalisations(Table& table);
void add_losses(Table& table);
void add_optimisers(Table& table);
void add_models(Table& table);
void add_data(Table& table);

/// All of them.
const Table& whole_table();

}  // namespace xgrad::reference
