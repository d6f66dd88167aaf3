#include "tests/reference_test/table.hpp"

#include <sstream>

namespace xgrad::reference {

void Table::operations(std::initializer_list<Op> rows) {
  for (const Op& row : rows)
    enter(row.names, [run = row.run](Case& c, Report& report) { check_operation(run, c, report); });
}

void Table::others(std::initializer_list<Special> rows) {
  for (const Special& row : rows) enter(row.names, row.check);
}

void Table::enter(std::string_view names, const std::function<void(Case&, Report&)>& check) {
  std::istringstream words{std::string(names)};
  for (std::string name; words >> name;)
    if (!rows_.emplace(name, check).second) throw ValueError("reference table: two rows are named '" + name + "'");
}

const std::function<void(Case&, Report&)>* Table::find(const Case& c) const {
  // "mse" is a loss in one file and a metric in another: what scikit-learn computed has names of its own.
  auto row = c.has("sklearn") ? rows_.find("sklearn:" + c.op()) : rows_.find(c.op());
  if (row == rows_.end() && c.has("architecture")) row = rows_.find("architecture");  // networks go by their layers
  return row == rows_.end() ? nullptr : &row->second;
}

const Table& whole_table() {
  static const Table table = [] {
    Table t;
    add_elementwise(t);
    add_reductions(t);
    add_products(t);
    add_shapes(t);
    add_convolutions(t);
    add_normalisations(t);
    add_losses(t);
    add_optimisers(t);
    add_models(t);
    add_data(t);
    return t;
  }();
  return table;
}

}  // namespace xgrad::reference
