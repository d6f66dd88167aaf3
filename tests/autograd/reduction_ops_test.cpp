// One row per reducing operation; a new one adds its row here.

#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;

namespace {

const Rows& rows() {
  static const Rows all = {
      // reductions
      {"sum", [](In x) { return sum(square(x[0])); }, {spread({2, 3})}},
      {"sum over axes",
       [](In x) {
         return square(sum(x[0], {0, -1}));
       },
       {spread({2, 3, 2})}},
      {"sum, keepdim", [](In x) { return x[0] * sum(x[0], 1, true); }, {spread({2, 3})}},
      {"mean", [](In x) { return square(mean(x[0], {1})); }, {spread({2, 3, 2})}},
      {"mean of a scalar", [](In x) { return mean(square(x[0])); }, {spread({})}},
      {"sum_to",
       [](In x) {
         return square(sum_to(x[0], {3, 1}));
       },
       {spread({2, 3, 2})}},
      {"amax", [](In x) { return square(amax(x[0], 1)); }, {spread({3, 4})}},
      {"amin",
       [](In x) {
         return square(amin(x[0], {0, 2}, true));
       },
       {spread({2, 3, 2})}},
      {"max of all", [](In x) { return square(max(x[0])); }, {spread({3, 4})}},
      {"min of all", [](In x) { return square(min(x[0])); }, {spread({3, 4})}},
      {"max along an axis", [](In x) { return square(max(x[0], 0).values); }, {spread({3, 4})}},
      {"min along an axis", [](In x) { return square(min(x[0], -1, true).values); }, {spread({3, 4})}},
      {"logsumexp",
       [](In x) {
         return logsumexp(x[0], {0, 1});
       },
       {spread({3, 4})}},
      {"logsumexp, keepdim", [](In x) { return square(logsumexp(x[0], 1, true)); }, {spread({3, 4})}},
      // softmax
      {"softmax", [](In x) { return softmax(x[0], 1); }, {spread({2, 3})}},
      {"softmax over the first axis", [](In x) { return softmax(x[0], 0); }, {spread({3, 2})}},
      {"log_softmax", [](In x) { return log_softmax(x[0], -1); }, {spread({2, 3})}},
      {"log_softmax over a middle axis", [](In x) { return square(log_softmax(x[0], 1)); }, {spread({2, 3, 2})}},
  };
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("reducing operations") { check(rows()); }

TEST_SUITE_END();
