/// Rows: operations on shapes and indices.

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "autograd/create.hpp"
#include "autograd/ops.hpp"
#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

namespace {

/// A range for each axis; what is missing is Python's default.
std::vector<Pick> ranges(C& c) {
  const auto list = [&](const char* name) { return c.has(name) ? c.list(name) : std::vector<std::int64_t>{}; };
  const auto start = list("start"), stop = list("stop"), step = list("step");
  std::vector<Pick> picks;
  for (std::size_t i = 0; i < std::max({start.size(), stop.size(), step.size()}); ++i) {
    Range range;
    if (i < start.size()) range.start = start[i];
    if (i < stop.size()) range.stop = stop[i];
    if (i < step.size()) range.step = step[i];
    picks.emplace_back(range);
  }
  return picks;
}

/// Every axis in turn.
Tensor slices(C& c) {
  Tensor x = c[0];
  const std::vector<Pick> picks = ranges(c);
  for (std::size_t i = 0; i < picks.size(); ++i) {
    const auto& range = std::get<Range>(picks[i].what());
    x = slice(x, static_cast<std::int64_t>(i), range.start, range.stop, range.step);
  }
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
  return repeat_interleave(c[0], c.has("repeats") ? tensor(c.list("repeats")) : c[1], dim);
}

Tensor takes(C& c) { return c.has("dim") ? take_along(c[0], c[1], c.integer("dim")) : take_along(c[0], c[1]); }

Tensor fills(C& c) {
  return c.has("value") ? masked_fill(c[0], c.mask(1), c.number("value")) : masked_fill(c[0], c.mask(1), c[2]);
}

/// The value is a second input or a number.
Tensor assigns(C& c) {
  return c.has("value") ? assign(c[0], ranges(c), c.number("value")) : assign(c[0], ranges(c), c[1]);
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
      {"index", [](C& c) { return index(c[0], ranges(c)); }},
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
