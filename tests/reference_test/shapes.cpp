/// Rows: operations on shapes and indices.

#include <map>
#include <optional>
#include <string>

#include "autograd/create.hpp"
#include "autograd/ops.hpp"
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

/// The parts of an axis: of one size, or of a list of sizes.
std::vector<Tensor> splits(C& c) {
  const std::int64_t dim = c.integer("dim", 0);
  if (c.has("sections")) return split(c[0], c.list("sections"), dim);
  return split(c[0], c.integer("split_size"), dim);
}

Tensor pads(C& c) {
  static const std::map<std::string, PadMode> modes{{"constant", PadMode::constant},
                                                    {"reflect", PadMode::reflect},
                                                    {"replicate", PadMode::replicate},
                                                    {"circular", PadMode::circular}};
  return pad(c[0], c.list("pad"), modes.at(c.text("mode", "constant")), c.number("value", 0));
}

Tensor rolls(C& c) {
  return roll(c[0], c.list("shifts"), c.has("dims") ? c.list("dims") : std::vector<std::int64_t>{});
}

Tensor repeats_in_place(C& c) {
  const std::optional<std::int64_t> dim = c.has("dim") ? std::optional(c.integer("dim")) : std::nullopt;
  return c.has("repeats") ? repeat_interleave(c[0], c.integer("repeats"), dim) : repeat_interleave(c[0], c[1], dim);
}

Tensor takes(C& c) { return c.has("dim") ? take_along(c[0], c[1], c.integer("dim")) : take_along(c[0], c[1]); }

Tensor fills(C& c) {
  return c.has("value") ? masked_fill(c[0], c.mask(1), c.number("value")) : masked_fill(c[0], c.mask(1), c[2]);
}

/// The part as for `slice`; the value is a second input or a number.
Tensor assigns(C& c) {
  const auto start = c.list("start"), stop = c.list("stop"), step = c.list("step");
  std::vector<Pick> picks;
  for (std::size_t i = 0; i < start.size(); ++i) picks.emplace_back(Range{start[i], stop.at(i), step.at(i)});
  return c.has("value") ? assign(c[0], picks, c.number("value")) : assign(c[0], picks, c[1]);
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
      {"split", splits},
      {"chunk", [](C& c) { return chunk(c[0], c.integer("chunks"), c.integer("dim", 0)); }},
      {"repeat", [](C& c) { return repeat(c[0], c.list("repeats")); }},
      {"tile", [](C& c) { return tile(c[0], c.list(c.has("dims") ? "dims" : "repeats")); }},
      {"repeat_interleave", repeats_in_place},
      {"pad", pads},
      {"flip", [](C& c) { return flip(c[0], c.list("dims")); }},
      {"roll", rolls},
      {"unfold", [](C& c) { return unfold(c[0], c.integer("dim"), c.integer("size"), c.integer("step")); }},
      {"movedim moveaxis", [](C& c) { return movedim(c[0], c.list("source"), c.list("destination")); }},
      {"narrow", [](C& c) { return narrow(c[0], c.integer("dim"), c.integer("start"), c.integer("length")); }},
      {"meshgrid", [](C& c) { return meshgrid(c.inputs(), c.text("indexing", "ij")); }},
      {"broadcast_tensors", [](C& c) { return broadcast_tensors(c.inputs()); }},
      {"index_select", [](C& c) { return index_select(c[0], c.integer("dim"), c[1]); }},
      {"index_add", [](C& c) { return index_add(c[0], c.integer("dim"), c[1], c[2]); }},
      {"take_along take_along_dim take_along_axis", takes},
      {"scatter", [](C& c) { return scatter(c[0], c.integer("dim"), c[1], c[2]); }},
      {"masked_fill", fills},
      {"masked_select", [](C& c) { return masked_select(c[0], c.mask(1)); }},
      {"nonzero argwhere", [](C& c) { return nonzero(c[0]); }},
      {"assign slice_scatter", assigns},
      {"one_hot", [](C& c) { return one_hot(c[0], c.integer("num_classes", -1)); }},
  });
}

}  // namespace xgrad::reference
