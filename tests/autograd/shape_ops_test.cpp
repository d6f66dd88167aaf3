// One row per shape and indexing operation; a new one adds its row here.

#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;

namespace {

const Rows& rows() {
  static const Rows all = {
      // shapes
      {"reshape",
       [](In x) {
         return square(reshape(x[0], {3, -1}));
       },
       {spread({2, 3})}},
      {"flatten", [](In x) { return square(flatten(x[0], 1)); }, {spread({2, 3, 2})}},
      {"unsqueeze and squeeze", [](In x) { return square(squeeze(unsqueeze(x[0], -1))); }, {spread({2, 3})}},
      {"transpose", [](In x) { return square(transpose(x[0], 0, -1)); }, {spread({2, 3, 4})}},
      {"permute",
       [](In x) {
         return square(permute(x[0], {2, 0, 1}));
       },
       {spread({2, 3, 4})}},
      {"expand",
       [](In x) {
         return square(expand(x[0], {4, -1, 3}));
       },
       {spread({2, 1})}},
      {"slice", [](In x) { return square(slice(x[0], 1, 1, {}, 2)); }, {spread({2, 5})}},
      {"slice, backwards", [](In x) { return square(slice(x[0], 0, {}, {}, -2)); }, {spread({5, 2})}},
      {"select", [](In x) { return square(select(x[0], 1, -1)); }, {spread({2, 3})}},
      {"concat",
       [](In x) {
         return square(concat({x[0], x[1], x[0]}, 1));
       },
       {spread({2, 2}), spread({2, 1}, -1, 1, 1)}},
      {"stack",
       [](In x) {
         return square(stack({x[0], x[1]}, 1));
       },
       {spread({2, 2}), spread({2, 2}, -1, 1, 1)}},
      {"clone", [](In x) { return square(x[0].clone()); }, {spread({3})}},
      // indexing
      {"gather",
       [](In x) {
         return square(gather(x[0], 1, tensor({{0, 0, 2}, {1, 1, 1}})));
       },
       {spread({2, 3})}},
      {"gather, smaller index",
       [](In x) {
         return square(gather(x[0], 0, tensor({{2, 0}})));
       },
       {spread({3, 3})}},
      {"scatter_add, smaller index",
       [](In x) {
         return square(scatter_add(x[0], 1, tensor({{0, 0, 2}}), x[1]));
       },
       {spread({2, 3}), spread({3, 4}, -1, 1, 1)}},
      {"place",
       [](In x) {
         return square(place(x[0], {2, 5}, 1, 2));
       },
       {spread({2, 3})}},
      {"scatter_add",
       [](In x) {
         return square(scatter_add(x[0], 1, tensor({{0, 0}, {2, 1}}), x[1]));
       },
       {spread({2, 3}), spread({2, 2}, -1, 1, 1)}},
  };
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("shape and indexing operations") { check(rows()); }

TEST_SUITE_END();
