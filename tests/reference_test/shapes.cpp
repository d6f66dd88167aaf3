/// Rows: operations on shapes and indices.

#include "autograd/ops/indexing.hpp"
#include "autograd/ops/shape.hpp"
#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

namespace {

/// Every axis in turn from `start` to `stop` by `step`, Python's rules.
Tensor slices(C& c) {
  const auto start = c.list("start"), stop = c.list("stop"), step = c.list("step");
  Tensor x = c[0];
  for (std::size_t i = 0; i < start.size(); ++i)
    x = slice(x, static_cast<std::int64_t>(i), start[i], stop.at(i), step.at(i));
  return x;
}

}  // namespace

void add_shapes(Table& table) {
  table.operations({
      {"transpose swapaxes swapdims", [](C& c) { return transpose(c[0], c.integer("dim0"), c.integer("dim1")); }},
      {"t", [](C& c) { return c[0].t(); }},
      {"reshape view", [](C& c) { return reshape(c[0], c.list("shape")); }},
      {"flatten", [](C& c) { return flatten(c[0], c.integer("start_dim", 0), c.integer("end_dim", -1)); }},
      {"permute", [](C& c) { return permute(c[0], c.list("dims")); }},
      {"squeeze", [](C& c) { return squeeze(c[0], c.axes()); }},
      {"unsqueeze", [](C& c) { return unsqueeze(c[0], c.integer("dim")); }},
      {"expand broadcast_to", [](C& c) { return expand(c[0], c.list("shape")); }},
      {"select", [](C& c) { return select(c[0], c.integer("dim"), c.integer("index")); }},
      {"stack", [](C& c) { return stack(c.inputs(), c.integer("dim", 0)); }},
      {"slice", slices},
      {"gather", [](C& c) { return gather(c[0], c.integer("dim"), c[1]); }},
      {"scatter_add", [](C& c) { return scatter_add(c[0], c.integer("dim"), c[1], c[2]); }},
      {"concat cat concatenate", [](C& c) { return concat(c.inputs(), c.integer("dim", 0)); }},
      {"one_hot", [](C& c) { return one_hot(c[0], c.integer("num_classes", -1)); }},
  });
}

}  // namespace xgrad::reference
