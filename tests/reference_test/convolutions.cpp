/// Rows: convolution, pooling and upsampling.

#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

void add_convolutions(Table& table) { table.operations({}); }

}  // namespace xgrad::reference
