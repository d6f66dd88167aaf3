/// Rows: normalisation, dropout and embedding.

#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

void add_normalisations(Table& table) { table.operations({}); }

}  // namespace xgrad::reference
