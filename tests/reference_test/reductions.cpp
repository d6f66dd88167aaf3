/// Rows: reductions and softmax.

#include "autograd/ops/reduction.hpp"
#include "autograd/ops/softmax.hpp"
#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

namespace {

bool keepdim(C& c) { return c.flag("keepdim"); }

Outputs both(ValuesAndIndices r) { return std::vector<Tensor>{std::move(r.values), std::move(r.indices)}; }

}  // namespace

void add_reductions(Table& table) {
  table.operations({
      {"sum", [](C& c) { return sum(c[0], c.axes(), keepdim(c)); }},
      {"mean", [](C& c) { return mean(c[0], c.axes(), keepdim(c)); }},
      {"amax", [](C& c) { return amax(c[0], c.axes(), keepdim(c)); }},
      {"amin", [](C& c) { return amin(c[0], c.axes(), keepdim(c)); }},
      {"logsumexp", [](C& c) { return logsumexp(c[0], c.axes(), keepdim(c)); }},
      {"max", [](C& c) { return c.has("dim") ? both(max(c[0], c.integer("dim"), keepdim(c))) : max(c[0]); }},
      {"min", [](C& c) { return c.has("dim") ? both(min(c[0], c.integer("dim"), keepdim(c))) : min(c[0]); }},
      {"argmax", [](C& c) { return c.has("dim") ? argmax(c[0], c.integer("dim"), keepdim(c)) : argmax(c[0]); }},
      {"argmin", [](C& c) { return c.has("dim") ? argmin(c[0], c.integer("dim"), keepdim(c)) : argmin(c[0]); }},
      {"broadcast_sum sum_to_size", [](C& c) { return sum_to(c[0], c.list("shape")); }},
      {"softmax", [](C& c) { return softmax(c[0], c.integer("dim")); }},
      {"log_softmax", [](C& c) { return log_softmax(c[0], c.integer("dim")); }},
  });
}

}  // namespace xgrad::reference
