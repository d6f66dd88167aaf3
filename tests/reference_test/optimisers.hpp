#pragma once
/// Optimisers by name.

#include <memory>
#include <string>
#include <vector>

#include "optim/optimizer.hpp"
#include "tests/reference_test/case.hpp"

namespace xgrad::reference {

/// The optimiser that a case names ("torch_adam"), with the case's attributes as its hyper-parameters and torch's
/// defaults for those it does not have. Throws NotBuilt for an unknown name.
std::unique_ptr<optim::Optimizer> make_optimiser(const std::string& name, const Case& c,
                                                 std::vector<Tensor> parameters);

class Table;
void add_schedules(Table& table);

}  // namespace xgrad::reference
